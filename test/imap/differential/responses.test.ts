import { expect, test } from 'vitest';
import { readCode, readFetched, readResponse, sortedNames } from './responses.ts';

test('responses become values', () => {
  expect(readResponse('3 EXISTS')).toEqual({ name: 'EXISTS', number: 3, values: [] });
  expect(readResponse('SEARCH 1 2 (MODSEQ 7)')).toEqual({ name: 'SEARCH', values: [1, 2, ['MODSEQ', 7]] });
  expect(readResponse('LIST (\\HasNoChildren) "/" {3}\r\na"b')).toEqual({
    name: 'LIST',
    values: [['\\HasNoChildren'], '/', 'a"b'],
  });
  expect(readResponse('THREAD (1)(2 (3)(4 5))').values).toEqual([[1], [2, [3], [4, 5]]]);
  expect(readResponse('ESEARCH (TAG "T1") UID ALL 1:3,5').values).toEqual([
    ['TAG', 'T1'],
    'UID',
    'ALL',
    '1:3,5',
  ]);
  expect(readResponse('LIST () NIL [a]/b').values).toEqual([[], null, '[a]/b']);
});

test('codes of conditions are read, and their text is not', () => {
  expect(readResponse('OK [PERMANENTFLAGS (\\Seen \\*)] you (may')).toEqual({
    name: 'OK',
    values: [],
    code: { name: 'PERMANENTFLAGS', values: [['\\Seen', '\\*']] },
  });
  expect(readResponse('BYE "{')).toEqual({ name: 'BYE', values: [] });
  expect(readCode('COPYUID 5 1:2 7,9')).toEqual({ name: 'COPYUID', values: [5, '1:2', '7,9'] });
});

test('items of FETCH are found by their names', () => {
  const line =
    '2 FETCH (UID 9 body[header.fields ("To" Cc)]<5> {3}\r\na)b BODY ("TEXT" NIL)("a\\"b" 1) FLAGS ())';
  expect(() => readResponse(line)).toThrow('a space is expected');
  const { items } = readResponse(
    line.replace('BODY ("TEXT" NIL)("a\\"b" 1)', 'BODY (("TEXT" NIL)("a\\"b" 1) "X")'),
  );
  expect([...(items ?? [])]).toEqual([
    ['UID', 9],
    ['BODY[HEADER.FIELDS (TO CC)]<5>', 'a)b'],
    ['BODY', [['TEXT', null], ['a"b', 1], 'X']],
    ['FLAGS', []],
  ]);
  expect(() => readResponse('1 FETCH (UID 1 UID 2)')).toThrow('UID comes twice');
  const reply = { status: 'OK' as const, code: '', text: '', continuations: [], raw: '' };
  const fetched = readFetched({ ...reply, untagged: ['1 FETCH (UID 3)', '1 FETCH (FLAGS (b A))'] });
  expect(sortedNames(fetched.get(1)?.get('FLAGS'))).toEqual(['a', 'b']);
});
