import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSrs } from './srs-secret.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'tamis-srs-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));
const file = (): string => join(data, 'srs-secret');

test('made once, for the owner alone, and understood when redirects are no longer rewritten', () => {
  expect(loadSrs(data, false, Date.now)).toBeUndefined();
  const address = loadSrs(data, true, Date.now)?.forward('carl@there.example', 'here.example') ?? '';
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(loadSrs(data, false, Date.now)?.reverse(address)).toBe('carl@there.example');
});

test('a new secret in front of the old one', () => {
  const address = loadSrs(data, true, Date.now)?.forward('carl@there.example', 'here.example') ?? '';
  const old = readFileSync(file(), 'utf8');
  writeFileSync(file(), `${Buffer.alloc(32, 7).toString('base64')}\n${old}`);
  expect(loadSrs(data, true, Date.now)?.reverse(address)).toBe('carl@there.example');
  writeFileSync(file(), `${Buffer.alloc(32, 7).toString('base64')}\n`);
  expect(loadSrs(data, true, Date.now)?.reverse(address)).toBeUndefined();
});

test.each(['', '\n', 'c2hvcnQ=\n'])('a file without a good secret is a fault: %j', (text) => {
  writeFileSync(file(), text);
  chmodSync(file(), 0o600);
  expect(() => loadSrs(data, true, Date.now)).toThrow('srs-secret must hold secrets');
});
