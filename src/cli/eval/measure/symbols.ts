import type { Outcome } from '../types.ts';

/** How often a symbol was given, as the hit-frequencies of SpamAssassin have it. */
export interface SymbolLine {
  readonly symbol: string;
  readonly ham: number;
  readonly spam: number;
  /** Shares of all judged ham and spam. */
  readonly hamShare: number;
  readonly spamShare: number;
  /** Share of spam among what it hits, were both classes equally many: 1 is a sign of spam alone, 0 of ham alone. */
  readonly purity: number;
  /**
   * How many times likelier it is in spam than in ham; half a message is added to each count, so that no number is
   * divided by none. Below 1 it speaks for ham.
   */
  readonly lift: number;
  /** Mean of the scores it was given. */
  readonly score: number;
  /** Messages misjudged with it that would be judged rightly without it: ham lost, spam missed. */
  readonly hamBlamed: number;
  readonly spamBlamed: number;
  /** Sources in which it was given. A sign of one source alone may be the source's, not the class's. */
  readonly sources: number;
}

/** A line for each symbol, the strongest signs of spam first. `required` is the score from which a message is spam. */
export function symbolTable(outcomes: readonly Outcome[], required: number): SymbolLine[] {
  const counts = new Map<string, Count>();
  let ham = 0;
  let spam = 0;
  for (const { message, judgement } of outcomes) {
    if (judgement === undefined) continue;
    const isSpam = message.label === 'spam';
    if (isSpam) spam++;
    else ham++;
    const bySymbol = new Map<string, number>();
    for (const { symbol, score } of judgement.hits) bySymbol.set(symbol, (bySymbol.get(symbol) ?? 0) + score);
    for (const [symbol, score] of bySymbol) {
      const count = counts.get(symbol) ?? newCount();
      counts.set(symbol, count);
      count.score += score;
      count.sources.add(message.source);
      const wouldBeSpam = judgement.score - score >= required;
      if (isSpam) {
        count.spam++;
        if (!judgement.spam && wouldBeSpam) count.spamBlamed++;
      } else {
        count.ham++;
        if (judgement.spam && !wouldBeSpam) count.hamBlamed++;
      }
    }
  }
  return [...counts]
    .map(([symbol, count]) => line(symbol, count, ham, spam))
    .sort((one, other) => other.lift - one.lift || (one.symbol < other.symbol ? -1 : 1));
}

interface Count {
  ham: number;
  spam: number;
  score: number;
  hamBlamed: number;
  spamBlamed: number;
  readonly sources: Set<string>;
}

const newCount = (): Count => ({
  ham: 0,
  spam: 0,
  score: 0,
  hamBlamed: 0,
  spamBlamed: 0,
  sources: new Set(),
});

function line(symbol: string, count: Count, ham: number, spam: number): SymbolLine {
  const hamShare = count.ham / Math.max(ham, 1);
  const spamShare = count.spam / Math.max(spam, 1);
  return {
    symbol,
    ham: count.ham,
    spam: count.spam,
    hamShare,
    spamShare,
    purity: spamShare / (hamShare + spamShare),
    lift: lift(count, ham, spam),
    score: count.score / (count.ham + count.spam),
    hamBlamed: count.hamBlamed,
    spamBlamed: count.spamBlamed,
    sources: count.sources.size,
  };
}

/** See {@link SymbolLine.lift}. */
export const lift = (count: { ham: number; spam: number }, ham: number, spam: number): number =>
  (count.spam + 0.5) / (spam + 1) / ((count.ham + 0.5) / (ham + 1));
