import type { FuzzyFinding, FuzzyKind } from '../fuzzy/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { quote } from './support/evidence.ts';

const SYMBOLS: Readonly<Record<FuzzyKind, string>> = {
  deny: 'FUZZY_DENIED',
  probable: 'FUZZY_PROB',
  white: 'FUZZY_WHITE',
};
/** Similarity at which a copy counts for nothing; from here its weight grows to that of an exact one. */
const FAINT = 0.4;

/**
 * Copies of what was learned, by rspamd's names. The weight grows with the messages a thing was learned from (a half for
 * one, three quarters for three, nine tenths for nine) and with how much of the text is the same.
 */
export const fuzzy: Check = {
  name: 'fuzzy',
  symbols: {
    FUZZY_DENIED: { score: 8, description: 'Text or attachment was learned as spam' },
    FUZZY_PROB: { score: 4, description: 'Text or attachment has come to a spam trap' },
    FUZZY_WHITE: { score: -2, description: 'Text or attachment was learned as ham' },
  },
  run({ fuzzy: findings = [] }) {
    const hits = new Map<string, CheckHit>();
    for (const finding of findings) {
      const symbol = SYMBOLS[finding.kind];
      const weight = weightOf(finding);
      const before = hits.get(symbol);
      if (before === undefined || weight > (before.weight ?? 0))
        hits.set(symbol, { symbol, weight, detail: detailOf(finding) });
    }
    return [...hits.values()];
  },
};

function weightOf({ count, similarity }: FuzzyFinding): number {
  const learned = count / (count + 1);
  const alike = Math.min(Math.max((similarity - FAINT) / (1 - FAINT), 0), 1);
  return Math.round(learned * alike * 10_000) / 10_000;
}

function detailOf({ count, similarity, file }: FuzzyFinding): string {
  const times = count === 1 ? 'once' : `${count} times`;
  const what = file === undefined ? `text, ${Math.round(similarity * 100)}% alike` : `file ${file}`;
  return quote(`${what}, learned ${times}`);
}
