import { describe, expect, test } from 'vitest';
import { parseMessage } from './parse.ts';

/** Names of the fields ('' for a line that is none), the body, and what is wrong. */
function read(text: string): [string[], string, string[]] {
  const message = parseMessage(Buffer.from(text, 'utf8'));
  const body = Buffer.from(message.raw.subarray(message.root.bodyStart)).toString('utf8');
  return [message.header.fields.map(({ key }) => key), body, message.defects.map(({ code }) => code)];
}

describe('a line whose name is outside ASCII (RFC 5322 §2.2)', () => {
  test('is a fault within the header before the empty line', () =>
    expect(read('From: a@b.example\r\nX-Été: 1\r\n\r\nbody\r\n')).toEqual([
      ['from', ''],
      'body\r\n',
      ['header-line-without-colon'],
    ]));

  test('is a fault within the header before a field', () =>
    expect(read('X-Été: 1\nSubject: x\n\nbody\n')).toEqual([
      ['', 'subject'],
      'body\n',
      ['header-line-without-colon'],
    ]));

  test('begins the body where text follows', () =>
    expect(read('From: a@b.example\n\u00c9t\u00e9: text\nmore text\n')).toEqual([
      ['from'],
      'Été: text\nmore text\n',
      ['missing-blank-line', 'undeclared-8bit'],
    ]));
});
