import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Pattern } from '../../src/filter/rules/types.ts';
import { program } from '../support/peers.ts';

/** What Perl finds: whether each text matches; undefined for a pattern it does not take. */
export function matchWithPerl(
  questions: readonly { pattern: Pattern; texts: readonly string[] }[],
): (boolean[] | undefined)[] {
  const hex = (text: string): string => (text === '' ? '-' : Buffer.from(text, 'latin1').toString('hex'));
  const input = questions
    .map(({ pattern, texts }) => [pattern.flags, pattern.source, ...texts].map(hex).join(' '))
    .join('\n');
  const output = execFileSync(program('perl'), [join(import.meta.dirname, 'match.pl')], {
    input: `${input}\n`,
    maxBuffer: 2 ** 28,
    encoding: 'latin1',
  });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => (line === 'E' ? undefined : line.split('').map((digit) => digit === '1')));
}
