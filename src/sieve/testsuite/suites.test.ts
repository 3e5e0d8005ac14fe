import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FileReport } from './report.ts';
import { listTests, type RunnerHost, runTestFile } from './runner.ts';

/** Our own tests of the language, written in Sieve. */
const root = join(import.meta.dirname, '../../../sieve-tests');
const files = globSync('**/*.svtest', { cwd: root }).sort();

const host: RunnerHost = {
  read(path) {
    try {
      return readFileSync(path);
    } catch {
      return undefined;
    }
  },
  now: () => new Date(),
};

test('there are files of tests', () => expect(files.length).toBeGreaterThan(10));

for (const file of files) {
  const path = join(root, file);
  describe(file, () => {
    let report: FileReport | undefined;
    beforeAll(async () => {
      report = await runTestFile(path, host);
    });
    for (const { name, line } of listTests(readFileSync(path)))
      test(name, () => {
        const found = report?.tests.find((other) => other.line === line);
        expect(found).toMatchObject({ name, outcome: 'passed', failures: [] });
      });
    test('nothing fails outside of the tests', () => {
      expect(report?.tests.filter((found) => found.name === '')).toEqual([]);
    });
  });
}
