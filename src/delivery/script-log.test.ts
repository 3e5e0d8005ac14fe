import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { openState } from '../state/open.ts';
import { defaultStateSettings } from '../state/settings.ts';
import type { State } from '../state/types.ts';
import { createScriptLog, type ScriptLogEntry } from './script-log.ts';

let folder = '';
let state: State;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-script-log-'));
  state = await openState({
    settings: { ...defaultStateSettings, path: join(folder, 'state.sqlite') },
    log: silentLog,
  });
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true });
});

let time = Date.UTC(2026, 10, 22);
const open = () => createScriptLog(state, () => time++, silentLog);
const entry = (id: string, errors: string[] = []): Omit<ScriptLogEntry, 'time'> => ({
  id,
  recipient: 'me@tamis.test',
  sender: 'a@sender.test',
  subject: 'hello',
  actions: ['fileinto "A"'],
  errors,
});

test('keeps the last entries of each account, newest first', async () => {
  const log = open();
  expect(await log.read('me@tamis.test')).toEqual([]);
  for (let number = 0; number < 60; number++) {
    log.record('me@tamis.test', entry(`m${number}`));
    await log.settled();
  }
  log.record('me@tamis.test/x', entry('other'));
  await log.settled();
  const read = await log.read('me@tamis.test');
  expect(read.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => `m${59 - index}`));
  expect(read[0]).toEqual({ ...entry('m59'), time: expect.stringMatching(/^2026-11-22T00:00:00\.\d+Z$/) });
  expect((await log.read('me@tamis.test/x')).map(({ id }) => id)).toEqual(['other']);
});

test('two processes lose nothing of each other', async () => {
  const [one, other] = [open(), open()];
  for (let number = 0; number < 20; number++) {
    one.record('me@tamis.test', entry(`a${number}`));
    other.record('me@tamis.test', entry(`b${number}`));
  }
  await Promise.all([one.settled(), other.settled()]);
  expect(new Set((await one.read('me@tamis.test')).map(({ id }) => id)).size).toBe(40);
});

test('warns of what went wrong, with the last errors', async () => {
  const log = open();
  log.record('me@tamis.test', entry('good'));
  await log.settled();
  expect(await log.warnings('me@tamis.test')).toBeUndefined();
  log.record('me@tamis.test', entry('bad', ['main: line 3: error: too many redirect actions (at most 4)']));
  await log.settled();
  expect(await log.warnings('me@tamis.test')).toMatch(
    /^The script failed on 1 of the last 2 mails, .* last at 2026-11-22T.*Z:\nmain: line 3: error: too many redirect/,
  );
});

test('large texts are cut, and what cannot be read is passed over', async () => {
  const log = open();
  const long = 'x'.repeat(100_000);
  log.record('me@tamis.test', {
    ...entry(long, Array<string>(1000).fill(long)),
    subject: `${'😀'.repeat(500)}\ud800`,
  });
  await log.settled();
  for (const [place, value] of Object.entries({ 10: 'no JSON', 11: 'null', 12: '{"number":"x"}', 13: '[]' }))
    await state.put(`sieve/log/me@tamis.test/${place}`, Buffer.from(value));
  const [only, ...others] = await log.read('me@tamis.test');
  expect(others).toEqual([]);
  expect(only?.errors).toHaveLength(10);
  expect(JSON.stringify(only).length).toBeLessThan(5000);
  expect(only?.subject.isWellFormed()).toBe(true);
});

test('delivery is not hurt by a state that fails', async () => {
  const warned: object[] = [];
  const failing: State = { ...state, increment: () => Promise.reject(new Error('full')) };
  const log = createScriptLog(failing, Date.now, {
    ...silentLog,
    warn: (fields) => void warned.push(fields),
  });
  for (let number = 0; number < 1000; number++) log.record('me@tamis.test', entry('m'));
  await log.settled();
  // Those that do not fit are left out.
  expect(warned).toHaveLength(256);
});
