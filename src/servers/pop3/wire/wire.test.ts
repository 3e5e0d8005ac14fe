import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DotStuffer } from './multi-line.ts';
import { LineReader, UnreadableError } from './reader.ts';
import { TopCutter } from './top.ts';

const octets = fc
  .array(fc.constantFrom('.', '\r\n', '\n', '\r', 'a', 'bc', '..'), { maxLength: 40 })
  .map((parts) => parts.join(''));
const chunksOf = (text: string, cuts: readonly number[]): Buffer[] => {
  const whole = Buffer.from(text, 'latin1');
  const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => whole.subarray(at[index], end));
};
const cuts = fc.array(fc.nat(200), { maxLength: 6 });

test('stuffed text ends where it should for readers of either kind of lines, however it was cut', () => {
  fc.assert(
    fc.property(octets, cuts, (text, where) => {
      const stuffer = new DotStuffer();
      const pieces = chunksOf(text, where).map((chunk) => stuffer.push(chunk));
      const sent = Buffer.concat([...pieces, stuffer.end()]).toString('latin1');
      for (const end of [/\r\n\.\r\n/g, /\n\.\r?\n/g]) {
        const found = [...`\r\n${sent}`.matchAll(end)];
        expect(found).toHaveLength(1);
        expect((found[0]?.index ?? 0) + (found[0]?.[0].length ?? 0)).toBe(sent.length + 2);
      }
      const body = sent.slice(0, -3).replace(/(^|\n)\./g, '$1');
      expect(body).toBe(text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`);
    }),
  );
});

test('what has no dots is not copied', () => {
  const chunk = Buffer.from('a.b\r\n');
  expect(new DotStuffer().push(chunk)).toBe(chunk);
});

test('TOP ends at the same octet, however it was cut', () => {
  fc.assert(
    fc.property(octets, cuts, fc.nat(5), (text, where, lines) => {
      const cutter = new TopCutter(lines);
      const taken: Buffer[] = [];
      for (const chunk of chunksOf(text, where)) {
        const cut = cutter.cut(chunk);
        taken.push(cut.octets);
        if (cut.done) break;
      }
      const header = /^(?:[^\n]*[^\n\r][^\n]*\n|\r\r+\n)*?\r?\n/.exec(text)?.[0];
      let expected = text;
      if (header !== undefined) {
        const body = text.slice(header.length);
        expected = header + (body.match(/[^\n]*\n|[^\n]+$/g) ?? []).slice(0, lines).join('');
      }
      expect(Buffer.concat(taken).toString('latin1')).toBe(expected);
    }),
  );
});

test('lines are the same however they come, and bounded', () => {
  fc.assert(
    fc.property(octets, cuts, (text, where) => {
      const reader = new LineReader(1000);
      const lines: string[] = [];
      for (const chunk of chunksOf(text, where)) {
        reader.push(chunk);
        for (let line = reader.next(); line !== undefined; line = reader.next()) lines.push(line);
      }
      const expected = text.split('\n').slice(0, -1);
      expect(lines).toEqual(expected.map((line) => line.replace(/\r$/, '')));
      expect(reader.busy).toBe(!text.endsWith('\n') && text !== '');
    }),
  );
  const reader = new LineReader(10);
  reader.push(Buffer.from('12345678901'));
  expect(() => reader.next()).toThrow(UnreadableError);
});
