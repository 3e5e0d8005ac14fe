import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checks } from './index.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/filter.md'), 'utf8');

test('docs/filter.md lists every symbol as it is', () => {
  const expected = checks.flatMap(({ name, symbols }) =>
    Object.entries(symbols).map(
      ([symbol, { score, description }]) => `| ${symbol} | ${score} | ${name} | ${description} |`,
    ),
  );
  const [, table = ''] = page.split('|---|---:|---|---|\n');
  expect(table.trimEnd().split('\n')).toEqual(expected);
});
