import fc from 'fast-check';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defectDescriptions } from './defects.ts';
import { defaultMessageLimits } from './limits.ts';
import { parseMessage } from './parse.ts';
import { touchEverything } from './testing.ts';
import type { Message, Part, Range } from './types.ts';

const within = (inner: Range, outer: Range): boolean =>
  outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end;

/** What holds of every message, whatever its bytes are. */
function checkInvariants(raw: Uint8Array): Message {
  const message = parseMessage(raw);
  touchEverything(message);
  const whole = { start: 0, end: raw.length };
  expect(message.root).toBe(message.parts[0]);
  expect([message.root.start, message.root.end]).toEqual([0, raw.length]);
  for (const part of message.parts) checkPart(message, part, whole);
  for (const defect of message.defects) {
    expect(defectDescriptions).toHaveProperty([defect.code]);
    expect(within(defect, whole)).toBe(true);
    expect(message.parts[defect.part]).toBeDefined();
  }
  for (const link of message.links) expect(message.parts[link.part]).toBeDefined();
  expect(parseMessage(raw).defects).toEqual(message.defects);
  return message;
}

function checkPart(message: Message, part: Part, whole: Range): void {
  expect(message.parts[part.index]).toBe(part);
  const parent = message.parts[part.parent];
  expect(part.index === 0 ? part.parent === -1 : parent?.children.includes(part)).toBe(true);
  expect(within(part, parent === undefined ? whole : { start: parent.bodyStart, end: parent.end })).toBe(
    true,
  );
  expect(within(part.header, { start: part.start, end: part.bodyStart })).toBe(true);
  expect(part.bodyStart).toBeLessThanOrEqual(part.end);
  // The fields are the header, byte for byte.
  let at = part.header.start;
  for (const field of part.header.fields) {
    expect(field.start).toBe(at);
    expect(field.end).toBeGreaterThan(field.start);
    expect(within({ start: field.valueStart, end: field.valueStart }, field)).toBe(true);
    expect(Buffer.from(message.raw).toString('latin1', field.valueStart, field.end)).toMatch(
      new RegExp(`^.{${field.rawValue.length}}(?:\r?\n)?$`, 's'),
    );
    at = field.end;
  }
  expect(at).toBe(part.header.end);
  let last = part.bodyStart;
  for (const child of part.children) {
    expect(child.start).toBeGreaterThanOrEqual(last);
    last = child.end;
  }
  for (const range of [part.preamble, part.epilogue])
    if (range !== undefined) expect(within(range, { start: part.bodyStart, end: part.end })).toBe(true);
}

/** Pieces that make messages interesting. */
const token = fc.constantFrom(
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  ';',
  '=',
  '"',
  '\\',
  '(',
  ')',
  '<',
  '>',
  '@',
  ',',
  '\0',
  '--b',
  '\n--b\n',
  '\n--b--\n',
  '\n--c\n',
  '\n--c--\n',
  '\n--bb\n',
  '\n--\n',
  'Content-Type: multipart/mixed; boundary=b\n',
  'Content-Type: multipart/digest; boundary=c\r\n',
  'Content-Type: multipart/alternative; boundary="bb"\n',
  'Content-Type: message/rfc822\n\n',
  'Content-Type: text/html\n\n',
  'Content-Type: text/plain; charset=utf-7\n',
  'Content-Transfer-Encoding: base64\n',
  'Content-Transfer-Encoding: quoted-printable\n',
  'Content-Transfer-Encoding: x-uue\n',
  "Content-Disposition: attachment; filename*0*=utf-8''%C3",
  'filename*1=x',
  'Subject: =?utf-8?Q?=C3?= =?utf-8?B?vA==?=\n',
  '=?',
  '?=',
  '?Q?',
  'From: a <b@c>, d: e@f;\n',
  'To: (((\n',
  'Date: Mon, 2 Mar 2026 09:05:00 +0100\n',
  'begin 644 x\n#aaaa\nend\n',
  '<div style="display:none">',
  '</div>',
  '<a href="http://x/">',
  '<b>',
  '</b>',
  '<table><td>',
  '<!--',
  '&#x41;',
  '<style>.x{color:red}',
  'http://example.org/a',
  'www.x.org',
  '\u00e9',
  '\u00a0',
  'word',
);

const soup = fc.array(token, { maxLength: 60 }).map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

const golden = globSync('**/*.eml', { cwd: join(import.meta.dirname, '../../test/golden') }).map((name) =>
  readFileSync(join(import.meta.dirname, '../../test/golden', name)),
);

/** A real message with some of its bytes replaced, doubled, moved or taken out. */
const mutated = fc
  .record({
    message: fc.constantFrom(...golden),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        cut: fc.integer({ min: 0, max: 30 }),
        insert: token,
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ message, edits }) => {
    let text = message.toString('latin1');
    for (const { at, cut, insert } of edits) {
      const place = Math.floor(at * text.length);
      text = text.slice(0, place) + insert + text.slice(place + cut);
    }
    return Buffer.from(text, 'latin1');
  });

describe('any bytes', () => {
  test('arbitrary', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (raw) => void checkInvariants(raw)),
      { numRuns: 300 },
    );
  });
  test('pieces of messages', () => {
    fc.assert(
      fc.property(soup, (raw) => void checkInvariants(raw)),
      { numRuns: 800 },
    );
  });
  test('mutated messages', () => {
    fc.assert(
      fc.property(mutated, (raw) => void checkInvariants(raw)),
      { numRuns: 500 },
    );
  });
  test('the golden messages themselves, cut anywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...golden),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (raw, share) => void checkInvariants(raw.subarray(0, Math.floor(raw.length * share))),
      ),
      { numRuns: 300 },
    );
  });
});

/** All that does not depend on offsets. */
const summary = (message: Message): object => ({
  fields: message.parts.map((part) => part.header.fields.map((field) => [field.name, field.text])),
  parts: message.parts.map((part) => [part.type, part.parent, part.filename, part.text, part.html]),
  text: message.text,
  links: message.links,
  defects: message.defects.map((defect) => `${defect.part} ${defect.code}`).sort((a, b) => (a < b ? -1 : 1)),
});

test('LF and CRLF read the same', () => {
  const lines = fc.oneof(soup, mutated).map((raw) => raw.toString('latin1').replace(/\r\n?/g, '\n'));
  fc.assert(
    fc.property(lines, (text) => {
      const lf = parseMessage(Buffer.from(text, 'latin1'));
      const crlf = parseMessage(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'));
      expect(summary(crlf)).toEqual(summary(lf));
    }),
    { numRuns: 500 },
  );
});

test('shared memory reads the same', () => {
  fc.assert(
    fc.property(fc.oneof(soup, mutated), (raw) => {
      const shared = new Uint8Array(new SharedArrayBuffer(raw.length + 3), 3);
      shared.set(raw);
      const message = parseMessage(shared);
      expect(message.raw).toBe(shared);
      expect(summary(message)).toEqual(summary(parseMessage(raw)));
    }),
    { numRuns: 300 },
  );
});

test('small limits hold', () => {
  const limits = Object.fromEntries(
    Object.keys(defaultMessageLimits).map((name) => [name, 2]),
  ) as unknown as typeof defaultMessageLimits;
  fc.assert(
    fc.property(fc.oneof(soup, mutated), (raw) => {
      const message = parseMessage(raw, limits);
      touchEverything(message);
      expect(message.parts.length).toBeLessThanOrEqual(2);
      expect(message.links.length).toBeLessThanOrEqual(2);
      expect(message.defects.length).toBeLessThanOrEqual(2);
      expect(message.root.end).toBe(raw.length);
    }),
    { numRuns: 300 },
  );
});
