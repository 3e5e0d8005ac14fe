/**
 * The text cases of `cases/`: one file a check, named after it. A case is a line `=== what it shows`, settings, a line
 * `---`, and the message (sent with CRLF; `\xNN` is a byte, `\u{NNNN}` a character):
 *
 *     hits: SYMBOL …     all of them must be reported, and no other symbol of this check that is not listed
 *     misses: SYMBOL …   must not be reported (said for the reader, and counted)
 *     client, helo, from, rcpt, now, spf, dkim, dmarc, arc, iprev, user, bayes, clamd: the envelope and what authentication found
 *     fuzzy: kind/count/similarity[/file] …, reputation: kind/messages/mean …: what is remembered
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Authentication, AuthenticationResult, DkimResult } from '../../authentication/types.ts';
import { parseMessage } from '../../message/parse.ts';
import type { FuzzyKind } from '../fuzzy/types.ts';
import type { ReputationKind } from '../reputation/types.ts';
import type { CheckContext } from '../types.ts';
import { checks } from './index.ts';

const folder = join(import.meta.dirname, 'cases');

interface Case {
  name: string;
  settings: Map<string, string>;
  message: string;
}

function readCases(file: string): Case[] {
  return readFileSync(file, 'utf8')
    .split(/^=== /m)
    .slice(1)
    .map((block) => {
      const [head = '', ...rest] = block.split(/^---\n/m);
      const [name = '', ...lines] = head.trimEnd().split('\n');
      const settings = lines
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => {
          const [, key, value] = /^(\w+):\s*(.*)$/.exec(line) ?? [];
          if (key === undefined || value === undefined) throw new Error(`${file}: ${name}: ${line}`);
          return [key, value] as const;
        });
      return { name, settings: new Map(settings), message: rest.join('---\n') };
    });
}

function rawMessage(text: string): Uint8Array {
  const characters = text.replaceAll(/\\u\{([0-9A-Fa-f]+)\}/g, (_, code: string) =>
    String.fromCodePoint(parseInt(code, 16)),
  );
  const latin1 = Buffer.from(characters.replaceAll('\n', '\r\n'), 'utf8').toString('latin1');
  const bytes = latin1.replaceAll(/\\x([0-9A-Fa-f]{2})/g, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
  return Buffer.from(bytes, 'latin1');
}

const words = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter((word) => word !== '');

function context({ settings, message }: Case): CheckContext {
  const get = (key: string, otherwise: string): string => settings.get(key) ?? otherwise;
  const result = (key: string): AuthenticationResult =>
    get(key, 'none').split('/')[0] as AuthenticationResult;
  const after = (key: string, nth = 1): string => get(key, '').split('/')[nth] ?? '';
  const applied = after('dmarc', 2);
  const authentication: Authentication = {
    spf: { result: result('spf'), domain: 'example.org', identity: 'mailfrom' },
    dkim: words(settings.get('dkim')).map((one): DkimResult => {
      const [verdict = '', domain = 'example.org'] = one.split('/');
      return { result: verdict as AuthenticationResult, domain, selector: 's', aligned: true };
    }),
    dmarc: {
      result: result('dmarc'),
      domain: 'example.org',
      policy: (after('dmarc') || undefined) as Authentication['dmarc']['policy'],
      ...(applied === 'spared'
        ? { spared: true, overrides: [{ type: 'trusted_forwarder' }] }
        : applied !== '' && { disposition: applied as 'quarantine' }),
    },
    arc: { result: result('arc'), instances: 1, sealer: after('arc') || undefined },
    iprev: result('iprev'),
    field: '',
  };
  return {
    message: parseMessage(rawMessage(message)),
    authentication,
    envelope: {
      client: {
        address: get('client', '203.0.113.9'),
        helo: settings.get('helo'),
        user: settings.get('user'),
      },
      sender: get('from', 'anna@example.org').replace('<>', ''),
      recipients: words(get('rcpt', 'ben@example.net')).map((address) => ({ address })),
    },
    ...(settings.has('bayes') && { bayes: { probability: Number(settings.get('bayes')), tokens: 100 } }),
    ...(settings.has('clamd') && {
      clamd: { result: get('clamd', '').split('/')[0] as 'found', detail: after('clamd') },
    }),
    ...(settings.has('model') && {
      model: () => ({ probability: Number(settings.get('model')), kinds: [0.2, -3] }),
    }),
    ...(settings.has('fuzzy') && {
      fuzzy: words(settings.get('fuzzy')).map((one) => {
        const [kind = '', count, similarity, file] = one.split('/');
        const finding = { kind: kind as FuzzyKind, count: Number(count), similarity: Number(similarity) };
        return file === undefined ? finding : { ...finding, file };
      }),
    }),
    ...(settings.has('reputation') && {
      reputation: words(settings.get('reputation')).map((one) => {
        const [kind = '', messages, mean] = one.split('/');
        return { kind: kind as ReputationKind, name: 'x', messages: Number(messages), mean: Number(mean) };
      }),
    }),
    now: Date.parse(get('now', '2026-03-10T12:00:00Z')),
  };
}

describe.each(checks)('$name', (check) => {
  const cases = readCases(join(folder, `${check.name}.cases`));
  const own = Object.keys(check.symbols);

  test.each(cases)('$name', async (one) => {
    const hits = await check.run(context(one));
    const found = new Set(hits.map(({ symbol }) => symbol));
    const misses = words(one.settings.get('misses'));
    expect([...found].toSorted()).toEqual(words(one.settings.get('hits')).toSorted());
    expect(misses.filter((symbol) => found.has(symbol))).toEqual([]);
    for (const symbol of [...found, ...misses]) expect(own).toContain(symbol);
    // Hits leave their thread: they must be plain data, and short.
    for (const hit of hits) {
      expect(structuredClone(hit)).toEqual(hit);
      expect((hit.detail ?? '').length).toBeLessThanOrEqual(200);
    }
  });

  test('has a case that hits and one that misses for each symbol', () => {
    const named = (key: string) => new Set(cases.flatMap(({ settings }) => words(settings.get(key))));
    expect(own.filter((symbol) => !named('hits').has(symbol))).toEqual([]);
    expect(own.filter((symbol) => !named('misses').has(symbol))).toEqual([]);
  });
});

test('every file of cases belongs to a check, and no symbol to two', () => {
  const names = checks.map(({ name }) => `${name}.cases`);
  expect(readdirSync(folder).toSorted()).toEqual(names.toSorted());
  const symbols = checks.flatMap((check) => Object.keys(check.symbols));
  expect(symbols.filter((symbol, index) => symbols.indexOf(symbol) !== index)).toEqual([]);
  for (const symbol of symbols) expect(symbol).toMatch(/^[A-Z][A-Z0-9_]*$/);
});
