import { countsOf, SEEN } from './entries.ts';
import type { LearnRequest } from './record.ts';
import type { TokenCounts } from './table.ts';

/** Whether there is enough of both classes to learn one message after the other. */
export function hasBegun(table: TokenCounts, minimum: number): boolean {
  const { spam, ham } = countsOf(table, SEEN);
  return spam >= minimum && ham >= minimum;
}

/**
 * The order in which waiting requests are carried out; undefined while they must go on waiting.
 *
 * Learning counts what is not sure yet, so a first thousand of spam without any ham would count the wrong ones, and ever
 * fewer. Until there is enough of both classes requests therefore wait, and then they are mixed: by the hash of the
 * message, which is as good as chance and the same for everybody who looks.
 */
export function orderRequests(
  table: TokenCounts,
  requests: readonly LearnRequest[],
  minimum: number,
): readonly LearnRequest[] | undefined {
  const seen = countsOf(table, SEEN);
  const enough = (spam: number, ham: number): boolean => spam >= minimum && ham >= minimum;
  if (hasBegun(table, minimum)) return requests;
  // Of several wishes about one message the last counts.
  const last = new Map(requests.map((request) => [request.user ^ request.message, request]));
  const waiting = [...last.values()];
  const of = (kind: string): number =>
    waiting.filter((request) => request.user === 0n && request.kind === kind).length;
  if (!enough(seen.spam + of('spam'), seen.ham + of('ham'))) return undefined;
  return waiting.sort((one, other) => (one.message < other.message ? -1 : 1));
}
