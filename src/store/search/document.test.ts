import { describe, expect, test } from 'vitest';
import { foldUnicode } from '../../message/casemap.ts';
import { ADDRESSES, fieldsHold, holds, searchDocument } from './document.ts';

const MAIL = `Subject: folded
\tover  lines
From: (remark) Anna Example <anna@example.org>, bert@example.org
To: <@route.example:cy@example.org>
Content-Type: multipart/mixed; boundary=b

--b
X-Part: inner

first
--b
Content-Type: message/rfc822

Subject: enclosed

second
--b--
`.replaceAll('\n', '\r\n');

const document = searchDocument(Buffer.from(MAIL), 10_000);
/** The same, whether the whole document is made or its fields are read. */
const inField = (name: string, text: string) => {
  const term = { kind: 'field', name: foldUnicode(name), text: foldUnicode(text) } as const;
  const found = holds(document, term);
  expect(fieldsHold(Buffer.from(MAIL), [term])).toEqual([found]);
  return found;
};
const inText = (where: 'body' | 'all', text: string) =>
  holds(document, { kind: 'text', where, text: foldUnicode(text) });

describe('where searches look', () => {
  test('a fold is one space, and what was written', () => {
    expect(inField('subject', 'folded over lines')).toBe(true);
    expect(inField('subject', 'folded\tover  lines')).toBe(true);
  });

  test('fields of parts are no fields of the message, and no body', () => {
    for (const text of ['first', 'second']) expect(inText('body', text)).toBe(true);
    for (const text of ['inner', 'enclosed', 'boundary']) {
      expect(inText('body', text)).toBe(false);
      expect(inText('all', text)).toBe(true);
    }
    expect(inField('X-Part', '')).toBe(false);
  });

  test('addresses without what is around them, names with quotes and without', () => {
    for (const text of ['Anna Example <anna@', '"Anna Example" <anna@', '<bert@example.org>'])
      expect(inField(`${ADDRESSES}from`, text)).toBe(true);
    expect(inField(`${ADDRESSES}from`, '"" <bert@')).toBe(false);
    expect(inField(`${ADDRESSES}from`, 'remark')).toBe(false);
    expect(inField('from', 'remark')).toBe(true);
    expect(inText('all', 'Anna Example <anna@')).toBe(true);
    for (const text of ['"Anna Example" <anna@', '<bert@']) expect(inText('all', text)).toBe(false);
    expect(inField(`${ADDRESSES}to`, '@route.example:cy@')).toBe(true);
  });
});
