import { describe, expect, test } from 'vitest';
import { symbolScores } from './checks/index.ts';
import { applyComposites, compileComposites } from './composites/evaluate.ts';
import { defaultFilterSettings } from './settings.ts';
import { scoreHits } from './verdict.ts';

const composites = compileComposites(defaultFilterSettings.composites, new Set(symbolScores.keys()));

/** The sum of what is left of these symbols, by symbol. */
function scores(...symbols: string[]): Record<string, number> {
  const hits = scoreHits(
    symbols.map((symbol) => ({ symbol })),
    symbolScores,
    {},
  );
  const left = applyComposites(hits, composites, {}, new Set());
  return Object.fromEntries(left.map(({ symbol, score }) => [symbol, score]));
}

describe('DMARC_MAILLIST', () => {
  test('takes the weight of a failure where a list that proves itself changed the message', () => {
    expect(scores('DMARC_POLICY_REJECT', 'MAILLIST', 'LIST_FOOTER', 'R_SPF_ALLOW')).toMatchObject({
      DMARC_MAILLIST: 0.5,
      DMARC_POLICY_REJECT: 0,
    });
    expect(scores('DMARC_POLICY_QUARANTINE', 'MAILLIST', 'LIST_SUBJECT_TAG', 'R_DKIM_ALLOW')).toMatchObject({
      DMARC_MAILLIST: 0.5,
      DMARC_POLICY_QUARANTINE: 0,
    });
  });

  test.each([
    [['DMARC_POLICY_REJECT', 'MAILLIST', 'LIST_FOOTER']],
    [['DMARC_POLICY_REJECT', 'MAILLIST', 'R_SPF_ALLOW']],
    [['DMARC_POLICY_REJECT', 'LIST_FOOTER', 'R_SPF_ALLOW']],
  ])('leaves it to %j', (symbols) => {
    expect(scores(...symbols)).toMatchObject({ DMARC_POLICY_REJECT: 2 });
    expect(scores(...symbols)).not.toHaveProperty('DMARC_MAILLIST');
  });
});
