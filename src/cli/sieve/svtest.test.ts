import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capabilities } from '../../sieve/index.ts';
import { sieveCapabilities } from './capabilities.ts';
import type { SieveIo } from './read.ts';
import { sieveTest } from './test.ts';

let folder = '';

function recorder(color = false): SieveIo & { out: string; err: string } {
  const io = {
    out: '',
    err: '',
    color,
    stdout: (text: string): void => void (io.out += text),
    stderr: (text: string): void => void (io.err += text),
  };
  return io;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-svtest-'));
  const file = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  const head = 'require ["vnd.dovecot.testsuite", "fileinto"];\n';
  mkdirSync(join(folder, 'more'));
  file('good.svtest', `${head}test "good" { fileinto "a"; test_result_print; }\n`);
  file('bad.svtest', `${head}test "bad" { if not header "subject" "x" { test_fail "no\u001b[31m x"; } }\n`);
  file('more/unknown.svtest', 'require ["vnd.dovecot.testsuite", "vnd.example.frob"];\ntest "unknown" { }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('tamis sieve test', () => {
  test('one line a test, and a closing line', async () => {
    const io = recorder();
    expect(await sieveTest([join(folder, 'good.svtest')], { json: false }, io)).toBe(0);
    expect(io.out).toBe(
      `ok ${join(folder, 'good.svtest')}: good\n    result: fileinto "a"\n1 passed, 0 failed, 0 skipped\n`,
    );
  });

  test('failures with line and values, folders, what is skipped', async () => {
    const io = recorder();
    expect(await sieveTest([folder], { json: false }, io)).toBe(1);
    expect(io.out).toBe(
      [
        `FAIL ${join(folder, 'bad.svtest')}: bad`,
        '    line 2: no\ufffd[31m x',
        '      line 2: header :is: "Frop!" against "x": false',
        `ok ${join(folder, 'good.svtest')}: good`,
        '    result: fileinto "a"',
        `skip ${join(folder, 'more/unknown.svtest')}: unknown: there is no capability "vnd.example.frob"`,
        '1 passed, 1 failed, 1 skipped',
        '',
      ].join('\n'),
    );
  });

  test('JSON lines', async () => {
    const io = recorder();
    expect(await sieveTest([join(folder, 'bad.svtest')], { json: true }, io)).toBe(1);
    const lines = io.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      {
        file: join(folder, 'bad.svtest'),
        name: 'bad',
        line: 2,
        outcome: 'failed',
        failures: [
          {
            line: 2,
            reason: 'no\u001b[31m x',
            values: ['line 2: header :is: "Frop!" against "x": false'],
          },
        ],
      },
      { passed: 0, failed: 1, skipped: 0 },
    ]);
  });

  test('colours, and files that cannot be read', async () => {
    const io = recorder(true);
    expect(await sieveTest([join(folder, 'good.svtest'), join(folder, 'none')], { json: false }, io)).toBe(1);
    expect(io.out).toContain('\u001b[32mok');
    expect(io.err).toBe(`tamis: ${join(folder, 'none')}: no such file, and no folder with *.svtest files\n`);
  });
});

test('tamis sieve capabilities of a server: what is refused stands behind, with the reason', () => {
  const available = ['convert', 'vnd.dovecot.pipe'];
  const lines = recorder();
  sieveCapabilities({ json: false, available }, lines);
  expect(lines.out).toMatch(/^convert$/m);
  expect(lines.out).toMatch(/^vnd\.dovecot\.pipe$/m);
  expect(lines.out).toMatch(/^processcalendar: refused: no calendar store is configured$/m);
  expect(lines.out).not.toMatch(/^processcalendar$/m);
  const json = recorder();
  sieveCapabilities({ json: true, available }, json);
  const { usable, refused } = JSON.parse(json.out) as { usable: string[]; refused: Record<string, string> };
  expect([...usable, ...Object.keys(refused)].sort()).toEqual(capabilities());
  expect(refused['imapsieve']).toMatch(/events of IMAP/);
});

test('tamis sieve capabilities', () => {
  const lines = recorder();
  expect(sieveCapabilities({ json: false }, lines)).toBe(0);
  const json = recorder();
  expect(sieveCapabilities({ json: true }, json)).toBe(0);
  const names = JSON.parse(json.out) as string[];
  expect(lines.out).toBe(names.map((name) => `${name}\n`).join(''));
  expect(names).toEqual(names.toSorted());
  // RFC 5228 §2.10.5, and what this project promises.
  for (const name of ['fileinto', 'envelope', 'variables', 'vacation', 'vnd.dovecot.testsuite'])
    expect(names).toContain(name);
});
