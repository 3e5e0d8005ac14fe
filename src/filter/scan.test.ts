import { describe, expect, test } from 'vitest';
import type { Authentication } from '../authentication/types.ts';
import { silentLog, type Log } from '../log.ts';
import { parseMessage } from '../message/parse.ts';
import { CompositeError } from './composites/evaluate.ts';
import { CpuMeter } from './cpu-meter.ts';
import { createInlineScanner, type InlineScannerOptions } from './scan.ts';
import { defaultFilterSettings } from './settings.ts';
import { type Check, ScanError, type ScanRequest } from './types.ts';

const authentication: Authentication = {
  spf: { result: 'none', domain: 'example.org', identity: 'mailfrom' },
  dkim: [],
  dmarc: { result: 'none', domain: 'example.org', policy: undefined },
  arc: { result: 'none', instances: 0 },
  iprev: 'none',
  field: 'mx.example.net; none',
};

function scanner(options: Partial<InlineScannerOptions> = {}) {
  return createInlineScanner({
    settings: defaultFilterSettings,
    authenticator: { verify: () => Promise.resolve(authentication) },
    parse: (raw) => parseMessage(raw),
    resultEdits: () => [],
    now: () => Date.parse('2026-03-10T12:00:00Z'),
    log: silentLog,
    ...options,
  });
}

function request(text: string): ScanRequest {
  return {
    id: 'm1',
    raw: Buffer.from(text.replaceAll('\n', '\r\n')),
    envelope: { client: {}, sender: 'anna@example.org', recipients: [] },
  };
}

const good = request(
  'From: anna@example.org\nTo: ben@example.net\nSubject: Lunch\nDate: Tue, 10 Mar 2026 12:00:00 +0000\n' +
    'Message-ID: <1@example.org>\nReceived: x\n\nAt noon?\n',
);
const symbols = (hits: readonly { symbol: string }[]): string[] => hits.map(({ symbol }) => symbol);
const check = (name: string, run: Check['run'], score = 1): Check => ({
  name,
  symbols: { [name.toUpperCase()]: { score, description: name } },
  run,
});

describe('inline scanner', () => {
  test('old mail is judged by the time it came in', async () => {
    const late = { ...good, received: Date.parse('2026-04-20T12:00:00Z') };
    expect(symbols((await scanner().scan(late)).hits)).toContain('DATE_IN_PAST');
    const then = { ...good, received: Date.parse('2026-03-10T12:01:00Z') };
    const now = { now: () => Date.parse('2030-01-01T00:00:00Z') };
    expect(symbols((await scanner(now).scan(then)).hits)).not.toContain('DATE_IN_PAST');
    expect(symbols((await scanner(now).scan(good)).hits)).toContain('DATE_IN_PAST');
  });

  test('a good letter, with everything the verdict says', async () => {
    const verdict = await scanner().scan(good);
    expect(verdict).toMatchObject({
      action: 'no action',
      score: 0,
      required: 6,
      spam: false,
      authenticationResults: 'mx.example.net; none',
    });
    expect(symbols(verdict.hits)).toEqual([
      'MID_RHS_MATCH_FROM',
      'R_SPF_NA',
      'R_DKIM_NA',
      'DMARC_NA',
      'ARC_NA',
    ]);
    expect(structuredClone(verdict)).toEqual(verdict);
    expect(verdict.cpu).toBeLessThanOrEqual(verdict.elapsed + 5);
  });

  test('GTUBE is rejected, its milder sister marked', async () => {
    const tail = 'JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';
    const reject = await scanner().scan({ ...good, raw: Buffer.from(`Subject: x\r\n\r\nX${tail}\r\n`) });
    expect(reject).toMatchObject({
      action: 'reject',
      spam: true,
      text: expect.stringContaining('GTUBE') as string,
    });
    const mark = await scanner().scan({ ...good, raw: Buffer.from(`Subject: x\r\n\r\nY${tail}\r\n`) });
    expect(mark).toMatchObject({ action: 'add header', spam: true });
    expect(mark.edits).toContainEqual({ kind: 'add', name: 'X-Spam-Flag', value: 'YES' });
  });

  test('scores, disabled symbols and composites of the settings', async () => {
    const settings = {
      ...defaultFilterSettings,
      scores: { ONE: 3, TWO: 0, BOTH: 7 },
      disabled: ['THREE'],
      composites: { BOTH: { expression: 'ONE & TWO & !THREE', score: 1, policy: 'leave' as const } },
    };
    const checks = [
      check('one', () => [{ symbol: 'ONE' }]),
      check('two', () => Promise.resolve([{ symbol: 'TWO' }]), 5),
      check('three', () => [{ symbol: 'THREE' }]),
    ];
    const { hits, score } = await scanner({ settings, checks }).scan(good);
    expect(hits).toEqual([
      { symbol: 'ONE', score: 3 },
      { symbol: 'TWO', score: 0 },
      { symbol: 'BOTH', score: 7, detail: 'ONE TWO' },
    ]);
    expect(score).toBe(10);
  });

  test('checks that throw or reject are reported, the others count', async () => {
    const logged: object[] = [];
    const log: Log = { ...silentLog, error: (fields) => logged.push(fields) };
    const checks = [
      check('one', () => {
        throw new Error('oh');
      }),
      check('two', () => Promise.reject(new Error('dear'))),
      check('three', () => [{ symbol: 'THREE' }]),
    ];
    const { hits } = await scanner({ checks, log }).scan(good);
    expect(hits).toEqual([
      { symbol: 'CHECK_ERROR', detail: 'one', score: 0 },
      { symbol: 'CHECK_ERROR', detail: 'two', score: 0 },
      { symbol: 'THREE', score: 1 },
    ]);
    expect(logged).toMatchObject([
      { id: 'm1', check: 'one' },
      { id: 'm1', check: 'two' },
    ]);
  });

  test('anything else that fails is a ScanError', async () => {
    const broken = scanner({ authenticator: { verify: () => Promise.reject(new Error('no')) } });
    await expect(broken.scan(good)).rejects.toThrow(ScanError);
    await expect(broken.scan(good)).rejects.toMatchObject({ reason: 'crash' });
  });

  test('composites that cannot be used are told at once, misspelt symbols in the log', () => {
    const settings = { ...defaultFilterSettings, composites: { X: { expression: 'A &', score: 1 } } };
    expect(() => scanner({ settings })).toThrow(CompositeError);
    const warned: object[] = [];
    const log: Log = { ...silentLog, warn: (fields) => warned.push(fields) };
    scanner({ log, settings: { ...settings, composites: { X: { expression: 'MISSING_FORM', score: 1 } } } });
    expect(warned).toEqual([{ composite: 'X', symbol: 'MISSING_FORM' }]);
  });

  test('the default composites name symbols that exist', () => {
    const warned: object[] = [];
    scanner({ log: { ...silentLog, warn: (fields) => warned.push(fields) } });
    expect(warned).toEqual([]);
  });
});

test('CPU time is shared among those in flight', () => {
  let now = 100;
  const meter = new CpuMeter(() => now);
  const first = meter.start();
  now += 10;
  const second = meter.start();
  now += 8;
  expect(meter.stop(first)).toBe(14);
  now += 3;
  expect(meter.stop(second)).toBe(7);
  now += 50;
  expect(meter.stop(meter.start())).toBe(0);
});
