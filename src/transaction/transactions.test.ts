import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ScanError } from '../filter/types.ts';
import type { Action, Scanner, Verdict } from '../filter/types.ts';
import type { Log } from '../log.ts';
import { isPositive } from '../policy/reply.ts';
import { createPolicy } from '../policy/policy.ts';
import { defaultPolicySettings } from '../policy/settings.ts';
import { StateError } from '../state/types.ts';
import { createIds } from './id.ts';
import type { Observer } from './observer.ts';
import { defaultTransactionSettings } from './settings.ts';
import type { TransactionSettings } from './settings.ts';
import { createTransactions } from './transactions.ts';
import type { MailCommand, Transaction } from './types.ts';

interface Line {
  level: string;
  text: string;
  fields: Record<string, unknown>;
}

function memoryLog(lines: Line[], carried: object = {}): Log {
  const write = (level: string) => (fields: object, text: string) =>
    void lines.push({ level, text, fields: { ...carried, ...fields } });
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => memoryLog(lines, { ...carried, ...fields }),
  };
}

const verdict = (action: Action, more: Partial<Verdict> = {}): Verdict => ({
  action,
  score: 7.5,
  required: 6,
  spam: action !== 'no action',
  hits: [
    { symbol: 'LIGHT', score: 0.5 },
    { symbol: 'HEAVY', score: 7, detail: 'because' },
  ],
  edits: [{ kind: 'add', name: 'X-Spam-Status', value: 'Yes' }],
  authenticationResults: 'mx.example.org; none',
  cpu: 3,
  elapsed: 4,
  ...more,
});

interface World {
  scan?: Scanner['scan'];
  settings?: Partial<TransactionSettings>;
  observer?: Observer;
  resolve?: (address: string) => Promise<string | undefined>;
}

function world({ scan, settings, observer, resolve }: World = {}) {
  const lines: Line[] = [];
  let time = 1_000_000;
  const scanner = {
    scan: vi.fn<Scanner['scan']>(scan ?? (async () => verdict('no action'))),
    close: async () => undefined,
  };
  const accounts = { resolve: resolve ?? (async (address: string) => address) };
  const policy = createPolicy({
    settings: {
      ...defaultPolicySettings,
      domains: ['example.org'],
      messageBytes: 1000,
      blockedNetworks: ['203.0.113.66'],
    },
    accounts,
  });
  const transactions = createTransactions({
    policy,
    scanner,
    settings: { ...defaultTransactionSettings, ...settings },
    log: memoryLog(lines),
    now: () => time++,
    observer,
  });
  return { transactions, lines, scanner };
}

const MAIL: MailCommand = { sender: 'anne@example.net', size: 20 };
const RAW = Buffer.from('Subject: secret words\n\nbody\n');

async function begin(w: ReturnType<typeof world>, mail = MAIL, client = {}): Promise<Transaction> {
  const session = w.transactions.connect('smtp', { address: '192.0.2.1', helo: 'mx.example.net', ...client });
  const transaction = await session.mail(mail);
  if ('code' in transaction) throw new Error(`refused: ${transaction.code}`);
  return transaction;
}

test('a message leaves one line for each stage, all with its id, and nothing of its body', async () => {
  const w = world();
  const transaction = await begin(w);
  expect(await transaction.rcpt({ address: 'ben@example.org' })).toBeUndefined();
  expect(await transaction.data()).toBeUndefined();
  const judgement = await transaction.judge(RAW, { queueId: '4ABC' });
  expect(judgement).toMatchObject({ decision: 'accept', spam: false, score: 7.5 });
  transaction.finish('forwarded', '250 2.0.0 queued as 17');
  expect(w.lines.map((line) => line.text)).toEqual(['client', 'mail', 'rcpt', 'verdict', 'finish']);
  expect(new Set(w.lines.map((line) => line.fields['id']))).toEqual(new Set([transaction.id]));
  expect(w.lines[0]?.fields).toMatchObject({ protocol: 'smtp', client: { address: '192.0.2.1' } });
  expect(w.lines[1]?.fields).toMatchObject({ sender: 'anne@example.net', size: 20 });
  expect(w.lines[3]?.fields).toMatchObject({
    action: 'no action',
    size: RAW.length,
    queueId: '4ABC',
    symbols: [{ symbol: 'HEAVY', score: 7, detail: 'because' }, { symbol: 'LIGHT' }],
  });
  expect(w.lines[4]?.fields).toMatchObject({
    outcome: 'forwarded',
    detail: '250 2.0.0 queued as 17',
    recipients: 1,
  });
  expect(JSON.stringify(w.lines)).not.toContain('secret words');
  expect(w.scanner.scan).toHaveBeenCalledWith({
    id: transaction.id,
    raw: RAW,
    envelope: transaction.envelope,
  });
});

test.each([
  ['no action', 'accept', undefined, undefined],
  ['add header', 'accept', undefined, undefined],
  ['rewrite subject', 'accept', undefined, undefined],
  ['quarantine', 'quarantine', undefined, undefined],
  ['discard', 'discard', undefined, undefined],
  ['greylist', 'refuse', 451, '4.7.1'],
  ['soft reject', 'refuse', 451, '4.7.1'],
  ['reject', 'refuse', 550, '5.7.1'],
] as const)('action %s → %s', async (action, decision, code, enhanced) => {
  const transaction = await begin(world({ scan: async () => verdict(action) }));
  const judgement = await transaction.judge(RAW);
  expect(judgement).toMatchObject({ decision, spam: action !== 'no action', edits: [{ kind: 'add' }] });
  expect(judgement.reply?.code).toBe(code);
  expect(judgement.reply?.enhanced).toBe(enhanced);
  if (decision === 'quarantine') expect(judgement.reason).toBe('score 7.5 of 6.0: HEAVY, LIGHT');
});

test('the text of a refusal is the verdict’s, made fit for one reply line', async () => {
  const text = `Nein\r\n250 Ok\tä ${'x'.repeat(600)}`;
  const transaction = await begin(world({ scan: async () => verdict('reject', { text }) }));
  const answer = (await transaction.judge(RAW)).reply;
  expect(answer?.text).toMatch(/^Nein 250 Ok \? x+$/);
  expect(answer?.text.length).toBeLessThan(460);
  const own = await begin(
    world({ scan: async () => verdict('reject'), settings: { rejectText: 'Go away' } }),
  );
  expect((await own.judge(RAW)).reply?.text).toBe('Go away');
});

test.each(['busy', 'timeout', 'memory', 'crash', 'closing'] as const)(
  'a scan that fails (%s) is 451, or accepted unscanned where the admin says so',
  async (reason) => {
    const scan = () => Promise.reject(new ScanError(reason, 'no'));
    const failed = vi.fn<NonNullable<Observer['scanFailed']>>();
    const w = world({ scan, observer: { scanFailed: failed } });
    const judgement = await (await begin(w)).judge(RAW);
    expect(judgement).toMatchObject({ decision: 'refuse', reply: { code: 451 }, edits: [] });
    expect(judgement.reply?.enhanced).toMatch(/^4\.3\.\d$/);
    expect(judgement.verdict).toBeUndefined();
    expect(w.lines.at(-1)).toMatchObject({ level: 'warn', text: 'scan failed', fields: { reason } });
    expect(failed).toHaveBeenCalledWith('smtp', reason);
    const open = world({ scan, settings: { failAction: 'accept' } });
    expect(await (await begin(open)).judge(RAW)).toMatchObject({
      decision: 'accept',
      edits: [],
      spam: false,
    });
    expect(open.lines.at(-1)).toMatchObject({ level: 'warn', text: 'scan failed, accepted unscanned' });
  },
);

test('judge never rejects: a fault of ours is 451 whatever failAction says', async () => {
  const faults: Scanner['scan'][] = [
    () => Promise.reject(new Error('a bug')),
    () => {
      throw new Error('thrown at once');
    },
    async () => verdict('explode' as Action),
    async () => undefined as unknown as Verdict,
  ];
  for (const scan of faults) {
    const w = world({ scan, settings: { failAction: 'accept' } });
    const judgement = await (await begin(w)).judge(RAW);
    expect(judgement).toMatchObject({ decision: 'refuse', reply: { code: 451, enhanced: '4.3.0' } });
    expect(w.lines.at(-1)?.level).toBe('error');
  }
});

test('a scanner that never answers is given up', async () => {
  const w = world({ scan: () => new Promise(() => undefined), settings: { scanDeadline: 0.02 } });
  expect(await (await begin(w)).judge(RAW)).toMatchObject({ decision: 'refuse', reply: { code: 451 } });
});

test('what is larger than allowed is refused when it is there, announced or not', async () => {
  const w = world();
  const refused = await w.transactions.connect('smtp', {}).mail({ sender: 'a@example.net', size: 1001 });
  expect(refused).toMatchObject({ code: 552, enhanced: '5.3.4' });
  const judgement = await (await begin(w)).judge(Buffer.alloc(1001));
  expect(judgement).toMatchObject({ decision: 'refuse', reply: { code: 552 } });
  expect(w.scanner.scan).not.toHaveBeenCalled();
});

test('trusted networks and, where so set, authenticated clients are not scanned', async () => {
  const trusted = world({ settings: { trustedNetworks: ['192.0.2.0/24'] } });
  expect(await (await begin(trusted)).judge(RAW)).toMatchObject({ decision: 'accept', edits: [] });
  expect(trusted.scanner.scan).not.toHaveBeenCalled();
  const login = world({ settings: { scanAuthenticated: false } });
  await (await begin(login, MAIL, { user: 'ben' })).judge(RAW);
  expect(login.scanner.scan).not.toHaveBeenCalled();
  await (await begin(login)).judge(RAW);
  expect(login.scanner.scan).toHaveBeenCalledOnce();
  const byDefault = world();
  await (await begin(byDefault, MAIL, { user: 'ben' })).judge(RAW);
  expect(byDefault.scanner.scan).toHaveBeenCalledOnce();
});

test('refusals of policy are logged and counted, and do not enter the envelope', async () => {
  const refused = vi.fn<NonNullable<Observer['refused']>>();
  const w = world({
    observer: { refused },
    resolve: async (address) => (address.startsWith('ben@') ? address : undefined),
  });
  const transaction = await begin(w);
  expect(await transaction.rcpt({ address: 'nobody@example.org' })).toMatchObject({ code: 550 });
  expect(await transaction.data()).toMatchObject({ code: 554 });
  expect(await transaction.rcpt({ address: 'ben@example.org' })).toBeUndefined();
  expect(transaction.envelope.recipients).toEqual([{ address: 'ben@example.org' }]);
  expect(refused.mock.calls.map(([, stage, answer]) => [stage, answer.code])).toEqual([
    ['rcpt', 550],
    ['data', 554],
  ]);
  const blocked = w.transactions.connect('smtp', { address: '203.0.113.66' });
  expect(await blocked.opened()).toMatchObject({ code: 554 });
  expect(await blocked.helo('two words')).toMatchObject({ code: 501 });
  expect(blocked.client.helo).toBeUndefined();
});

test('a policy that cannot know is 451: temporary trouble a warning, anything else an error', async () => {
  for (const [cause, level] of [
    [new StateError('redis is gone', true), 'warn'],
    [new Error('a bug'), 'error'],
  ] as const) {
    const w = world({ resolve: () => Promise.reject(cause) });
    const transaction = await begin(w);
    expect(await transaction.rcpt({ address: 'ben@example.org' })).toMatchObject({ code: 451 });
    expect(transaction.envelope.recipients).toEqual([]);
    expect(w.lines.find((line) => line.text === 'policy could not answer')?.level).toBe(level);
  }
});

test('finish counts once; abort ends only what has not ended', async () => {
  const finished = vi.fn<NonNullable<Observer['finished']>>();
  const w = world({ observer: { finished } });
  const transaction = await begin(w);
  await transaction.judge(RAW);
  transaction.finish('delivered');
  transaction.finish('rejected');
  transaction.abort();
  expect(finished.mock.calls.map(([, outcome]) => outcome)).toEqual(['delivered']);
  expect(w.lines.filter((line) => line.text === 'finish')).toHaveLength(1);
  expect(w.lines.at(-1)).toMatchObject({ level: 'error', text: 'finished twice' });
  expect(await transaction.rcpt({ address: 'ben@example.org' })).toMatchObject({ code: 503 });
  expect(await transaction.data()).toMatchObject({ code: 503 });
});

test('closing a session aborts what was not judged and leaves the rest to the server', async () => {
  const finished = vi.fn<NonNullable<Observer['finished']>>();
  const w = world({ observer: { finished } });
  const session = w.transactions.connect('smtp', {});
  await session.mail(MAIL);
  session.close();
  session.close();
  expect(finished.mock.calls.map(([, outcome]) => outcome)).toEqual(['aborted']);
  const other = w.transactions.connect('smtp', {});
  const transaction = (await other.mail(MAIL)) as Transaction;
  await transaction.judge(RAW);
  other.close();
  transaction.finish('forwarded');
  expect(finished.mock.calls.map(([, outcome]) => outcome)).toEqual(['aborted', 'forwarded']);
  const third = w.transactions.connect('smtp', {});
  await third.mail(MAIL);
  await third.mail(MAIL);
  expect(finished).toHaveBeenCalledTimes(3);
});

test('a recipient can be taken back; what a client tells later does not reach into a transaction', async () => {
  const w = world();
  const session = w.transactions.connect('smtp', { address: '192.0.2.1' });
  await session.helo('mx.example.net');
  const transaction = (await session.mail(MAIL)) as Transaction;
  const [a, b] = [{ address: 'ben@example.org' }, { address: 'ben@example.org' }];
  await transaction.rcpt(a);
  await transaction.rcpt(b);
  await transaction.rcpt({ address: 'eve@example.org' });
  transaction.forget(a);
  transaction.forget({ address: 'eve@example.org' });
  transaction.forget({ address: 'unknown@example.org' });
  expect(transaction.envelope.recipients).toHaveLength(1);
  expect(transaction.envelope.recipients[0]).toBe(b);
  session.update({ address: '198.51.100.1', user: 'ben' });
  expect(session.client).toMatchObject({ address: '198.51.100.1', user: 'ben', helo: 'mx.example.net' });
  expect(transaction.envelope.client).toEqual({ address: '192.0.2.1', helo: 'mx.example.net' });
});

test('an observer that throws changes nothing', async () => {
  const boom = () => {
    throw new Error('metrics are broken');
  };
  const w = world({
    observer: { begun: boom, refused: boom, verdict: boom, scanFailed: boom, finished: boom },
  });
  const transaction = await begin(w);
  expect(await transaction.rcpt({ address: 'x' })).toMatchObject({ code: 553 });
  expect((await transaction.judge(RAW)).decision).toBe('accept');
  transaction.finish('accepted');
  expect(w.lines.filter((line) => line.text === 'observer failed')).toHaveLength(4);
});

test('text of a peer is cut before it is logged', async () => {
  const w = world();
  await w.transactions.connect('milter', { helo: 'h'.repeat(5000) }).mail({ sender: 's'.repeat(5000) });
  expect(JSON.stringify(w.lines).length).toBeLessThan(2000);
});

test('whatever action and text a verdict has, the judgement is coherent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Action>('no action', 'greylist', 'quarantine', 'soft reject', 'reject', 'discard'),
      fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      async (action, text) => {
        const transaction = await begin(world({ scan: async () => verdict(action, { text }) }));
        const { decision, reply } = await transaction.judge(RAW);
        expect(reply !== undefined).toBe(decision === 'refuse');
        if (reply === undefined) return;
        expect(isPositive(reply)).toBe(false);
        expect(reply.text).toMatch(/^[\x20-\x7e]+$/);
      },
    ),
    { numRuns: 200 },
  );
});

test('ids: 14 characters, growing, also when the clock stands still or goes back', () => {
  let time = Date.UTC(2026, 0, 1);
  const next = createIds(
    () => time,
    () => 0.999_999_99,
  );
  const ids = Array.from({ length: 300 }, (_, index) => {
    if (index === 100) time -= 5000;
    if (index === 200) time += 10_000;
    return next();
  });
  expect(new Set(ids).size).toBe(300);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => /^[0-9a-hjkmnp-tv-z]{14}$/.test(id))).toBe(true);
  const later = createIds(() => Date.UTC(3000, 0, 1), Math.random)();
  expect(later).toHaveLength(14);
  expect(later > (ids.at(-1) ?? '')).toBe(true);
});
