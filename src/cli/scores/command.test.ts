import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseScores } from '../../filter/scores-file.ts';
import { outcomeLines } from '../eval/outcomes-file.ts';
import { outcome } from '../eval/testing.ts';
import { fitCommand, type FitOptions } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-fit-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Three sources; a few ham messages look more and more like spam. */
function verdicts(): string {
  const file = join(folder, 'verdicts.jsonl');
  const lines = ['one', 'two', 'three'].flatMap((source) => [
    ...Array.from({ length: 100 }, (_, index) =>
      outcome(
        'ham',
        source,
        index < 8
          ? [
              { symbol: 'JUDGE', score: 2, weight: 0.5 },
              { symbol: `RARE_${index}`, score: index * 0.7 },
            ]
          : [],
      ),
    ),
    ...Array.from({ length: 100 }, () =>
      outcome('spam', source, [
        { symbol: 'JUDGE', score: 4, weight: 1 },
        { symbol: 'LURE', score: 1 },
        { symbol: 'HABIT', score: 0.5 },
      ]),
    ),
  ]);
  writeFileSync(file, outcomeLines(lines));
  return file;
}

async function fit(
  options: FitOptions,
): Promise<{ code: number; text: string; scores: Record<string, number> }> {
  const out = join(folder, 'scores');
  const io = { stdout: () => undefined, stderr: () => undefined, color: false, interactive: false };
  const code = await fitCommand([verdicts()], { judge: ['JUDGE'], ...options, out }, io);
  const text = readFileSync(out, 'utf8');
  return { code, text, scores: parseScores(text).scores };
}

test('what may be lost is what the scores are stretched for', async () => {
  const strict = await fit({ hamLost: 0 });
  const loose = await fit({ hamLost: 0.05 });
  expect([strict.code, loose.code]).toEqual([0, 0]);
  expect(loose.scores['JUDGE']).toBeGreaterThan(strict.scores['JUDGE'] ?? Infinity);
  expect(loose.scores['LURE']).toBeGreaterThan(strict.scores['LURE'] ?? Infinity);
  // Within bounds, whatever is asked for.
  const all = await fit({ hamLost: 0.9 });
  expect((all.scores['JUDGE'] ?? 0) / (strict.scores['JUDGE'] ?? 1)).toBeLessThanOrEqual(1.2 / 0.8 + 0.01);
});

test('a symbol that is kept stands there as a comment, and in the command', async () => {
  const { scores, text } = await fit({ keep: ['HABIT'] });
  expect(scores['HABIT']).toBeUndefined();
  expect(scores['LURE']).toBeDefined();
  expect(text).toMatch(/^# HABIT +0\.50 .*not fitted$/m);
  expect(text).toContain('--judge JUDGE --keep HABIT VERDICTS');
});

test('a classifier scores no more than it may', async () => {
  const { scores, text } = await fit({ judge: ['JUDGE=2'], hamLost: 0.05 });
  expect(scores['JUDGE']).toBeLessThanOrEqual(2 * 1.2);
  expect((await fit({ hamLost: 0.05 })).scores['JUDGE']).toBeGreaterThan(2 * 1.2);
  expect(text).toContain('--judge JUDGE=2 ');
});

test('a file that holds no verdicts is said, and nothing written', async () => {
  const errors: string[] = [];
  const io = {
    stdout: () => undefined,
    stderr: (text: string) => errors.push(text),
    color: false,
    interactive: false,
  };
  expect(await fitCommand([join(folder, 'none')], {}, io)).toBe(1);
  expect(errors.join('')).toContain('none');
});
