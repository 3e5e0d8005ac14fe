import type { MessageFacts } from '../../../store/mail/types.ts';
import { sortKeys } from '../../../store/search/sort-keys.ts';
import type { SortKeys } from '../../../store/search/types.ts';
import type { Pace } from '../search/pace.ts';
import { rangesOf } from '../search/scope.ts';
import type { Scope } from '../search/scope.ts';
import type { Steps } from './steps.ts';

/** Below this the index is not asked: it would tell of all messages of the mailbox. */
const FEW = 50;
/** Messages whose files are read together, where nobody has done that yet. */
const TOGETHER = 1000;

/** What the messages are sorted by: from the search index, or else from their envelopes. Those that are gone are left out. */
export async function loadKeys<F extends keyof SortKeys>(
  scope: Scope,
  uids: readonly number[],
  fields: readonly F[],
  pace: Pace,
): Promise<Map<number, Pick<SortKeys, F>>> {
  const keys = new Map<number, Pick<SortKeys, F>>();
  const ask = fields.length > 0 && (uids.length > FEW || uids.length === scope.uids.length);
  const answer = ask ? await scope.indexes?.of(scope.mailbox).keys(fields) : undefined;
  let described = 0;
  for (const [at, uid] of uids.entries()) {
    const indexed = answer?.keys.get(uid);
    if (indexed !== undefined) keys.set(uid, indexed);
    else {
      if (at >= described) {
        described = at + TOGETHER;
        await scope.mailbox.describe(rangesOf(uids.slice(at, described)));
      }
      const content = await scope.mailbox.content(uid);
      if (content !== undefined) keys.set(uid, sortKeys(content.envelope));
    }
    if (pace.due) await pace.rest(at, uids.length);
  }
  return keys;
}

/** Facts of the messages, by their UIDs. */
export async function loadFacts(
  scope: Scope,
  uids: readonly number[],
  pace: Pace,
): Promise<Map<number, MessageFacts>> {
  const wanted = new Set(uids);
  const found = new Map<number, MessageFacts>();
  for (const facts of scope.mailbox.facts(rangesOf(uids.toSorted((one, other) => one - other)))) {
    if (wanted.has(facts.uid)) found.set(facts.uid, facts);
    if ((found.size & 0x7f) === 0 && pace.due) await pace.rest(found.size, uids.length);
  }
  return found;
}

/** Goes through the steps, with a rest whenever one is due. */
export async function paced<T>(steps: Steps<T>, pace: Pace): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (pace.due) await pace.rest(0);
  }
}
