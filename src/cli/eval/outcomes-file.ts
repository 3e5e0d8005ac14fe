import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { JudgedHit, Label, Outcome } from './types.ts';

/** A line of a file of outcomes: what `tamis eval --verdicts` writes and `tamis scores fit` reads. */
export interface OutcomeLine {
  path: string;
  label: Label;
  source: string;
  group: string;
  score: number;
  spam: boolean;
  hits: JudgedHit[];
}

/** A file that does not hold outcomes; the message names file and line. */
export class OutcomesError extends Error {}

/** One JSON object and line for each message that was judged. */
export function outcomeLines(outcomes: readonly Outcome[]): string {
  const lines: string[] = [];
  for (const { message, judgement } of outcomes) {
    if (judgement === undefined) continue;
    const { name, label, source, group } = message;
    const { score, spam, hits } = judgement;
    const line: OutcomeLine = { path: name, label, source, group, score, spam, hits: [...hits] };
    lines.push(`${JSON.stringify(line)}\n`);
  }
  return lines.join('');
}

/** Reads what {@link outcomeLines} wrote. Throws {@link OutcomesError}. */
export async function readOutcomes(file: string): Promise<OutcomeLine[]> {
  const lines: OutcomeLine[] = [];
  let number = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      number++;
      if (text.trim() === '') continue;
      const line = JSON.parse(text) as OutcomeLine;
      if ((line.label !== 'ham' && line.label !== 'spam') || !Array.isArray(line.hits))
        throw new Error('no outcome of a message');
      lines.push(line);
    }
  } catch (error) {
    throw new OutcomesError(`${file}${number > 0 ? `:${number}` : ''}: ${(error as Error).message}`);
  }
  if (lines.length === 0) throw new OutcomesError(`${file}: no outcomes`);
  return lines;
}
