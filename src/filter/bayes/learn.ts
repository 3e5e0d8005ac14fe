import { score } from './classify.ts';
import {
  COUNTED,
  countsOf,
  countsOfKnown,
  type Known,
  knownOf,
  messageKey,
  NEVER,
  SEEN,
  split,
} from './entries.ts';
import type { LearnKind, LearnRequest } from './record.ts';
import type { TokenCounts } from './table.ts';

/** What became of a request. `known`: there was nothing to do. `full`: no room until the table is swept. */
export type Outcome = 'learned' | 'relearned' | 'forgotten' | 'known' | 'full';

/**
 * A message is counted only when it is not yet told by this much (in units of the score) from the other class: what is
 * sure already would only drown what is rare. Measured: see docs/bayes.md.
 */
const MARGIN = 2.5;

/** The change of the counts that a request makes. */
export interface Change {
  before: Known | undefined;
  after: Known | undefined;
  /** To be added to each token and to the number of counted messages. */
  spam: number;
  ham: number;
}

/**
 * The change a request makes; undefined when it makes none. `scoreNow` is asked for the score of the message as things
 * are, undefined while both classes are not known yet.
 */
export function changeOf(
  kind: LearnKind,
  before: Known | undefined,
  scoreNow: () => number | undefined,
): Change | undefined {
  if (kind === 'forget' ? before === undefined : kind === before?.as) return undefined;
  let after: Known | undefined;
  if (kind !== 'forget') {
    // What was learned wrongly once is counted in any case: somebody took the trouble to correct us.
    const now = before === undefined ? scoreNow() : undefined;
    after = { as: kind, counted: now === undefined || (kind === 'spam' ? now : -now) < MARGIN };
  }
  const count = (as: 'spam' | 'ham'): number =>
    Number(after?.counted === true && after.as === as) - Number(before?.counted === true && before.as === as);
  return { before, after, spam: count('spam'), ham: count('ham') };
}

/** Carries out a request. The same request again changes nothing, so a journal may be read twice. */
export function applyRequest(table: TokenCounts, request: LearnRequest): Outcome {
  const { kind, user, message, tokens, day } = request;
  const words = new Uint32Array(tokens.buffer, tokens.byteOffset, tokens.length * 2);
  const key = messageKey(user, message);
  const change = changeOf(kind, knownOf(countsOf(table, key)), () =>
    score(table, words, tokens.length, user),
  );
  if (change === undefined) return 'known';
  if (kind !== 'forget' && table.isFull) return 'full';
  const { before, after } = change;
  const entry = countsOfKnown(after);
  table.set(...split(key), entry.spam, entry.ham, day);
  const is = (known: Known | undefined, as: 'spam' | 'ham'): number => Number(known?.as === as);
  table.add(
    ...split(SEEN ^ user),
    is(after, 'spam') - is(before, 'spam'),
    is(after, 'ham') - is(before, 'ham'),
    NEVER,
  );
  if (change.spam !== 0 || change.ham !== 0) {
    table.add(...split(COUNTED ^ user), change.spam, change.ham, NEVER);
    const [low, high] = split(user);
    // The last tokens of a message may find no room; they are then as if never seen, and the sweep is next.
    for (let index = 0; index < words.length; index += 2)
      table.add(
        ((words[index] ?? 0) ^ low) >>> 0,
        ((words[index + 1] ?? 0) ^ high) >>> 0,
        change.spam,
        change.ham,
        day,
      );
  }
  if (kind === 'forget') return 'forgotten';
  return before === undefined ? 'learned' : 'relearned';
}
