import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeaderEdit } from '../../message/types.ts';
import { fieldNames, orderEdits } from './edits.ts';
import type { HeaderChange } from './edits.ts';

interface Field {
  name: string;
  value: string;
}

/** What the edits mean: all of them count fields as received. */
function meant(fields: readonly Field[], edits: readonly HeaderEdit[]): string[] {
  const seen = new Map<string, number>();
  const out: string[] = [];
  fields.forEach((field, position) => {
    for (const edit of edits)
      if (edit.kind === 'insert' && edit.position === position) out.push(`${edit.name}: ${edit.value}`);
    const index = (seen.get(field.name) ?? 0) + 1;
    seen.set(field.name, index);
    const last = edits.findLast(
      (edit) => 'index' in edit && edit.name === field.name && edit.index === index,
    );
    if (last?.kind === 'remove') return;
    out.push(`${field.name}: ${last?.kind === 'change' ? last.value : field.value}`);
  });
  for (const edit of edits) if (edit.kind === 'add') out.push(`${edit.name}: ${edit.value}`);
  return out;
}

/** What Postfix makes of changes: its own Received is position 0, removed fields are gone, indexes count what is left. */
function postfix(fields: readonly Field[], changes: readonly HeaderChange[]): string[] {
  const list = [{ name: 'received', value: 'own' }, ...fields];
  const find = (name: string, index: number): number => {
    let count = 0;
    return list.findIndex((field, at) => at > 0 && field.name === name && ++count === index);
  };
  for (const change of changes) {
    if (change.kind === 'add') list.push(change);
    else if (change.kind === 'insert') list.splice(change.position, 0, change);
    else if (change.kind === 'change') list[find(change.name, change.index)] = change;
    else list.splice(find(change.name, change.index), 1);
  }
  return list.filter((field) => field.value !== 'own').map((field) => `${field.name}: ${field.value}`);
}

const names = ['a', 'b', 'c'];
const fields = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 8 })
  .map((list) => list.map((name, index) => ({ name, value: `${index}` })));
const cases = fields.chain((list) => {
  const existing = list.map(({ name }, at) => ({
    name,
    index: list.slice(0, at + 1).filter((other) => other.name === name).length,
  }));
  const edit: fc.Arbitrary<HeaderEdit> = fc.oneof(
    fc.record({
      kind: fc.constant('add' as const),
      name: fc.constantFrom(...names),
      value: fc.constant('new'),
    }),
    fc.record({
      kind: fc.constant('insert' as const),
      position: fc.integer({ min: 0, max: list.length - 1 }),
      // Names of their own: with those of other fields Postfix' count by name would have to be told from ours.
      name: fc.constantFrom('x', 'y', 'z'),
      value: fc.constantFrom('1', '2', '3'),
    }),
    fc.constantFrom(...existing).map((at) => ({ kind: 'remove' as const, ...at })),
    fc.constantFrom(...existing).map((at) => ({ kind: 'change' as const, ...at, value: 'changed' })),
  );
  return fc.tuple(fc.constant(list), fc.array(edit, { maxLength: 6 }));
});

describe('orderEdits', () => {
  it('means the same to Postfix as it did to the filter', () => {
    fc.assert(
      fc.property(cases, ([list, edits]) => {
        const changes = orderEdits(edits, true, () => list.map(({ name }) => name));
        expect(postfix(list, changes)).toEqual(meant(list, edits));
      }),
      { numRuns: 500 },
    );
  });

  it('removes from the highest index, changes before, inserts after, and counts nothing it need not', () => {
    const edits: HeaderEdit[] = [
      { kind: 'insert', position: 0, name: 'A', value: '1' },
      { kind: 'insert', position: 0, name: 'B', value: '2' },
      { kind: 'remove', name: 'X-Spam', index: 1 },
      { kind: 'remove', name: 'X-Spam', index: 2 },
      { kind: 'change', name: 'Subject', index: 1, value: 'a' },
      { kind: 'change', name: 'subject', index: 1, value: 'b' },
      { kind: 'add', name: 'Z', value: '9' },
    ];
    const fail = (): string[] => {
      throw new Error('not needed');
    };
    expect(orderEdits(edits, true, fail)).toEqual([
      { kind: 'change', name: 'subject', index: 1, value: 'b' },
      { kind: 'remove', name: 'X-Spam', index: 2 },
      { kind: 'remove', name: 'X-Spam', index: 1 },
      { kind: 'insert', position: 0, name: 'B', value: '2' },
      { kind: 'insert', position: 0, name: 'A', value: '1' },
      { kind: 'add', name: 'Z', value: '9' },
    ]);
  });

  it('leaves positions alone where removed fields still count', () => {
    const edits: HeaderEdit[] = [
      { kind: 'insert', position: 2, name: 'A', value: '1' },
      { kind: 'remove', name: 'b', index: 1 },
    ];
    expect(orderEdits(edits, false, () => ['b', 'c', 'd']).at(-1)).toMatchObject({ position: 2 });
    expect(orderEdits(edits, true, () => ['b', 'c', 'd']).at(-1)).toMatchObject({ position: 2 });
    expect(orderEdits(edits, true, () => ['c', 'd', 'b']).at(-1)).toMatchObject({ position: 3 });
  });
});

describe('fieldNames', () => {
  it('are those of the header, folds and body left out', () => {
    const raw = Buffer.from('From: a\r\nSubject: b\r\n c: d\r\nno colon\r\nX-A:\r\n\r\nTo: body\r\n');
    expect(fieldNames(raw)).toEqual(['from', 'subject', 'x-a']);
    expect(fieldNames(Buffer.alloc(0))).toEqual([]);
  });
});
