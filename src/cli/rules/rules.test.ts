import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Io } from '../io.ts';
import { CaseError, readCases } from './cases.ts';
import { rulesCheck } from './check.ts';
import { rulesExplain } from './explain.ts';
import { rulesProfile } from './profile.ts';
import { rulesTest } from './test.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

function capture(): Io & { out: string; err: string } {
  const io = {
    out: '',
    err: '',
    color: false,
    interactive: false,
    stdout: (text: string) => void (io.out += text),
    stderr: (text: string) => void (io.err += text),
  };
  return io;
}

const rules = write(
  'a.cf',
  'body __WORD /pillow/i\nmeta A __WORD && !B\ndescribe A Sells pillows\nscore A 2\nbody B /(/\nfrobnicate 1\n',
);
const cases = write(
  'a.cases',
  '=== hits\nhits: A __WORD\nclient: 192.0.2.1\n---\nSubject: x\n\na pillow\n\n=== misses\nmisses: A\n---\nSubject: x\n\nnothing\n',
);
const bad = write('bad.cases', '=== wrong\nhits: __WORD NONE\nmisses: A\n---\nSubject: Pillow\n\nx\n');
const mail = write('m.eml', 'Subject: x\n\na pillow\n');

test('check says what is left out, and where', () => {
  const io = capture();
  expect(rulesCheck({ files: [rules], json: false, config: undefined }, io)).toBe(1);
  expect(io.out).toContain('a.cf:5: left out: B: unmatched (');
  expect(io.out).toContain('a.cf:6: left out: directive "frobnicate" is not known');
  expect(io.out).toContain('2 left out, 0 notes');
  const json = capture();
  rulesCheck({ files: [rules], json: true, config: undefined }, json);
  expect(
    json.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { line: number }).line),
  ).toEqual([6, 5]);
});

test('explain shows a rule and who uses it', () => {
  const io = capture();
  expect(rulesExplain(['__WORD', 'A', 'NOBODY', 'MISSING_DATE'], { rules: [rules] }, io)).toBe(1);
  expect(io.out).toContain('runs when found: "pillow"');
  expect(io.out).toContain('used by   A');
  expect(io.out).toContain('A  Sells pillows');
  expect(io.out).toContain('check missing-headers');
  expect(io.err).toBe('tamis: there is no rule or symbol NOBODY\n');
});

test('profile counts runs and hits', async () => {
  const io = capture();
  expect(await rulesProfile([mail], { rules: [rules], top: '5' }, io)).toBe(0);
  expect(io.out).toMatch(/__WORD\s+body\s+[\d.]+\s+\d\.\d\d\s+1\s+0/);
  expect(await rulesProfile([mail], { rules: [rules], top: 'x' }, io)).toBe(2);
  expect(await rulesProfile([join(folder, 'none')], { rules: [rules], top: '5' }, io)).toBe(1);
});

test('test runs cases', async () => {
  const io = capture();
  expect(await rulesTest([cases], { rules: [rules] }, io)).toBe(0);
  expect(io.out).toBe('2 passed, 0 failed\n');
  const failing = capture();
  expect(await rulesTest([bad, join(folder, 'none.cases')], { rules: [rules] }, failing)).toBe(1);
  expect(failing.out).toContain('there is no rule NONE');
  expect(failing.out).toContain('hits A');
  expect(failing.out).toContain('ENOENT');
  expect(failing.out).toContain('0 passed, 2 failed');
});

test('cases: bytes, characters, and what is wrong with their line', () => {
  const [one] = readCases('f', '=== a\nmisses: A\n---\nSubject: \\xff\\u{e9}\n\n');
  expect(Buffer.from(one?.raw ?? []).toString('latin1')).toBe('Subject: \xff\xc3\xa9\r\n\r\n');
  expect(() => readCases('f', '=== a\nhits: A\n')).toThrow(CaseError);
  expect(() => readCases('f', '=== a\nodd: A\n---\n')).toThrow('f:2:');
  expect(() => readCases('f', 'x\n=== a\n---\n')).toThrow('f:2: case without hits or misses');
});
