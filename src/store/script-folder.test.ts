import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createScriptFolder } from './script-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-scripts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const open = (maxScriptBytes = 100) => createScriptFolder({ folder, maxScriptBytes });

test('all scripts in the order of their names; nothing else', async () => {
  write('20-lists.sieve', 'two');
  write('10-spam.sieve', 'one');
  write('readme.txt', 'no script');
  write('.hidden.sieve', 'no script');
  write('.sieve', 'no script');
  expect(await open().all()).toEqual([
    { name: '10-spam', script: { name: '10-spam', source: 'one' } },
    { name: '20-lists', script: { name: '20-lists', source: 'two' } },
  ]);
});

test('a script that cannot be read stands in its place with its fault', async () => {
  write('a.sieve', 'x'.repeat(101));
  mkdirSync(join(folder, 'b.sieve'));
  write('c.sieve', 'good');
  const found = await open().all();
  expect(found.map(({ name, fault }) => [name, fault?.temporary])).toEqual([
    ['a', false],
    ['b', false],
    ['c', undefined],
  ]);
  expect(found[0]?.fault?.message).toContain('101 bytes, 100 are allowed');
});

test('a folder that is not there', async () => {
  const missing = createScriptFolder({ folder: join(folder, 'none'), maxScriptBytes: 100 });
  await expect(missing.all()).rejects.toMatchObject({
    temporary: false,
    message: expect.stringMatching(/ENOENT/),
  });
  expect(await missing.named('a')).toBeUndefined();
});

test('one by its name, and no way out of the folder', async () => {
  write('a b.sieve', 'here');
  write('../outside.sieve', 'outside');
  const scripts = open();
  expect(await scripts.named('a b')).toEqual({ name: 'a b', source: 'here' });
  for (const name of ['', 'none', '../outside', '.', '..', 'a/b', 'a\\b', 'a\0b', '\ud800', 'x'.repeat(300)])
    expect(await scripts.named(name), name).toBeUndefined();
  rmSync(join(folder, '../outside.sieve'));
  mkdirSync(join(folder, 'c.sieve'));
  await expect(scripts.named('c')).rejects.toMatchObject({ temporary: false });
});

test('a file that changes is read again, one that stays is the same object', async () => {
  write('a.sieve', 'one');
  const past = new Date(Date.now() - 10_000);
  utimesSync(join(folder, 'a.sieve'), past, past);
  const scripts = open();
  expect((await scripts.named('a'))?.source).toBe('one');
  write('a.sieve', 'two');
  expect((await scripts.named('a'))?.source).toBe('two');
  unlinkSync(join(folder, 'a.sieve'));
  write('elsewhere', 'three');
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'a.sieve'));
  expect((await scripts.named('a'))?.source).toBe('three');
});

const root = process.getuid?.() === 0;
test.skipIf(root)(
  `a file that may not be read${root ? ' (skipped: root may read everything)' : ''}`,
  async () => {
    write('a.sieve', 'one');
    chmodSync(join(folder, 'a.sieve'), 0);
    await expect(open().named('a')).rejects.toMatchObject({ temporary: false });
  },
);
