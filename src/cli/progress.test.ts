import { expect, it } from 'vitest';
import { Progress } from './progress.ts';

function recorded(interactive: boolean): { written: string[]; progress: Progress } {
  const written: string[] = [];
  const io = {
    stdout: () => undefined,
    stderr: (text: string) => void written.push(text),
    color: false,
    interactive,
  };
  return { written, progress: new Progress(io, 'scan', 4) };
}

it('draws a bar, and clears it once before other text', () => {
  const { written, progress } = recorded(true);
  progress.advance(2);
  expect(written[0]).toMatch(/^\rscan \[#{14}-{14}\] 2\/4 /);
  progress.clear();
  progress.clear();
  expect(written.slice(1)).toEqual(['\r\u001B[K']);
});

it('draws nothing where nobody watches', () => {
  const { written, progress } = recorded(false);
  progress.advance(4);
  progress.clear();
  expect(written).toEqual([]);
});
