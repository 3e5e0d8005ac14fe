import type { Told } from './lockstep.ts';

/** Without what each server may say or leave out: RECENT and sequences where the script is not about them. */
function free(lines: readonly string[], others: readonly string[], recent: boolean): string {
  const modseq = (line: string): boolean => line.startsWith('* OK [HIGHESTMODSEQ ');
  return lines
    .filter((line) => !modseq(line) || others.some(modseq))
    .filter((line) => recent || !/^\* \d+ RECENT$/.test(line))
    .join('\n          ');
}

/** Undefined when both told the same, or when that is not asked for; `recent`: RECENT counts. */
export function difference({ step, ours, theirs }: Told, recent: boolean): string | undefined {
  const { session, command, mark } = step;
  if (mark === '?') return undefined;
  const [one, other] = [free(ours, theirs, recent), free(theirs, ours, recent)];
  if (mark === '~') return one === other ? `${session} ${command}\n  does not differ any more` : undefined;
  return one === other ? undefined : `${session} ${command}\n  ours:   ${one}\n  theirs: ${other}`;
}
