import { expect, test } from 'vitest';
import { traceText } from './trace.ts';

const source = Buffer.from(
  'require "fileinto";\r\nif header "subject" "x" {\r\n\tfileinto "\u001b[2J"; }\r\n',
);

test('shows each line of the script once, and below it what it found and did', () => {
  const trace = [
    { line: 2, text: 'header :is: "x" against "x": true', truth: true },
    { line: 3, text: 'fileinto "A"' },
    { line: 3, text: 'error: no: true' },
    { line: 0, text: 'implicit keep' },
  ];
  expect(traceText(trace, source, { color: false })).toBe(
    [
      '   2 | if header "subject" "x" {',
      '     |   true   header :is: "x" against "x"',
      '   3 |   fileinto "\ufffd[2J"; }',
      '     |   ->     fileinto "A"',
      '     |   !      error: no: true',
      '     | (end of the script)',
      '     |   ->     implicit keep',
      '',
    ].join('\n'),
  );
});

test('colours on a terminal; long lines are cut, wide numbers stay aligned', () => {
  const long = Buffer.from(`${'\n'.repeat(99_999)}if true { # ${'x'.repeat(300)}`);
  const trace = [
    { line: 1, text: 'stop' },
    { line: 100_000, text: 'size :over 1: 0: false', truth: false },
  ];
  const plain = traceText(trace, long, { color: false }).split('\n');
  expect(plain.map((line) => line.indexOf('|'))).toEqual([8, 8, 8, 8, -1]);
  expect(plain[2]).toMatch(/x…$/);
  expect(plain[2]?.length).toBeLessThan(130);
  expect(traceText(trace, long, { color: true })).toContain('\u001b[33mfalse\u001b[39m  size :over 1: 0\n');
});
