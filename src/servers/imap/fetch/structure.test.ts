import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describe as describeContent } from '../../../store/mail/content.ts';
import type { Structure } from '../../../store/mail/content-types.ts';
import { BadArgument } from '../wire/errors.ts';
import { ArgumentCursor } from '../wire/cursor.ts';
import { locate, partAt } from './locate.ts';
import { readSectionSpec, WHOLE } from './section.ts';
import { structureText } from './structure-text.ts';

/** A MIME shape as bytes: parts in parts, boundaries that are there or not. */
interface Shape {
  readonly kind: 'text' | 'multipart' | 'message' | 'base64';
  readonly closed: boolean;
  readonly children: readonly Shape[];
}

const shapes = (depth: number): fc.Arbitrary<Shape> =>
  fc.record({
    kind: fc.constantFrom('text', 'multipart', 'message', 'base64'),
    closed: fc.boolean(),
    children: depth === 0 ? fc.constant([]) : fc.array(shapes(depth - 1), { maxLength: 3 }),
  });
const shape = shapes(4);

function render(of: Shape, id = 'b'): string {
  const [child] = of.children;
  if (of.kind === 'message' && child !== undefined)
    return `Content-Type: message/rfc822\r\n\r\nSubject: ${id}\r\n${render(child, `${id}m`)}`;
  if (of.kind === 'multipart') {
    const parts = of.children.map((one, index) => `--${id}\r\n${render(one, `${id}${index}`)}\r\n`).join('');
    return `Content-Type: multipart/mixed; boundary=${id}\r\n\r\n${parts}${of.closed ? `--${id}--\r\n` : ''}`;
  }
  const encoding = of.kind === 'base64' ? 'Content-Transfer-Encoding: base64\r\n' : '';
  return `${encoding}\r\n${of.closed ? 'text\r\nmore' : ''}`;
}

/** Every number under which a part can be had. */
function paths(holder: Structure, before: readonly number[] = []): (readonly number[])[] {
  const parts = holder.type === 'multipart' ? holder.parts : [holder];
  return parts.flatMap((part, index) => {
    const path = [...before, index + 1];
    const inside = part.type === 'multipart' ? part : part.message?.structure;
    return [path, ...(inside === undefined ? [] : paths(inside, path))];
  });
}

test('every part is found under its number, within the message', () => {
  fc.assert(
    fc.property(shape, (of) => {
      const raw = Buffer.from(render(of));
      const { structure } = describeContent(raw);
      expect(structure.start).toBe(0);
      expect(structure.end).toBe(raw.length);
      for (const path of paths(structure)) {
        const part = partAt(structure, path);
        expect(part, path.join('.')).toBeDefined();
        if (part === undefined) continue;
        const range = locate(structure, { ...WHOLE, path, label: path.join('.') });
        expect(range).toEqual({ start: part.bodyStart, end: part.end, filtered: false });
        expect(part.start).toBeLessThanOrEqual(part.bodyStart);
        expect(part.bodyStart).toBeLessThanOrEqual(part.end);
        expect(part.end).toBeLessThanOrEqual(raw.length);
      }
      expect(partAt(structure, [99])).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('parentheses of a structure are in pairs, and text is quoted', () => {
  fc.assert(
    fc.property(shape, fc.string({ maxLength: 30 }), (of, name) => {
      const raw = Buffer.from(`X: 1\r\nContent-Description: ${name.replace(/[\r\n]/g, '')}\r\n${render(of)}`);
      for (const utf8 of [true, false]) {
        const text = structureText(describeContent(raw).structure, true, utf8);
        let depth = 0;
        // Quoted strings and literals out of the way.
        const bare = text.replace(/"(?:[^"\\]|\\.)*"/gs, 's').replace(/\{\d+\}\r\n/g, '');
        for (const character of bare) {
          if (character === '(') depth++;
          else if (character === ')') depth--;
          if (!utf8 && !text.includes('{')) expect(character.charCodeAt(0)).toBeLessThan(0x80);
          expect(depth).toBeGreaterThanOrEqual(0);
        }
        if (!text.includes('{')) expect(depth).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

test('a section is read as it was written, or refused', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom('1', '2.', '.', '0', 'TEXT', 'MIME', 'HEADER', '.FIELDS', '.NOT', ' (A b)', ']', 'x'),
        {
          maxLength: 6,
        },
      ),
      (pieces) => {
        const text = pieces.join('');
        const args = new ArgumentCursor(text);
        try {
          const section = readSectionSpec(args);
          expect(text.toUpperCase().startsWith(section.label.toUpperCase())).toBe(true);
          expect(section.path.every((number) => number >= 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BadArgument);
        }
      },
    ),
    { numRuns: 500 },
  );
});
