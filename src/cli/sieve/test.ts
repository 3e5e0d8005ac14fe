import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type RunnerHost, runTestFile } from '../../sieve/testsuite/runner.ts';
import type { TestReport } from '../../sieve/testsuite/report.ts';
import { EXIT, paint } from '../io.ts';
import type { SieveIo } from './read.ts';

/** Files of tests as they lie on the disk. */
const disk: RunnerHost = {
  read(path) {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  },
  now: () => new Date(),
};

/**
 * `tamis sieve test FILE|FOLDER…`: runs tests written in Sieve (`vnd.dovecot.testsuite`), of folders all `*.svtest`
 * files below them. One line a test, what failed with its line and the values that were compared, and a closing line;
 * with `json` one object a test and one for the end. 1 when a test failed or a file cannot be read.
 */
export async function sieveTest(
  paths: readonly string[],
  { json }: { json: boolean },
  io: SieveIo,
): Promise<number> {
  const count = { passed: 0, failed: 0, skipped: 0 };
  let unread = false;
  for (const path of paths) {
    const files = filesOf(path);
    if (files.length === 0) {
      io.stderr(`tamis: ${path}: no such file, and no folder with *.svtest files\n`);
      unread = true;
    }
    for (const file of files) {
      const report = await runTestFile(file, disk);
      if (report === undefined) {
        io.stderr(`tamis: ${file}: cannot be read\n`);
        unread = true;
        continue;
      }
      for (const test of report.tests) {
        count[test.outcome]++;
        io.stdout(json ? `${JSON.stringify({ file, ...test })}\n` : describe(file, test, io));
      }
      if (!json) for (const line of report.printed) io.stdout(`${indented(line)}\n`);
    }
  }
  io.stdout(
    json
      ? `${JSON.stringify(count)}\n`
      : `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
  );
  return count.failed > 0 || unread ? EXIT.input : EXIT.ok;
}

function filesOf(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) return found === undefined ? [] : [path];
  return globSync('**/*.svtest', { cwd: path })
    .sort()
    .map((file) => join(path, file));
}

const COLORS = { passed: 'green', failed: 'red', skipped: 'yellow' } as const;
const WORDS = { passed: 'ok', failed: 'FAIL', skipped: 'skip' } as const;

function describe(file: string, test: TestReport, io: SieveIo): string {
  const name = test.name === '' ? '(outside of tests)' : test.name.replace(/\p{Cc}+/gu, ' ');
  const reason = test.outcome === 'skipped' ? `: ${test.reason ?? ''}` : '';
  const lines = [`${paint(io, COLORS[test.outcome], WORDS[test.outcome])} ${file}: ${name}${reason}`];
  for (const failure of test.failures) {
    lines.push(indented(`line ${failure.line}: ${failure.reason}`));
    for (const value of failure.values) lines.push(indented(`  ${value}`));
  }
  return `${lines.join('\n')}\n`;
}

/** Below the line of the test; what a script says must not move the cursor. */
function indented(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => `    ${line.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd')}`)
    .join('\n');
}
