import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, Judgement, LabelledMessage } from '../types.ts';
import { requireProgram, run } from './processes.ts';

/** Its `spam_cutoff`, as it ships. */
const SPAM_CUTOFF = 0.99;
/** Files of one call. */
const BATCH = 1000;

/** bogofilter with its own defaults, nothing learned, its word list in a folder that goes when it is closed. */
export async function openBogofilter(): Promise<Engine> {
  const program = requireProgram('bogofilter', 'bogofilter');
  const version = /version (\S+)/.exec(await run(program, ['-V'], ''))?.[1];
  const folder = mkdtempSync(join(tmpdir(), 'tamis-eval-bogofilter-'));
  let cpu = 0;
  /** Runs it over a list of files; the shell tells what CPU time its children took. */
  const overFiles = async (options: string, messages: readonly LabelledMessage[]): Promise<string> => {
    const script = `"$1" -C -d "$2" -b ${options}; code=$?; times; [ $code -le 2 ]`;
    const out = await run(
      '/bin/sh',
      ['-c', script, 'sh', program, folder],
      messages.map(({ path }) => `${path}\n`).join(''),
    );
    const lines = out.trimEnd().split('\n');
    cpu += timesOf(lines.pop() ?? '');
    // The line before is that of the shell itself.
    lines.pop();
    return lines.join('\n');
  };

  const waiting: { message: LabelledMessage; answer: PromiseWithResolvers<Judgement> }[] = [];
  let running = false;
  const work = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const some = waiting.splice(0, BATCH);
      try {
        const found = parseAnswers(
          await overFiles(
            '-TT',
            some.map(({ message }) => message),
          ),
        );
        for (const { message, answer } of some) {
          const judgement = found.get(message.path);
          if (judgement === undefined) answer.reject(new Error('no answer'));
          else answer.resolve(judgement);
        }
      } catch (error) {
        for (const { answer } of some) answer.reject(error);
      }
    }
    running = false;
  };
  return {
    name: 'bogofilter',
    version,
    required: SPAM_CUTOFF,
    width: BATCH,
    async learn(messages, advance) {
      for (const label of ['ham', 'spam'] as const) {
        const some = messages.filter((message) => message.label === label);
        for (let start = 0; start < some.length; start += BATCH) {
          const part = some.slice(start, start + BATCH);
          await overFiles(label === 'ham' ? '-n' : '-s', part);
          for (const _ of part) advance();
        }
      }
    },
    judge(message) {
      const answer = Promise.withResolvers<Judgement>();
      waiting.push({ message, answer });
      // All that are asked about in one go are one call.
      setImmediate(() => void work());
      return answer.promise;
    },
    cpu: () => cpu,
    close() {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** Lines `PATH 0.9990000000000000`. */
export function parseAnswers(text: string): Map<string, Judgement> {
  const answers = new Map<string, Judgement>();
  for (const line of text.split('\n')) {
    const match = /^(.*) ([\d.eE+-]+)$/.exec(line);
    if (match?.[1] === undefined) continue;
    const score = Number(match[2]);
    const spam = score >= SPAM_CUTOFF;
    answers.set(match[1], { score, spam, action: spam ? 'Spam' : 'Ham', hits: [] });
  }
  return answers;
}

/** CPU milliseconds of `0m1.230000s 0m0.040000s`. */
export function timesOf(line: string): number {
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000,
    0,
  );
}
