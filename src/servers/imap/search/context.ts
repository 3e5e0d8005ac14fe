import type { Criterion } from '../sort/criteria.ts';
import { sortFound } from '../sort/sort.ts';
import type { Selected, Session, ViewChange, ViewListener } from '../types.ts';
import { sequenceSet, string } from '../wire/writer.ts';
import { evaluate } from './evaluate.ts';
import type { SearchProgram } from './keys.ts';
import { searchLimits } from './limits.ts';
import { Pace } from './pace.ts';
import { selectedScope } from './scope.ts';

/** A search whose results are kept up to date (RFC 5267 §4.3). */
export interface ContextSearch {
  readonly tag: string;
  readonly program: SearchProgram;
  readonly byUid: boolean;
  /** Of SORT. */
  readonly criteria: readonly Criterion[] | undefined;
  /** `MAILBOX name UIDVALIDITY n`, of ESEARCH (RFC 7377 §2.1). */
  readonly mailbox?: string;
}

/** The live searches of an open mailbox: they end with it. */
const contexts = new WeakMap<Selected, Map<string, () => void>>();

/** Keeps telling of changes of the results. False when the session has as many as it may have (NOUPDATE). */
export function startContext(session: Session, search: ContextSearch, results: readonly number[]): boolean {
  const { selected } = session;
  const running = contexts.get(selected) ?? new Map<string, () => void>();
  contexts.set(selected, running);
  if (session.listen === undefined || running.size >= searchLimits.contexts) return false;
  running.get(search.tag)?.();
  running.set(search.tag, session.listen(new LiveSearch(session, search, results)));
  return true;
}

/** RFC 5267 §4.3: false when there is no such search. */
export function cancelContext(selected: Selected, tag: string): boolean {
  const running = contexts.get(selected);
  const stop = running?.get(tag);
  stop?.();
  return running?.delete(tag) ?? false;
}

class LiveSearch implements ViewListener {
  readonly #session: Session;
  readonly #search: ContextSearch;
  /** In the order of the results. */
  #uids: readonly number[];

  constructor(session: Session, search: ContextSearch, uids: readonly number[]) {
    this.#session = session;
    this.#search = search;
    this.#uids = uids;
  }

  /** RFC 5267 §4.3: what goes is taken out while its number still is its own. */
  before({ removed }: ViewChange): void {
    this.#remove(new Set(removed));
  }

  async after({ added, changed }: ViewChange): Promise<void> {
    const { selected, options } = this.#session;
    const known = new Set(this.#uids);
    const touched = [...added, ...changed].filter((uid) => selected.uids.sequence(uid) !== 0);
    if (touched.length === 0) return;
    const { program, criteria, tag } = this.#search;
    const pace = new Pace(this.#session, tag);
    const scope = selectedScope(
      selected,
      options.search,
      touched.sort((one, other) => one - other),
    );
    const found = await evaluate(program, scope, pace);
    const matching = new Set(found.uids);
    this.#remove(new Set(touched.filter((uid) => known.has(uid) && !matching.has(uid))));
    const fresh = found.uids.filter((uid) => !known.has(uid));
    if (fresh.length === 0) return;
    if (criteria === undefined) {
      this.#uids = [...this.#uids, ...fresh].sort((one, other) => one - other);
      this.#tell(`ADDTO (0 ${sequenceSet(fresh.map((uid) => this.#number(uid)))})`);
      return;
    }
    const uids = [...this.#uids, ...fresh];
    this.#uids = await sortFound(
      { uids, relevancy: found.relevancy },
      criteria,
      selectedScope(selected, options.search),
      pace,
    );
    const places = fresh
      .map((uid) => ({ uid, place: this.#uids.indexOf(uid) + 1 }))
      .filter(({ place }) => place > 0)
      .sort((one, other) => one.place - other.place);
    if (places.length > 0)
      this.#tell(`ADDTO (${places.map(({ uid, place }) => `${place} ${this.#number(uid)}`).join(' ')})`);
  }

  #remove(uids: ReadonlySet<number>): void {
    const gone = this.#uids.filter((uid) => uids.has(uid));
    if (gone.length === 0) return;
    if (this.#search.criteria === undefined)
      this.#tell(`REMOVEFROM (0 ${sequenceSet(gone.map((uid) => this.#number(uid)))})`);
    else {
      // From the last place on, so that no removal moves one that follows.
      const places = gone.map((uid) => `${this.#uids.indexOf(uid) + 1} ${this.#number(uid)}`).toReversed();
      this.#tell(`REMOVEFROM (${places.join(' ')})`);
    }
    this.#uids = this.#uids.filter((uid) => !uids.has(uid));
  }

  #number(uid: number): number {
    return this.#search.byUid ? uid : this.#session.selected.uids.sequence(uid);
  }

  #tell(change: string): void {
    const { tag, byUid, mailbox } = this.#search;
    const correlator = `(TAG ${string(tag)}${mailbox === undefined ? '' : ` ${mailbox}`})`;
    this.#session.send(`ESEARCH ${correlator}${byUid ? ' UID' : ''} ${change}`);
  }
}
