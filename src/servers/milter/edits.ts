import type { HeaderEdit } from '../../message/types.ts';

/** One header change as the protocol has it. */
export type HeaderChange =
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  | { readonly kind: 'insert'; readonly position: number; readonly name: string; readonly value: string }
  | { readonly kind: 'change'; readonly name: string; readonly index: number; readonly value: string }
  | { readonly kind: 'remove'; readonly name: string; readonly index: number };

type Numbered = Extract<HeaderEdit, { index: number }>;
type Insert = Extract<HeaderEdit, { kind: 'insert' }>;

/**
 * Puts the edits of a judgement, which all count fields as they were received, into an order in which each of them
 * still means the same when the MTA comes to it.
 *
 * - Changes come first, then removals from the highest index down: Postfix counts anew after a removal, Sendmail
 *   only marks the field, and neither matters from the end.
 * - Insertions follow from the bottom up. Postfix forgets removed fields, so positions move up by those removed
 *   above; and it counts its own Received, which a filter is not shown, as position 0.
 * - Two edits of one field become the last of them.
 *
 * @param names lower-cased names of the fields received, in order; only called when positions have to be counted
 */
export function orderEdits(
  edits: readonly HeaderEdit[],
  postfix: boolean,
  names: () => readonly string[],
): HeaderChange[] {
  const numbered = new Map<string, Numbered>();
  const inserts: Insert[] = [];
  const adds: HeaderEdit[] = [];
  for (const edit of edits) {
    if (edit.kind === 'add') adds.push(edit);
    else if (edit.kind === 'insert') inserts.push(edit);
    else numbered.set(`${edit.index}:${edit.name.toLowerCase()}`, edit);
  }
  const changes = [...numbered.values()].filter((edit) => edit.kind === 'change');
  const removals = [...numbered.values()]
    .filter((edit) => edit.kind === 'remove')
    .sort((a, b) => b.index - a.index);
  const removed =
    postfix && removals.length > 0 && inserts.some((edit) => edit.position > 0)
      ? positionsOf(removals, names())
      : [];
  // Edits of one position are sent last first, so that they end up in the order they were given.
  const placed = inserts
    .toReversed()
    .sort((a, b) => b.position - a.position)
    .map((edit) => {
      if (!postfix || edit.position === 0) return edit;
      const above = removed.filter((position) => position < edit.position).length;
      return { ...edit, position: edit.position - above + 1 };
    });
  return [...changes, ...removals, ...placed, ...adds];
}

/** 0-based positions of the fields that the edits name by their index among fields of that name. */
function positionsOf(edits: readonly Numbered[], names: readonly string[]): number[] {
  const wanted = new Set(edits.map((edit) => `${edit.index}:${edit.name.toLowerCase()}`));
  const seen = new Map<string, number>();
  const positions: number[] = [];
  names.forEach((name, position) => {
    const index = (seen.get(name) ?? 0) + 1;
    seen.set(name, index);
    if (wanted.has(`${index}:${name}`)) positions.push(position);
  });
  return positions;
}

/** Lower-cased names of the header fields of a message in CRLF, as {@link RawMessage} makes it. */
export function fieldNames(raw: Buffer): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < raw.length) {
    const end = raw.indexOf('\r\n', at);
    if (end === -1 || end === at) break;
    const first = raw[at];
    const colon = raw.indexOf(0x3a, at);
    if (first !== 0x20 && first !== 0x09 && colon !== -1 && colon < end)
      names.push(raw.toString('latin1', at, colon).toLowerCase());
    at = end + 2;
  }
  return names;
}
