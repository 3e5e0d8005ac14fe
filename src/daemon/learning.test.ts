import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { userHash } from '../filter/bayes/entries.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import { decodeRequests, type LearnRequest } from '../filter/bayes/record.ts';
import { silentLog } from '../log.ts';
import type { LessonQueue, WaitingLesson } from '../store/mail/lessons.ts';
import { type Learning, openLearning } from './learning.ts';

const ANNA = 'anna@example.org';

let folder: string;
let learning: Learning | undefined;
/** By account, the oldest first. */
let waiting: Map<string, WaitingLesson[]>;
let listener: (() => void) | undefined;
let recalled: string[];
let nextId = 1;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-learning-'));
  waiting = new Map();
  recalled = [];
});
afterEach(async () => {
  await learning?.close();
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const queue: LessonQueue = {
  accounts: async () => [...waiting.keys()],
  next: async (account, most) => (waiting.get(account) ?? []).slice(0, most),
  async done(account, ids) {
    waiting.set(
      account,
      (waiting.get(account) ?? []).filter(({ id }) => !ids.includes(id)),
    );
  },
  watch(heard) {
    listener = () => heard(ANNA);
    return () => (listener = undefined);
  },
};

function say(kind: 'spam' | 'ham', text: string | undefined | Error, account = ANNA): void {
  const octets = async (): Promise<Buffer | undefined> => {
    if (text instanceof Error) throw text;
    return text === undefined ? undefined : Buffer.from(`Subject: ${text}\r\n\r\nwords of ${text}\r\n`);
  };
  const one = { id: nextId++, kind, by: account, octets };
  waiting.set(account, [...(waiting.get(account) ?? []), one]);
}

const left = (): number => [...waiting.values()].reduce((sum, lessons) => sum + lessons.length, 0);

function configured(yaml = ''): Config {
  const file = join(folder, 'tamis.yaml');
  writeFileSync(file, `data: ${folder}\n${yaml}`);
  return loadConfig(file, {}).config;
}

function open(yaml = '', options: { bayes?: BayesHost; failing?: () => boolean } = {}): void {
  learning = openLearning({
    config: configured(yaml),
    queue,
    bayes: options.bayes ?? ({} as BayesHost),
    recall: {
      async learn(raw, kind) {
        if (options.failing?.() === true) throw new Error('the state is away');
        recalled.push(`${kind} ${/Subject: (\S+)/.exec(String(raw))?.[1]}`);
      },
    },
    log: silentLog,
  });
  learning?.start();
}

/** What lies in the spool of the classifier. */
const spooled = (): LearnRequest[] =>
  readdirSync(join(folder, 'bayes/spool')).flatMap(
    (name) => decodeRequests(readFileSync(join(folder, 'bayes/spool', name))).requests,
  );

test('all of it goes to the classifier and to what remembers copies; what is gone is left out', async () => {
  say('spam', 'one');
  say('ham', 'two', 'bert@example.org');
  say('spam', undefined);
  say('spam', new Error('cannot be read'));
  open();
  await expect.poll(left).toBe(0);
  expect(recalled.sort()).toEqual(['ham two', 'spam one']);
  expect(spooled().map(({ kind, user }) => [kind, user])).toEqual([
    ['spam', 0n],
    ['ham', 0n],
  ]);
});

test('with per_user it is for the one who says it alone', async () => {
  say('spam', 'one');
  open('filter: { bayes: { per_user: true } }');
  await expect.poll(left).toBe(0);
  expect(recalled).toEqual([]);
  expect(spooled().map(({ user }) => user)).toEqual([userHash(ANNA)]);
});

test('into the state that nodes share, where counts are there', async () => {
  const learned: LearnRequest[] = [];
  const bayes = {
    learn: async (requests: readonly LearnRequest[]) => {
      learned.push(...requests);
      return [];
    },
  } as unknown as BayesHost;
  say('ham', 'one');
  open('filter: { bayes: { backend: state } }\nstate: { driver: redis }', { bayes });
  await expect.poll(left).toBe(0);
  expect(learned.map(({ kind }) => kind)).toEqual(['ham']);
});

test('what is said while it runs is learned at once, and not more in a second than is allowed', async () => {
  open('learning: { rate: 2 }');
  const start = performance.now();
  say('spam', 'first');
  listener?.();
  await expect.poll(left, { timeout: 5000, interval: 10 }).toBe(0);
  say('ham', 'second');
  listener?.();
  await expect.poll(left, { timeout: 5000, interval: 10 }).toBe(0);
  expect(performance.now() - start).toBeGreaterThan(450);
});

test('nobody waits for one who has much to say', async () => {
  for (let n = 0; n < 100; n++) say('spam', `many${n}`, 'aaron@example.org');
  say('ham', 'few', 'zoe@example.org');
  open('learning: { rate: 10 }');
  await expect.poll(() => recalled.includes('ham few'), { timeout: 10_000, interval: 10 }).toBe(true);
  expect(recalled.length).toBeLessThan(50);
});

test('what cannot be learned now is learned later, and nothing is lost', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  let away = true;
  let tries = 0;
  say('spam', 'one');
  open('', {
    failing: () => {
      tries++;
      return away;
    },
  });
  await vi.advanceTimersByTimeAsync(10);
  await expect.poll(() => tries).toBe(1);
  away = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect([left(), tries]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(15_000);
  vi.useRealTimers();
  await expect.poll(left).toBe(0);
  expect(recalled).toEqual(['spam one']);
});

test.each([
  'learning: { enabled: false }',
  'filter: { bayes: { enabled: false }, fuzzy: { enabled: false }, reputation: { enabled: false } }',
])('nothing is learned with %s', (yaml) => {
  open(yaml);
  expect(learning).toBeUndefined();
});
