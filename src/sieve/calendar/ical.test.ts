import fc from 'fast-check';
import ICAL from 'ical.js';
import { expect, test } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { formatCalendar, parameter, parseCalendar, property } from './ical.ts';

/** What another reader makes of it. */
const jcal = (text: string): unknown => ICAL.parse(text);

const word = fc.stringMatching(/^[A-Z][A-Z0-9-]{0,8}$/);
const plain = fc.string({ unit: fc.constantFrom(...'aZ0 .,;:\\/"ü€\u{1F600}\t'.split('')), maxLength: 120 });
const quotable = plain.map((text) => text.replace(/["\t]/g, ''));
const parameters = fc
  .array(fc.tuple(word, quotable, fc.boolean()), { maxLength: 3 })
  .map((all) =>
    [...new Map(all.map((one) => [`X-${one[0]}`, one] as const))]
      .map(([name, [, value, quoted]]) => `;${name}=${quoted ? `"${value}"` : value.replace(/[;:,]/g, '')}`)
      .join(''),
  );
const line = fc
  .tuple(word, parameters, plain)
  .map(([name, written, value]) => `X-${name}${written}:${value.replace(/"/g, '')}`);
const lines = fc.array(line, { maxLength: 5 });
const calendar = fc
  .tuple(lines, lines, lines, lines)
  .map(([top, event, alarm, rest]) => [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    ...top,
    'BEGIN:VEVENT',
    'UID:1',
    ...event,
    'BEGIN:VALARM',
    ...alarm,
    'END:VALARM',
    ...rest,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]);

test('what is read and written again says the same to another reader', () => {
  fc.assert(
    fc.property(calendar, fc.constantFrom('\r\n', '\n'), (all, end) => {
      const parsed = parseCalendar(all.join(end));
      if (typeof parsed === 'string') throw new Error(parsed);
      const written = formatCalendar(parsed);
      for (const one of written.split('\r\n')) expect(Buffer.byteLength(one)).toBeLessThanOrEqual(75);
      expect(parseCalendar(written)).toEqual(parsed);
      // It counts properties of a component before those behind its inner components, as we write them.
      expect(jcal(written)).toEqual(jcal(all.join('\r\n')));
    }),
    { numRuns: 300 },
  );
});

test('lines may be folded anywhere, within a character too when it is read as text', () => {
  fc.assert(
    fc.property(calendar, fc.array(fc.nat({ max: 400 }), { maxLength: 10 }), (all, places) => {
      const whole = all.join('\r\n');
      const folded = Array.from(whole, (character, index) =>
        places.includes(index) && !/[\r\n]/.test(character) && !/[\r\n]$/.test(whole.slice(0, index))
          ? `\r\n ${character}`
          : character,
      ).join('');
      expect(parseCalendar(folded)).toEqual(parseCalendar(whole));
    }),
    { numRuns: 200 },
  );
});

test('parameters with what separates them in quotes', () => {
  const text =
    'BEGIN:VCALENDAR\nATTENDEE;CN="Last, First; x:y";ROLE=CHAIR;X="";Y=:mailto:a@b:c\nEND:VCALENDAR';
  const parsed = parseCalendar(text);
  const attendee = typeof parsed === 'string' ? undefined : property(parsed, 'ATTENDEE');
  if (attendee === undefined) throw new Error('no attendee');
  expect(['CN', 'ROLE', 'X', 'Y', 'Z'].map((name) => parameter(attendee, name))).toEqual([
    'Last, First; x:y',
    'CHAIR',
    '',
    '',
    '',
  ]);
  expect(attendee.value).toBe('mailto:a@b:c');
});

test('what is no calendar, and what is too much of one, is said and not thrown', () => {
  const inside = (...all: string[]): string => ['BEGIN:VCALENDAR', ...all, 'END:VCALENDAR'].join('\r\n');
  const faults: Readonly<Record<string, string>> = {
    '': 'is not one VCALENDAR',
    'BEGIN:VEVENT\r\nEND:VEVENT': 'is not one VCALENDAR',
    'BEGIN:VCALENDAR': 'is not one VCALENDAR',
    [`${inside()}\r\n${inside()}`]: 'is not one VCALENDAR',
    [inside('no line')]: 'a line that is none',
    [inside('A;B="x:y')]: 'a line that is none',
    [inside('END:VEVENT')]: 'ends "VEVENT" wrongly',
    'X:y': 'outside of a component',
    [inside(...Array.from({ length: 7 }, () => 'BEGIN:X'), ...Array.from({ length: 7 }, () => 'END:X'))]:
      'nested too deeply',
    [inside(...Array.from({ length: 20_001 }, () => 'X:y'))]: 'too many lines',
    [inside(`X:${'y'.repeat(1024 * 1024)}`)]: 'too large',
  };
  for (const [text, fault] of Object.entries(faults)) expect(parseCalendar(text)).toContain(fault);
});

test('a line that is made to take long does not', () => {
  const used = cpuTimer();
  for (const piece of [';A=b', ';A="b",', ';A=,', '"', ';A="'])
    parseCalendar(`BEGIN:VCALENDAR\r\nX${piece.repeat(100_000)}\r\nEND:VCALENDAR`);
  expect(used()).toBeLessThan(2000);
});
