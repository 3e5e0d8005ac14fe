import { describe, expect, test } from 'vitest';
import { parseScores } from './scores-file.ts';

describe('file of scores', () => {
  test('lines, comments, the last of a symbol', () => {
    const text = '# made\nscore A_B 1.50  # 0 % 5 %\n\nscore C -2\r\nscore A_B 3\n';
    expect(parseScores(text)).toEqual({ scores: { A_B: 3, C: -2 }, faults: [] });
  });

  test.each(['score A', 'scores A 1', 'score A one', 'score A 1 2 3 4', 'score A 100000', 'score 1A 1'])(
    '%s is a fault and left out',
    (line) => {
      const { scores, faults } = parseScores(`score X 1\n${line}\nscore Y 2`);
      expect(scores).toEqual({ X: 1, Y: 2 });
      expect(faults).toEqual([{ line: 2, text: `"${line}" is no "score SYMBOL NUMBER"` }]);
    },
  );
});
