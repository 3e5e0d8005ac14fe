import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { parseMessage } from '../../message/parse.ts';
import { createSqliteState } from '../../state/sqlite.ts';
import type { State } from '../../state/types.ts';
import { decodeEntry, decodeLearned, encodeEntry, noCounts } from './entries.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Fuzzy } from './scan.ts';
import { defaultFuzzySettings } from './settings.ts';
import { signatureOf, similarityOf } from './shingles.ts';
import { FuzzyStore, type FuzzyWish } from './store.ts';
import type { FuzzyFinding } from './types.ts';

const WORDS =
  'your parcel could not be handed over because nobody was at home please confirm the new date of delivery and pay the small fee within two days or it goes back to the shop that has sent it to you last week'.split(
    ' ',
  );
const text = (change = 0): string =>
  WORDS.map((word, index) =>
    change > 0 && index % Math.round(WORDS.length / change) === 2 ? 'other' : word,
  ).join(' ');
const letter = (body: string, attachment?: Uint8Array, type = 'application/pdf') =>
  parseMessage(
    Buffer.from(
      [
        'From: a@example.org',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain; charset=utf-8',
        '',
        body,
        ...(attachment === undefined
          ? []
          : [
              '--b',
              `Content-Type: ${type}; name="list.pdf"`,
              'Content-Disposition: attachment; filename="list.pdf"',
              'Content-Transfer-Encoding: base64',
              '',
              Buffer.from(attachment).toString('base64'),
            ]),
        '--b--',
        '',
      ].join('\r\n'),
    ),
  );
const print = (body: string, attachment?: Uint8Array, type?: string) =>
  fingerprintOf(letter(body, attachment, type), defaultFuzzySettings);

describe('signatures', () => {
  const of = (one: string) => signatureOf(one, 20) ?? new Uint32Array(32);

  test('copies are alike, with numbers, addresses and invisible characters changed', () => {
    const one = of(`Order 1234: ${text()} https://a.example/1 thanks`);
    const other = of(`ORDER 99: ${text().replace('parcel', 'par\u200bcel')} https://b.example/2/x thanks`);
    expect(similarityOf(one, other)).toBe(1);
  });

  test('the more is changed the less they are alike', () => {
    const shares = [0, 2, 4, 10].map((change) => similarityOf(of(text()), of(text(change))));
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares[1]).toBeGreaterThan(0.5);
    expect(shares[3]).toBeLessThan(0.5);
  });

  test('another text has nothing in common', () => {
    const other = Array.from(
      { length: 40 },
      (_, index) => `word${'abcdefgh'[index % 8]}${'klmnop'[index % 6]}`,
    );
    expect(similarityOf(of(text()), of(other.join(' ')))).toBeLessThan(0.1);
  });

  test('short texts have none; scripts without spaces have words too', () => {
    expect(signatureOf('buy now', 20)).toBeUndefined();
    expect(signatureOf('1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22', 20)).toBeUndefined();
    expect(signatureOf('请在今天之内确认您的账户信息否则您的账户将被永久关闭', 20)).toBeDefined();
  });

  test('an estimate of the share of common shingles', () => {
    const words = fc.array(fc.constantFrom(...WORDS, 'alpha', 'beta', 'gamma'), {
      minLength: 30,
      maxLength: 80,
    });
    fc.assert(
      fc.property(words, words, (one, other) => {
        const shingles = (list: string[]) =>
          new Set(list.slice(2).map((word, at) => `${list[at]} ${list[at + 1]} ${word}`));
        const [a, b] = [shingles(one), shingles(other)];
        const common = [...a].filter((one) => b.has(one)).length;
        const share = common / (a.size + b.size - common);
        expect(Math.abs(similarityOf(of(one.join(' ')), of(other.join(' '))) - share)).toBeLessThan(0.4);
      }),
      { numRuns: 200 },
    );
  });
});

describe('hostile input', () => {
  test('any text has a signature or none; the longest costs no more than a long one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (one) => {
        const signature = signatureOf(one, 5);
        expect(signature === undefined || signature.length === 32).toBe(true);
      }),
      { numRuns: 300 },
    );
    for (const one of [
      'a '.repeat(5_000_000),
      'a'.repeat(10_000_000),
      '://'.repeat(3_000_000),
      '中'.repeat(5_000_000),
    ]) {
      const before = process.cpuUsage();
      signatureOf(one, 20);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(200);
    }
  });

  test('any bytes in the store are an entry or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const entry = decodeEntry(bytes);
        if (entry !== undefined)
          expect(Buffer.from(encodeEntry(entry)).equals(Buffer.from(bytes))).toBe(true);
        const learned = decodeLearned(bytes);
        expect(learned === undefined || Array.isArray(learned.keys)).toBe(true);
      }),
      { numRuns: 300 },
    );
    const whole = Buffer.alloc(140, 7);
    expect(Buffer.from(encodeEntry(decodeEntry(whole) ?? { counts: noCounts() })).equals(whole)).toBe(true);
  });
});

test('files count from a size, pictures from a larger one, doubles once', () => {
  const bytes = Buffer.alloc(2000, 'x');
  expect(print(text(), bytes)?.files).toEqual([
    { digest: expect.stringMatching(/^[\w-]{11}$/), name: 'list.pdf' },
  ]);
  expect(print('short', Buffer.alloc(500))).toBeUndefined();
  expect(print('short', bytes, 'image/png')).toBeUndefined();
  expect(print('short', Buffer.alloc(9000), 'image/png')?.files).toHaveLength(1);
});

describe('store', () => {
  const opened: State[] = [];
  afterEach(async () => {
    for (const state of opened.splice(0)) await state.close();
  });
  let now = Date.parse('2026-03-10T12:00:00Z');
  const open = (settings: Partial<typeof defaultFuzzySettings> = {}) => {
    const state = createSqliteState({ path: ':memory:', log: silentLog, now: () => now });
    opened.push(state);
    return new FuzzyStore({ state, settings: { ...defaultFuzzySettings, ...settings } });
  };
  let message = 1n;
  const wish = (
    kind: FuzzyWish['kind'],
    body: string,
    attachment?: Uint8Array,
    id = message++,
  ): FuzzyWish => ({
    kind,
    message: id,
    fingerprint: print(body, attachment),
  });
  const find = (store: FuzzyStore, body: string, attachment?: Uint8Array): Promise<FuzzyFinding[]> =>
    store.find(print(body, attachment) ?? { files: [] });

  test('what is damaged leads nowhere, and is learned over', async () => {
    const store = open();
    const state = opened.at(-1);
    const first = wish('deny', text(), Buffer.alloc(5000, 1));
    await store.learn(first);
    const junk = ['', 'x'.repeat(3000), 'fuzzy/t/\ud800', 'room/other'];
    const keys: string[] = [];
    for await (const { key } of state?.list('fuzzy/') ?? []) keys.push(key);
    for (const [index, key] of keys.entries())
      await state?.put(key, Buffer.from(junk[index % junk.length] ?? ''));
    await state?.put(`fuzzy/m/${first.message.toString(36)}`, Buffer.from(['deny', ...junk].join('\n')));
    expect(await find(store, text(), Buffer.alloc(5000, 1))).toEqual([]);
    await store.learn({ kind: 'forget', message: first.message, fingerprint: undefined });
    await state?.delete('fuzzy/added');
    expect(await store.learn(wish('deny', text()))).toBe('learned');
    expect(await find(store, text())).toMatchObject([{ kind: 'deny' }]);
  });

  test('a copy of what was learned is found, and how often it was learned', async () => {
    const store = open();
    expect(await find(store, text())).toEqual([]);
    const first = wish('deny', text());
    expect(await store.learn(first)).toBe('learned');
    expect(await store.learn(first)).toBe('known');
    expect(await find(store, text())).toEqual([{ kind: 'deny', count: 1, similarity: 1 }]);
    expect(await store.learn(wish('deny', `${text()} bye`))).toBe('learned');
    const [near] = await find(store, text(1));
    expect(near).toMatchObject({ kind: 'deny', count: 2 });
    expect(near?.similarity).toBeGreaterThan(0.5);
    expect(near?.similarity).toBeLessThan(1);
    expect(await find(store, 'x '.repeat(40))).toEqual([]);
  });

  test('files by their content, whatever their name and the text', async () => {
    const store = open();
    const bytes = Buffer.alloc(5000, 'worm');
    await store.learn(wish('deny', 'short', bytes));
    expect(await find(store, text(), bytes)).toEqual([
      { kind: 'deny', count: 1, similarity: 1, file: 'list.pdf' },
    ]);
    expect(await find(store, text(), Buffer.alloc(5001, 'worm'))).toEqual([]);
  });

  test('learned as the other it changes sides; forgotten it is gone', async () => {
    const store = open();
    const one = wish('deny', text());
    await store.learn(one);
    expect(await store.learn({ ...one, kind: 'white' })).toBe('relearned');
    expect(await find(store, text())).toEqual([{ kind: 'white', count: 1, similarity: 1 }]);
    expect(await store.learn({ kind: 'forget', message: one.message, fingerprint: undefined })).toBe(
      'forgotten',
    );
    expect(await find(store, text())).toEqual([]);
    expect(await store.learn({ kind: 'forget', message: one.message, fingerprint: undefined })).toBe('known');
  });

  test('what was learned both ways says nothing', async () => {
    const store = open();
    await store.learn(wish('deny', text()));
    await store.learn(wish('white', text()));
    expect(await find(store, text())).toEqual([]);
    for (let copies = 0; copies < 3; copies++) await store.learn(wish('deny', text()));
    expect(await find(store, text())).toEqual([{ kind: 'deny', count: 4, similarity: 1 }]);
  });

  test('a trap is less than a person, and does not overrule one', async () => {
    const store = open();
    const trapped = wish('probable', text());
    await store.learn(trapped);
    expect(await find(store, text())).toMatchObject([{ kind: 'probable', count: 1 }]);
    expect(await store.learn({ ...trapped, kind: 'white' })).toBe('relearned');
    expect(await store.learn(trapped)).toBe('known');
    expect(await find(store, text())).toMatchObject([{ kind: 'white' }]);
  });

  test('forgotten after a time; no more than a limit', async () => {
    const store = open({ expire: 100, entries: 1 });
    expect(await store.learn(wish('deny', 'short'))).toBe('nothing');
    const first = wish('deny', text());
    expect(await store.learn(first)).toBe('learned');
    expect(await store.learn(wish('deny', 'other words '.repeat(20)))).toBe('full');
    expect(await store.learn({ ...first, kind: 'white' })).toBe('relearned');
    now += 101_000;
    expect(await find(store, text())).toEqual([]);
    expect(await store.learn(wish('deny', 'other words '.repeat(20)))).toBe('learned');
  });

  test('nobody is asked while nothing was learned; other processes are heard of', async () => {
    const store = open();
    const asked: unknown[] = [];
    const fuzzy = new Fuzzy(defaultFuzzySettings, {
      memory: store.memory,
      find: (one) => {
        asked.push(one);
        return store.find(one);
      },
      learn: (one) => void store.learn(one),
    });
    await store.start(() => undefined);
    expect(fuzzy.find(letter(text()))).toBeUndefined();
    await store.learn(wish('deny', text()));
    expect(await fuzzy.find(letter(text()))).toMatchObject([{ kind: 'deny' }]);
    expect(fuzzy.find(letter('short'))).toBeUndefined();
    expect(asked).toHaveLength(1);
    const other = new FuzzyStore({ state: opened[0] as State, settings: defaultFuzzySettings });
    await other.start(() => undefined);
    expect(new Int32Array(other.memory)[0]).toBe(1);
    await other.close();
    await store.close();
  });

  test('mail for traps alone is learned by itself', async () => {
    const store = open();
    const learned: FuzzyWish[] = [];
    const fuzzy = new Fuzzy(
      { ...defaultFuzzySettings, traps: ['Trap@example.org'] },
      { memory: store.memory, find: () => Promise.resolve([]), learn: (one) => void learned.push(one) },
    );
    const to = (...addresses: string[]) => ({
      client: {},
      sender: '',
      recipients: addresses.map((address) => ({ address })),
    });
    fuzzy.observe(letter(text()), to('anna@example.org'));
    fuzzy.observe(letter(text()), to('trap@example.org', 'anna@example.org'));
    fuzzy.observe(letter(text()), to());
    expect(learned).toEqual([]);
    fuzzy.observe(letter(text()), to('trap@EXAMPLE.org'));
    expect(learned).toMatchObject([{ kind: 'probable' }]);
  });

  test('damaged values are no entries', async () => {
    const store = open();
    await store.learn(wish('deny', text(), Buffer.alloc(3000, 'a')));
    const state = opened[0] as State;
    const keys: string[] = [];
    for await (const { key } of state.list('fuzzy/')) if (key !== 'fuzzy/added') keys.push(key);
    for (const key of keys) await state.put(key, Buffer.from('damage'));
    expect(await find(store, text(), Buffer.alloc(3000, 'a'))).toEqual([]);
    expect(await store.learn(wish('deny', text()))).toBe('learned');
  });
});
