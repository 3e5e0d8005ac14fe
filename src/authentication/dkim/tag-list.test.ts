import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colonList, parseTagList } from './tag-list.ts';

const tags = (text: string): Record<string, string> => Object.fromEntries(parseTagList(text).tags);

describe('parseTagList', () => {
  it('reads tags with white space and folding around names and values', () => {
    expect(parseTagList(' a = 1 ;\r\n\tbC_2=x\r\n y; d=;').fault).toBeUndefined();
    expect(tags(' a = 1 ;\r\n\tbC_2=x\r\n y; d=;')).toEqual({ a: '1', bC_2: 'x\r\n y', d: '' });
  });

  it('keeps equals signs and non-ASCII text in values', () => {
    expect(tags('bh=abc==; d=\u00e9')).toEqual({ bh: 'abc==', d: '\u00e9' });
  });

  it.each([
    ['a=1;; b=2', 'empty tag'],
    ['', 'empty tag'],
    ['a=1; b', 'tag without value'],
    ['a=1; 2b=3', 'invalid tag name'],
    ['a=1; =3', 'invalid tag name'],
    ['a=1; b-c=3', 'invalid tag name'],
    ['a=1; a=1', 'tag a= twice'],
    ['a=\0', 'control character in a tag'],
  ])('%j is invalid: %s', (text, fault) => {
    expect(parseTagList(text).fault).toBe(fault);
  });

  it('gives what stands before the fault', () => {
    expect(tags('d=example.com; ; b=1')).toEqual({ d: 'example.com' });
  });

  it('takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseTagList(text)));
  });
});

it('colonList drops folding white space', () => {
  expect(colonList('From : To:\r\n Subject')).toEqual(['From', 'To', 'Subject']);
});
