import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import type { Sasl, Step } from '../../policy/sasl/sasl.ts';
import { capabilities, compile } from '../../sieve/index.ts';
import { commands } from './commands/index.ts';
import type { SessionOptions } from './options.ts';
import { Session } from './session.ts';
import { defaultManageSieveSettings } from './settings.ts';
import { CommandReader } from './wire/reader.ts';
import type { Line } from './wire/types.ts';

const scripts = new Map<string, Uint8Array>();
beforeEach(() => scripts.clear());

const end: Step = { type: 'failure', reason: 'credentials' };
const sasl: Sasl = {
  mechanisms: () => ['PLAIN'],
  login: () => ({
    begin: async (initial) => (initial === undefined ? { type: 'challenge', data: Buffer.from('x') } : end),
    respond: async () => end,
    cancel: () => undefined,
  }),
};

const options: SessionOptions = {
  settings: { ...defaultManageSieveSettings, errors: 1e9, loginAttempts: 1e9 },
  sasl,
  scripts: {
    list: async () => [...scripts].map(([name, { length: size }]) => ({ name, size, active: false })),
    get: async (_, name) => scripts.get(name) ?? Buffer.alloc(0),
    haveSpace: async () => undefined,
    put: async (_, name, source) => void scripts.set(name, source),
    setActive: async () => undefined,
    delete: async (_, name) => void scripts.delete(name),
    rename: async () => Promise.reject(new Error('injected')),
  },
  compile: (source, name, include) =>
    compile(source, { name, ...(include === undefined ? {} : { include }) }),
  capabilities,
  scriptBytes: 1000,
  redirects: 4,
  log: silentLog,
};

/** The lines of a text. */
function lines(text: string): Line[] {
  const reader = new CommandReader({ line: 10_000, literal: 1000, skipped: 1000 });
  reader.push(Buffer.from(text));
  const found: Line[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) found.push(line);
  return found;
}

const piece = fc.oneof(
  fc.constantFrom(
    '"a"',
    '"PLAIN"',
    '""',
    '"*"',
    '12',
    '{4+}\r\nfoo;',
    '{5}\r\nkeep;',
    '"keep;"',
    '"AAAA"',
    '"é"',
    '"/"',
    '!',
  ),
  fc.string({ maxLength: 12 }).map((text) => `{${Buffer.byteLength(text)}+}\r\n${text}`),
);
const line = fc
  .tuple(fc.constantFrom(...commands.keys(), 'XYZZY', ''), fc.array(piece, { maxLength: 4 }))
  .map(([name, pieces]) => `${[name, ...pieces].join(' ').trim()}\r\n`);

/** Lines, literals and one last line of an answer, as a client reads them. */
function checkAnswer(output: Buffer): void {
  let rest = output;
  let last = '';
  while (rest.length > 0) {
    let text = '';
    for (;;) {
      const at = rest.indexOf('\r\n');
      expect(at).toBeGreaterThanOrEqual(0);
      const part = rest.subarray(0, at).toString('latin1');
      rest = rest.subarray(at + 2);
      const literal = /\{(\d+)\}$/.exec(part);
      text += part;
      if (literal === null) break;
      rest = rest.subarray(Number(literal[1]));
    }
    last = text;
    if (rest.length > 0) expect(text).toMatch(/^(?:"|\{|OK|NO)/);
  }
  expect(last).toMatch(
    /^(?:OK|NO|BYE)(?: \([A-Z/-]+(?: (?:"(?:[^"\\]|\\.)*"|\{\d+\}))?\))?(?: (?:"(?:[^"\\]|\\.)*"|\{\d+\}))?$/,
  );
}

test.each([undefined, 'anna@example.org'])(
  'any lines at all, logged in as %s: each has a well-formed answer',
  async (account) => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (texts) => {
        const pending = lines(texts.join(''));
        const session = new Session(
          options,
          { address: '192.0.2.1' },
          { startTls: true, ask: async () => pending.shift() },
        );
        session.account = account;
        for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
          const { output } = await session.execute(next);
          checkAnswer(output);
          if (account !== undefined) session.account = account;
        }
      }),
      { numRuns: 300 },
    );
  },
);

test('what fails inside is told as a passing failure, and no more', async () => {
  const session = new Session(options, { address: '' }, { startTls: false, ask: async () => undefined });
  session.account = 'anna@example.org';
  const [rename] = lines('RENAMESCRIPT "a" "b"\r\n');
  if (rename === undefined) throw new Error('no line');
  const { output } = await session.execute(rename);
  expect(output.toString()).toBe('NO (TRYLATER) "It did not work, try again later"\r\n');
});

test('a client that goes away in the middle of a login', async () => {
  const session = new Session(options, { address: '' }, { startTls: false, ask: async () => undefined });
  const [login] = lines('AUTHENTICATE "PLAIN"\r\n');
  if (login === undefined) throw new Error('no line');
  expect((await session.execute(login)).output.toString()).toMatch(/^NO /);
  expect(session.account).toBeUndefined();
});
