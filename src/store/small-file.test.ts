import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { program } from '../../test/support/peers.ts';
import { readSmallFile } from './small-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-small-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

test('a file is read whole, up to the limit', async () => {
  writeFileSync(at('file'), 'x'.repeat(100));
  expect((await readSmallFile(at('file'), 100))?.toString()).toBe('x'.repeat(100));
  expect(await readSmallFile(at('file'), 99)).toBeUndefined();
  writeFileSync(at('empty'), '');
  expect(await readSmallFile(at('empty'), 99)).toHaveLength(0);
});

test.each<[string, (path: string) => void]>([
  ['nothing', () => undefined],
  ['a folder', (path) => mkdirSync(path)],
  ['a pipe, which nobody writes to', (path) => execFileSync(program('mkfifo'), [path])],
  ['a link', (path) => symlinkSync('/etc/passwd', path)],
  ['a link to what never ends', (path) => symlinkSync('/dev/zero', path)],
])('%s is no file', async (_, make) => {
  make(at('odd'));
  expect(await readSmallFile(at('odd'), 1000)).toBeUndefined();
});

test('a folder whose name is a file holds none, nor has any such a name', async () => {
  writeFileSync(at('file'), 'x');
  expect(await readSmallFile(at('file/below'), 10)).toBeUndefined();
  expect(await readSmallFile(at('n'.repeat(300)), 10)).toBeUndefined();
});
