import { enableCondstore } from '../condstore.ts';
import type { Criterion } from '../sort/criteria.ts';
import { parseCriteria } from '../sort/criteria.ts';
import { loadFacts } from '../sort/load.ts';
import { sortFound } from '../sort/sort.ts';
import type { Result, Session } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { string } from '../wire/writer.ts';
import { savedOf, sendExtended, sendPlain } from './answer.ts';
import type { Naming, Results } from './answer.ts';
import { type ContextSearch, startContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import type { SearchProgram } from './keys.ts';
import { Pace } from './pace.ts';
import { parseCharset, parseKeys, parseProgram } from './parse.ts';
import type { SetContext } from './parse.ts';
import { parseReturn, returnAll } from './return-options.ts';
import type { ReturnOptions } from './return-options.ts';
import { selectedScope } from './scope.ts';
import type { Scope } from './scope.ts';

/** What numbers mean in the open mailbox. */
export function selectedSets(session: Session): SetContext {
  const { uids, saved } = session.selected;
  const last = { uid: uids.at(uids.length) ?? 0, sequence: uids.length };
  return { ...otherSets(session), last, saved };
}

/** In other mailboxes numbers mean nothing. */
export function otherSets({ enabled, options }: Session): SetContext {
  const [uidOnly, utf8] = [enabled.has('UIDONLY'), enabled.has('UTF8=ACCEPT')];
  return { last: undefined, saved: [], uidOnly, utf8, now: options.now() };
}

/** RFC 9586 §3.3: results would be message numbers. */
function refuseNumbers(session: Session, byUid: boolean): void {
  if (!byUid && session.enabled.has('UIDONLY'))
    throw new Refusal('Messages are named by their UIDs only', 'UIDREQUIRED', 'BAD');
}

/** SEARCH and UID SEARCH (RFC 9051 §6.4.4). */
export async function runSearch(
  session: Session,
  args: Cursor,
  tag: string,
  byUid: boolean,
): Promise<Result> {
  args.space();
  refuseNumbers(session, byUid);
  const options = parseReturn(args);
  const program = await saving(session, options, async () => parseProgram(args, selectedSets(session)));
  return search(session, { tag, byUid, options, program, criteria: undefined });
}

/** SORT and UID SORT (RFC 5256 §5, RFC 5267 §3). */
export async function runSort(session: Session, args: Cursor, tag: string, byUid: boolean): Promise<Result> {
  args.space();
  refuseNumbers(session, byUid);
  const options = parseReturn(args);
  const criteria = parseCriteria(args);
  args.space();
  const program = await saving(session, options, async () => {
    const charset = parseCharset(args);
    return parseKeys(args, selectedSets(session), charset);
  });
  return search(session, { tag, byUid, options, program, criteria });
}

interface Asked {
  readonly tag: string;
  readonly byUid: boolean;
  readonly options: ReturnOptions | undefined;
  readonly program: SearchProgram;
  /** Of SORT. */
  readonly criteria: readonly Criterion[] | undefined;
}

async function search(session: Session, asked: Asked): Promise<Result> {
  const { tag, byUid, options, program, criteria } = asked;
  if (program.usesModseq) enableCondstore(session);
  const { selected } = session;
  const results = await saving(session, options, () =>
    find(session, program, selectedScope(selected, session.options.search), tag, criteria),
  );
  if (options !== undefined) keep(session, { tag, program, byUid, criteria }, options, results.uids);
  const naming: Naming = { byUid, number: (uid) => (byUid ? uid : selected.uids.sequence(uid)) };
  const name = criteria === undefined ? 'SEARCH' : 'SORT';
  if (options !== undefined) {
    if (!onlySaves(options)) await sendExtended(session, tag, results, options, naming);
  } else if (criteria === undefined && session.enabled.has('IMAP4REV2'))
    await sendExtended(session, tag, results, returnAll, naming);
  else await sendPlain(session, name, results, naming);
  return { status: 'OK', text: criteria === undefined ? 'Search completed' : 'Sort completed' };
}

/** What stays of a search in the open mailbox when it is over: `$` (RFC 5182 §2.1) and its updates (RFC 5267 §4.3). */
export function keep(
  session: Session,
  search: ContextSearch,
  options: ReturnOptions,
  uids: readonly number[],
): void {
  if (options.save) {
    const ascending = search.criteria === undefined ? uids : uids.toSorted((one, other) => one - other);
    session.selected.saved = savedOf(ascending, options);
  }
  if (options.update && !startContext(session, search, uids))
    session.send(`NO [NOUPDATE ${string(search.tag)}] There are too many live searches`);
}

/** Runs a program, and puts together what its answer tells. */
export async function find(
  session: Session,
  program: SearchProgram,
  scope: Scope,
  tag: string,
  criteria?: readonly Criterion[],
): Promise<Results> {
  const pace = new Pace(session, tag);
  const found = await evaluate(program, scope, pace);
  const uids = criteria === undefined ? found.uids : await sortFound(found, criteria, scope, pace);
  const facts = program.usesModseq ? await loadFacts(scope, uids, pace) : undefined;
  return {
    uids,
    modseqs: facts && new Map(Array.from(facts.values(), ({ uid, modseq }) => [uid, modseq])),
    relevancy: found.relevancy,
  };
}

/** RFC 5182 §2.1: what is only kept for later is not told. */
export function onlySaves({
  save,
  min,
  max,
  all,
  count,
  partial,
  update,
  relevancy,
}: ReturnOptions): boolean {
  return save && !(min || max || all || count || partial !== undefined || update || relevancy);
}

/** RFC 5182 §2.1: a search that fails with NO leaves nothing saved; one with wrong arguments what there was. */
export async function saving<T>(
  session: Session,
  options: ReturnOptions | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const bad = error instanceof BadArgument || (error instanceof Refusal && error.status === 'BAD');
    if (options?.save === true && !bad) session.selected.saved = [];
    throw error;
  }
}
