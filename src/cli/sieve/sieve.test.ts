import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sieveCheck } from './check.ts';
import type { SieveIo } from './read.ts';
import { sieveRun } from './run.ts';

let folder = '';
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

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
  folder = mkdtempSync(join(tmpdir(), 'tamis-sieve-'));
  file('m.eml', 'From: a@example.org\r\nTo: b@example.com\r\nSubject: hello\r\n\r\ntext\r\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('tamis sieve check', () => {
  test('a script without faults', () => {
    const io = recorder();
    const path = file('good.sieve', 'if true { keep; }\n');
    expect(sieveCheck([path], false, io)).toBe(0);
    expect(io.out).toBe(`${path}: fine\n`);
    expect(io.err).toBe('');
  });

  test('errors and warnings with the line and a caret', () => {
    const io = recorder();
    const path = file('bad.sieve', 'require "fileinto";\r\nkeep;\n\tdiscrd;\n  kep;\n');
    expect(sieveCheck([path], false, io)).toBe(1);
    expect(io.err).toBe(
      [
        'bad: line 1: warning: capability "fileinto" is required but not used',
        '  require "fileinto";',
        '          ^',
        'bad: line 3: error: unknown command discrd',
        '   discrd;',
        '   ^',
        'bad: line 4: error: unknown command kep',
        '    kep;',
        '    ^',
        '',
      ].join('\n'),
    );
    expect(io.out).toBe(`${path}: 2 errors, 1 warning\n`);
  });

  test('the samples', () => {
    const samples = join(import.meta.dirname, '../../../corpus/sieve');
    const io = recorder();
    expect(sieveCheck([join(samples, 'simple.sieve')], false, io)).toBe(0);
    expect(sieveCheck([join(samples, 'forward.sieve')], false, io)).toBe(0);
    expect(io.err).toBe('');
    expect(sieveCheck([join(samples, 'faulty.sieve')], false, io)).toBe(1);
    expect(io.out).toMatch(/faulty\.sieve: 6 errors, 2 warnings\n$/);
  });

  test('warnings alone are no failure', () => {
    const io = recorder();
    expect(sieveCheck([file('w.sieve', 'require "fileinto"; keep;')], false, io)).toBe(0);
    expect(io.out).toContain(': 1 warning\n');
  });

  test('a file that is not there', () => {
    const io = recorder();
    expect(sieveCheck([join(folder, 'none.sieve')], false, io)).toBe(1);
    expect(io.err).toContain('none.sieve: no such file\n');
    expect(io.out).toBe('');
  });

  test('several scripts, as JSON', () => {
    const io = recorder();
    const good = file('one.sieve', 'require "fileinto"; fileinto "A";');
    const bad = file('two.sieve', 'kep;');
    expect(sieveCheck([good, bad], true, io)).toBe(1);
    const lines = io.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const diagnostics = [{ severity: 'error', line: 1, column: 1, text: 'unknown command kep' }];
    expect(lines).toEqual([
      { file: good, usable: true, requires: ['fileinto'], diagnostics: [] },
      { file: bad, usable: false, requires: [], diagnostics },
    ]);
    expect(sieveCheck(['-', '-'], false, io)).toBe(2);
  });

  test('a folder is no script', () => {
    const io = recorder();
    expect(sieveCheck([folder], false, io)).toBe(1);
    expect(io.err).toContain('EISDIR');
  });
});

describe('tamis sieve run', () => {
  const options = { from: 'a@example.org', to: 'b@example.com', json: false, trace: false };

  test('prints the actions in order', async () => {
    const io = recorder();
    const script = file('r.sieve', 'require "fileinto"; fileinto "Ä"; keep; redirect "x@example.net";');
    expect(await sieveRun({ ...options, script, message: join(folder, 'm.eml') }, io)).toBe(0);
    expect(io.out).toBe('fileinto "Ä"\nkeep\nredirect "x@example.net"\n');
  });

  test('JSON lines, the trace among them', async () => {
    const io = recorder();
    const script = file('j.sieve', 'require "envelope";\nif envelope "to" "b@example.com" { discard; }');
    const message = join(folder, 'm.eml');
    expect(await sieveRun({ ...options, script, message, json: true, trace: true }, io)).toBe(0);
    const lines = io.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      {
        trace: { line: 2, text: 'envelope :is: "b@example.com" against "b@example.com": true', truth: true },
      },
      { trace: { line: 2, text: 'discard' } },
      { type: 'discard', line: 2 },
    ]);
  });

  test('without a recipient the To field gives one', async () => {
    const io = recorder();
    const script = file('t.sieve', 'require "envelope"; if envelope :domain "to" "example.com" { discard; }');
    expect(await sieveRun({ ...options, to: undefined, script, message: join(folder, 'm.eml') }, io)).toBe(0);
    expect(io.out).toBe('discard\n');
  });

  test('a failure at run time keeps the message and is told', async () => {
    const io = recorder();
    const script = file('f.sieve', 'require "reject";\nreject "a";\nreject "b";\n');
    expect(await sieveRun({ ...options, script, message: join(folder, 'm.eml') }, io)).toBe(1);
    expect(io.out).toBe('implicit keep\n');
    expect(io.err).toContain('f: line 3: error: reject may be done only once');
    const json = recorder();
    expect(await sieveRun({ ...options, json: true, script, message: join(folder, 'm.eml') }, json)).toBe(1);
    expect(json.out).toMatch(/^\{"error":\{.*"line":3.*\n\{"type":"keep".*"implicit":true\}\n$/);
  });

  test('what cannot be run', async () => {
    const io = recorder(true);
    const message = join(folder, 'm.eml');
    expect(await sieveRun({ ...options, script: file('e.sieve', 'keep'), message }, io)).toBe(1);
    expect(io.err).toContain('\u001b[31me: line 1: error: ');
    expect(await sieveRun({ ...options, script: join(folder, 'none'), message }, io)).toBe(1);
    expect(await sieveRun({ ...options, script: '-', message: '-' }, io)).toBe(2);
    expect(io.out).toBe('');
  });
});
