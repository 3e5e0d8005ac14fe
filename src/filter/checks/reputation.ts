import type { ReputationKind, Standing } from '../reputation/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { quote } from './support/evidence.ts';

/** Messages without an opinion that are added to what is known: few messages make a weak reputation. */
const PRIOR = 5;
/** Nearer to the middle it says nothing. */
const LEAST = 0.1;

const names = (kind: ReputationKind): { spam: string; ham: string } => {
  const stem = `REPUTATION_${kind.toUpperCase()}`;
  return { spam: `${stem}_SPAM`, ham: `${stem}_HAM` };
};

/**
 * What is known of who sent it. Each kind gives one symbol; its weight is the mean of what his messages were worth. All
 * together they make neither spam nor ham: who sends is evidence, what he sends decides.
 */
export const reputation: Check = {
  name: 'reputation',
  symbols: {
    REPUTATION_ADDRESS_SPAM: { score: 1.5, description: 'Sender has sent spam from this place' },
    REPUTATION_ADDRESS_HAM: { score: -1, description: 'Sender has sent ham from this place' },
    REPUTATION_DKIM_SPAM: { score: 1, description: 'Domain that signed has signed spam' },
    REPUTATION_DKIM_HAM: { score: -0.5, description: 'Domain that signed has signed ham' },
    REPUTATION_DOMAIN_SPAM: { score: 1, description: 'Domain of the sender, which is proved, has sent spam' },
    REPUTATION_DOMAIN_HAM: {
      score: -0.5,
      description: 'Domain of the sender, which is proved, has sent ham',
    },
    REPUTATION_NETWORK_SPAM: { score: 1.5, description: 'Network of the client has sent spam' },
    REPUTATION_NETWORK_HAM: { score: -0.3, description: 'Network of the client has sent ham' },
  },
  run({ reputation: standings = [] }) {
    // Who can choose among several, as a spammer among signatures, is known by the worst.
    const worst = new Map<ReputationKind, { standing: Standing; mean: number }>();
    for (const standing of standings) {
      const mean = (standing.mean * standing.messages) / (standing.messages + PRIOR);
      if (mean > (worst.get(standing.kind)?.mean ?? -Infinity)) worst.set(standing.kind, { standing, mean });
    }
    return [...worst.values()].flatMap(({ standing, mean }): CheckHit[] => {
      if (Math.abs(mean) < LEAST) return [];
      const { spam, ham } = names(standing.kind);
      const detail = quote(`${standing.name}: ${Math.round(standing.messages)} messages, ${mean.toFixed(2)}`);
      const weight = Math.min(Math.round(Math.abs(mean) * 10_000) / 10_000, 1);
      return [{ symbol: mean > 0 ? spam : ham, weight, detail }];
    });
  },
};
