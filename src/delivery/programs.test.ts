import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { defaultProgramSettings, type ProgramSettings } from './program-settings.ts';
import { createPrograms, type ProgramJob } from './programs.ts';

let folder: string;

function program(name: string, ...lines: string[]): void {
  const path = join(folder, name);
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

beforeAll(() => {
  const home = mkdtempSync(join(tmpdir(), 'tamis-programs-'));
  folder = join(home, 'bin');
  mkdirSync(folder, { mode: 0o755 });
});
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const names = [
  'cat',
  'args',
  'environment',
  'fail',
  'slow',
  'loud',
  'deaf',
  'orphan',
  'writable',
  'missing',
  'outside',
  '../evil',
  'sub',
];
const settings = (changes: Partial<ProgramSettings> = {}): ProgramSettings => ({
  ...defaultProgramSettings,
  folder,
  execute: names,
  ...changes,
});
const job = (name: string, changes: Partial<ProgramJob> = {}): ProgramJob => ({
  command: 'execute',
  program: name,
  arguments: [],
  input: [],
  sender: 'a@example.org',
  recipient: 'b@example.com',
  ...changes,
});

/** What a run wrote, or why it failed as the log tells it. */
async function outcome(what: ProgramJob, changes?: Partial<ProgramSettings>): Promise<string> {
  let why = 'nothing in the log';
  const log = {
    ...silentLog,
    warn: (fields: unknown, message?: string) => {
      const { err } = fields as { err?: Error };
      why = err?.message ?? message ?? '';
    },
  };
  const output = await createPrograms(settings(changes), log).run(what);
  return output === undefined ? `failed: ${why}` : output.toString();
}

describe('a listed program', () => {
  test('is given the input, and its output is taken', async () => {
    program('cat', 'cat');
    const input = [Buffer.from('one\n'), Buffer.alloc(300_000, 'x')];
    expect(await outcome(job('cat', { input }))).toBe(`one\n${'x'.repeat(300_000)}`);
    expect(await outcome(job('cat'))).toBe('');
  });

  test('is given its arguments as they are: there is no shell', async () => {
    program('args', 'for a; do printf "<%s>" "$a"; done');
    const given = ['a b', '$(id)', '`id`; rm x', '*', '', '-n'];
    expect(await outcome(job('args', { arguments: given }))).toBe(given.map((text) => `<${text}>`).join(''));
  });

  test('sees nothing of the environment of the server', async () => {
    program('environment', 'echo "$SENDER $RECIPIENT $SECRET_OF_TEST"; pwd');
    process.env.SECRET_OF_TEST = 'secret';
    try {
      expect(await outcome(job('environment', { sender: 'x; id\0@y' }))).toBe(
        `x; id@y b@example.com \n${folder}\n`,
      );
    } finally {
      delete process.env.SECRET_OF_TEST;
    }
  });

  test('that reads nothing is no failure', async () => {
    program('deaf', 'exec 0<&-; echo ok');
    expect(await outcome(job('deaf', { input: [Buffer.alloc(1_000_000)] }))).toBe('ok\n');
  });
});

describe('fails', () => {
  test('when it ends with another code than 0; the log has what it said', async () => {
    program('fail', 'echo partly', 'echo "no paper" >&2', 'exit 3');
    expect(await outcome(job('fail'))).toBe('failed: ended with 3: no paper');
  });

  test('when it takes too long, with all it has started', async () => {
    program('slow', 'sleep 30 & sleep 30');
    const start = Date.now();
    expect(await outcome(job('slow'), { timeout: 0.2 })).toBe('failed: took longer than 0.2 seconds');
    expect(Date.now() - start).toBeLessThan(20_000);
  });

  test('when it writes too much', async () => {
    program('loud', 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done');
    expect(await outcome(job('loud'), { outputBytes: 10_000 })).toBe('failed: wrote more than 10000 octets');
  });

  test('when the server shuts down', async () => {
    program('slow', 'exec sleep 30');
    const programs = createPrograms(settings(), silentLog);
    const run = programs.run(job('slow'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    programs.close();
    expect(await run).toBeUndefined();
    expect(await programs.run(job('slow'))).toBeUndefined();
  });
});

test('a child that is left behind does not hold up the answer', async () => {
  program('orphan', 'echo done', 'sleep 30 &');
  const start = Date.now();
  expect(await outcome(job('orphan'))).toBe('done\n');
  expect(Date.now() - start).toBeLessThan(20_000);
});

describe('is not run', () => {
  test('when it is not listed for the command', async () => {
    program('cat', 'cat');
    const programs = createPrograms(settings(), silentLog);
    expect(programs.known('execute', 'cat')).toBe(true);
    expect(programs.known('pipe', 'cat')).toBe(false);
    expect(programs.known('execute', 'other')).toBe(false);
    expect(createPrograms(settings({ folder: '' }), silentLog).known('execute', 'cat')).toBe(false);
    expect(await programs.run(job('cat', { command: 'filter' }))).toBeUndefined();
  });

  test('when it is not there, or is no program', async () => {
    expect(await outcome(job('missing'))).toContain('ENOENT');
    mkdirSync(join(folder, 'sub'));
    expect(await outcome(job('sub'))).toMatch(/no file/);
  });

  test('when it leads out of the folder', async () => {
    symlinkSync('/bin/cat', join(folder, 'outside'));
    writeFileSync(join(folder, '..', 'evil'), '#!/bin/sh\n');
    chmodSync(join(folder, '..', 'evil'), 0o755);
    expect(await outcome(job('outside'))).toBe('failed: the program lies outside of the folder');
    expect(await outcome(job('../evil'))).toBe('failed: a script wants to run a program that is not listed');
  });

  test('when others can write to it', async () => {
    program('writable', 'cat');
    chmodSync(join(folder, 'writable'), 0o777);
    expect(await outcome(job('writable'))).toBe(
      'failed: the program or its folder can be written to by others than its owner',
    );
  });
});

test('only so many run at once', async () => {
  program('slow', 'mkdir lock || exit 1; sleep 0.1; rmdir lock');
  const programs = createPrograms(settings({ concurrency: 1 }), silentLog);
  const runs = await Promise.all([1, 2, 3].map(() => programs.run(job('slow'))));
  expect(runs.map((output) => output !== undefined)).toEqual([true, true, true]);
});
