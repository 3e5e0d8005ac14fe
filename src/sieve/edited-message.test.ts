import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compiled, mail, runInput, runNow } from '../../test/support/sieve.ts';
import { parseMessage } from '../message/parse.ts';
import { EditedMessage } from './edited-message.ts';

const textOf = (edited: EditedMessage): string => Buffer.concat(edited.pieces).toString('latin1');
const of = (raw: string): EditedMessage => new EditedMessage(parseMessage(Buffer.from(raw, 'latin1')));

describe('an edited message', () => {
  test('is the one that came until it is changed', () => {
    const message = parseMessage(mail('A: b', '', 'x'));
    const edited = new EditedMessage(message);
    expect(edited.message).toBe(message);
    expect(edited.header).toBe(message.header);
    expect(edited.pieces).toEqual([message.raw]);
    expect(edited.changed).toBe(false);
    expect(edited.forwarded).toBe(edited);
  });

  test('shares the body with the one that came', () => {
    const raw = mail('A: b', '', 'x');
    const edited = new EditedMessage(parseMessage(raw)).withFields([{ kind: 'add', name: 'C', value: 'd' }]);
    const body = edited.pieces.at(-1);
    expect(body?.buffer).toBe(raw.buffer);
    expect(textOf(edited)).toBe('A: b\r\nC: d\r\n\r\nx');
    expect(edited.header.get('c')?.value).toBe('d');
    expect(edited.message.header.get('c')?.value).toBe('d');
  });

  test('that is changed back is not changed', () => {
    const edited = of('A: b\r\n\r\nx')
      .withFields([{ kind: 'insert', position: 0, name: 'C', value: 'd' }])
      .withFields([{ kind: 'remove', name: 'c', index: 1 }]);
    expect(edited.changed).toBe(false);
  });

  test('has an empty line behind its header, whatever came', () => {
    const add = (raw: string): string => textOf(of(raw).withFields([{ kind: 'add', name: 'C', value: 'd' }]));
    expect(add('')).toBe('C: d\r\n\r\n');
    expect(add('A: b')).toBe('A: b\r\nC: d\r\n\r\n');
    expect(add('A: b\n')).toBe('A: b\nC: d\n\n');
    expect(add('no field at all')).toBe('C: d\r\n\r\nno field at all');
    expect(add('\r\nbody')).toBe('C: d\r\n\r\nbody');
  });

  test('keeps what redirect sends through changes behind the enclosure', () => {
    const before = of('A: b\r\n\r\nx').withFields([{ kind: 'add', name: 'C', value: 'd' }]);
    const enclosed = before.enclosedIn([Buffer.from('E: f\r\n\r\n')]);
    const later = enclosed
      .withFields([{ kind: 'add', name: 'G', value: 'h' }])
      .withBytes([Buffer.from('I: j\r\n\r\n')]);
    expect(later.forwarded).toBe(before);
    expect(later.enclosedIn([Buffer.from('K: l\r\n\r\n')]).forwarded).toBe(before);
  });
});

test('whatever scripts do to whatever message, they end, and other tests can read what is left', () => {
  const commands = fc.constantFrom(
    'addheader "X-A" "b";',
    'addheader :last "X-O" "ö";',
    'deleteheader "X-A";',
    'deleteheader :index 1 :last "Content-Type";',
    'replace "text";',
    'replace :subject "s" :from "a@b.org" "text";',
    'replace :mime text:\nContent-Type: multipart/mixed; boundary=A\n\n--A\n\nx\n--A--\n.\n;',
    'enclose :subject "s" :headers ["from", "x-a"] "text";',
    'convert "text/plain" "text/html" "a=b";',
    'filter "tool";',
    'extracttext :first 5 "v";',
    'foreverypart { if header :mime :anychild :type "content-type" "text" { break; } }',
    'if header :mime :param "x" "content-type" "y" { keep; }',
    'redirect "a@b.org";',
  );
  const piece = fc.constantFrom(
    'From: a@b.org\r\n',
    'X-A: b\r\n',
    ' fold\r\n',
    '\r\n',
    '\n',
    '--A\r\n',
    '--A--\r\n',
    '--B',
    'text\r\n',
    '\xff\0',
    ':',
    'Content-Type: multipart/mixed; boundary=A\r\n',
    'Content-Type: text/plain; charset=x\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'From x\r\n',
    '\r',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 25 }),
      fc.array(commands, { minLength: 1, maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('A: b\n', '\n', 'x') }),
      (pieces, lines, output) => {
        const raw = Buffer.from(pieces.join(''), 'latin1');
        const source = `require ["editheader", "replace", "enclose", "convert", "vnd.dovecot.filter", "foreverypart",
          "mime", "extracttext", "variables", "copy"]; foreverypart { ${lines.join('\n')} }
          foreverypart { if header :mime :contenttype :matches "content-type" "*" {} }`;
        const script = compiled(source, { available: ['convert', 'vnd.dovecot.filter'] });
        const outcome = runNow(
          script,
          runInput(raw),
          { limits: { steps: 20_000 } },
          (question) =>
            question.ask === 'program-known' ||
            (question.ask === 'message-id' ? undefined : Buffer.from(output)),
        );
        // Limits, a boundary in the text and an action too many are errors of the script; what breaks is one of ours.
        expect(outcome.error?.text ?? '').not.toContain('cannot go on');
        for (const { pieces: made } of outcome.versions) {
          const message = parseMessage(Buffer.concat(made));
          expect(message.parts.length).toBeGreaterThan(0);
          for (const part of message.parts) expect(typeof part.text).toBe('string');
        }
      },
    ),
    { numRuns: 300 },
  );
});
