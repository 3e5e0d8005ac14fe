import type { MessageFacts } from '../../../store/mail/types.ts';
import type { SortKeys } from '../../../store/search/types.ts';
import type { Found } from '../search/evaluate.ts';
import { describeFor } from '../described.ts';
import type { Pace } from '../search/pace.ts';
import type { Scope } from '../search/scope.ts';
import type { Criterion } from './criteria.ts';
import { criterionField } from './criteria.ts';
import { loadFacts, loadKeys, paced } from './load.ts';
import { sortSteps } from './steps.ts';

/** One message with the value of each criterion. */
interface Row {
  readonly uid: number;
  readonly values: readonly (number | string)[];
}

/** UIDs of the messages found in the order of the criteria, and of their UIDs where these are equal (RFC 5256 §3). */
export async function sortFound(
  found: Found,
  criteria: readonly Criterion[],
  scope: Scope,
  pace: Pace,
): Promise<readonly number[]> {
  const { uids } = found;
  const fields = criteria.map(({ name }) => criterionField[name]).filter((field) => field !== undefined);
  const keys = fields.length > 0 ? await loadKeys(scope, uids, fields, pace) : undefined;
  if (criteria.some(({ name }) => name === 'SIZE')) await describeFor(scope.mailbox, uids, pace);
  const facts = needsFacts(criteria, keys) ? await loadFacts(scope, uids, pace) : undefined;
  const rows: Row[] = [];
  for (const uid of uids) {
    const [key, fact] = [keys?.get(uid), facts?.get(uid)];
    if ((keys !== undefined && key === undefined) || (facts !== undefined && fact === undefined)) continue;
    rows.push({
      uid,
      values: criteria.map(({ name }) => value(name, found.relevancy.get(uid) ?? 100, key, fact)),
    });
  }
  const sorted = await paced(sortSteps(rows, comparison(criteria)), pace);
  return sorted.map(({ uid }) => uid);
}

/** RFC 5256 §2.2: without a usable Date field the date of arrival counts. */
function needsFacts(
  criteria: readonly Criterion[],
  keys: ReadonlyMap<number, Partial<SortKeys>> | undefined,
): boolean {
  if (criteria.some(({ name }) => name === 'ARRIVAL' || name === 'SIZE')) return true;
  if (!criteria.some(({ name }) => name === 'DATE')) return false;
  for (const { sent } of keys?.values() ?? []) if (sent === null) return true;
  return false;
}

function value(
  name: Criterion['name'],
  relevancy: number,
  key: Partial<SortKeys> | undefined,
  facts: MessageFacts | undefined,
): number | string {
  if (name === 'ARRIVAL') return facts?.internalDate ?? 0;
  if (name === 'SIZE') return facts?.size ?? 0;
  // RFC 6203 §6: the most relevant first.
  if (name === 'RELEVANCY') return -relevancy;
  if (name === 'DATE') return key?.sent ?? facts?.internalDate ?? 0;
  const field = criterionField[name];
  return String((field !== undefined && key?.[field]) || '');
}

function comparison(criteria: readonly Criterion[]): (one: Row, other: Row) => number {
  const signs = criteria.map(({ reverse }) => (reverse ? -1 : 1));
  return (one, other) => {
    for (let at = 0; at < signs.length; at++) {
      const [left, right] = [one.values[at] ?? 0, other.values[at] ?? 0];
      if (left !== right) return left < right ? -(signs[at] ?? 1) : (signs[at] ?? 1);
    }
    return one.uid - other.uid;
  };
}
