import { decodeHeaderBytes } from './charset.ts';
import { checkEdit, checkField, fieldOf } from './edits.ts';
import type { Header, HeaderEdit, HeaderField } from './types.ts';

/** A field somebody wants to see in a header. */
export interface DesiredField {
  readonly name: string;
  readonly value: string;
}

/** A value as edits compare it: folds with LF, no white space around. */
const comparable = (value: string): string => value.replaceAll('\r\n', '\n').trim();

/** What a field's bytes are as the text of an edit. */
const textOf = (field: HeaderField): string => decodeHeaderBytes(comparable(field.rawValue));

/** Index of a field among those of its name, from 1. */
const indexOf = (header: Header, field: HeaderField): number => header.all(field.key).indexOf(field) + 1;

/**
 * Edits without those that change nothing: of several edits of one field the last counts, a change to the same value
 * and the removal of a missing field go, a change of a missing field becomes an addition.
 */
export function normalizeHeaderEdits(header: Header, edits: readonly HeaderEdit[]): HeaderEdit[] {
  const target = (edit: HeaderEdit): HeaderField | undefined =>
    edit.kind === 'change' || edit.kind === 'remove' ? fieldOf(header, edit.name, edit.index) : undefined;
  const lastOf = new Map<HeaderField, HeaderEdit>();
  for (const edit of edits) {
    checkEdit(edit);
    const field = target(edit);
    if (field !== undefined) lastOf.set(field, edit);
  }
  const kept: HeaderEdit[] = [];
  for (const edit of edits) {
    const field = target(edit);
    if (field !== undefined) {
      const same =
        edit.kind === 'change' && edit.name === field.name && textOf(field) === comparable(edit.value);
      if (lastOf.get(field) === edit && !same) kept.push(edit);
    } else if (edit.kind === 'change') kept.push({ kind: 'add', name: edit.name, value: edit.value });
    else if (edit.kind === 'insert' && edit.position >= header.fields.length)
      kept.push({ kind: 'add', name: edit.name, value: edit.value });
    else if (edit.kind !== 'remove') kept.push(edit);
  }
  return kept;
}

/** Cells of the table of {@link commonFields}; beyond them fields are matched greedily. */
const MAX_TABLE = 1_000_000;

/** Pairs (place in `old`, place in `wanted`) of a longest common subsequence, ascending. */
function commonFields(old: readonly string[], wanted: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  let start = 0;
  while (start < old.length && start < wanted.length && old[start] === wanted[start]) {
    pairs.push([start, start]);
    start++;
  }
  let oldEnd = old.length;
  let wantedEnd = wanted.length;
  const tail: [number, number][] = [];
  while (oldEnd > start && wantedEnd > start && old[oldEnd - 1] === wanted[wantedEnd - 1])
    tail.push([--oldEnd, --wantedEnd]);
  const rows = oldEnd - start;
  const columns = wantedEnd - start;
  if (rows > 0 && columns > 0 && rows * columns <= MAX_TABLE) {
    // lengths[i][j]: longest common subsequence of old[start+i…] and wanted[start+j…].
    const width = columns + 1;
    const lengths = new Uint16Array((rows + 1) * width);
    const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
    for (let i = rows - 1; i >= 0; i--)
      for (let j = columns - 1; j >= 0; j--)
        lengths[i * width + j] =
          old[start + i] === wanted[start + j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    for (let i = 0, j = 0; i < rows && j < columns; ) {
      if (old[start + i] === wanted[start + j]) pairs.push([start + i++, start + j++]);
      else if (at(i + 1, j) >= at(i, j + 1)) i++;
      else j++;
    }
  }
  return [...pairs, ...tail.toReversed()];
}

/**
 * The fewest edits that make `header` read as `wanted`, in order and with the values given (folds with LF). Fields that
 * stay keep their bytes. A field removed and another of its name wanted in the same place is a change.
 */
export function diffHeaders(header: Header, wanted: readonly DesiredField[]): HeaderEdit[] {
  for (const { name, value } of wanted) checkField(name, value);
  const { fields } = header;
  const key = (name: string, value: string): string => `${name}:${value}`;
  const old = fields.map((field) => key(field.name, textOf(field)));
  const pairs = commonFields(
    old,
    wanted.map(({ name, value }) => key(name, comparable(value))),
  );
  const edits: HeaderEdit[] = [];
  let oldAt = 0;
  let wantedAt = 0;
  for (const [oldNext, wantedNext] of [...pairs, [fields.length, wanted.length] as const]) {
    edits.push(...diffGap(header, oldAt, oldNext, wanted.slice(wantedAt, wantedNext)));
    oldAt = oldNext + 1;
    wantedAt = wantedNext + 1;
  }
  return edits;
}

/** Edits for a stretch without common fields: changes where names meet in order, else removals and insertions. */
function diffGap(header: Header, from: number, to: number, wanted: readonly DesiredField[]): HeaderEdit[] {
  const edits: HeaderEdit[] = [];
  let at = from;
  for (const { name, value } of wanted) {
    let place = at;
    while (place < to && header.fields[place]?.key !== name.toLowerCase()) place++;
    const field = place < to ? header.fields[place] : undefined;
    if (field === undefined) {
      edits.push(
        at < header.fields.length
          ? { kind: 'insert', position: at, name, value }
          : { kind: 'add', name, value },
      );
      continue;
    }
    edits.push(...removals(header, at, place));
    edits.push({ kind: 'change', name, index: indexOf(header, field), value });
    at = place + 1;
  }
  edits.push(...removals(header, at, to));
  return edits;
}

const removals = (header: Header, from: number, to: number): HeaderEdit[] =>
  header.fields
    .slice(from, to)
    .filter((field) => field.key !== '')
    .map((field) => ({ kind: 'remove', name: field.name, index: indexOf(header, field) }));
