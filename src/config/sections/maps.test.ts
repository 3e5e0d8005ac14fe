import { expect, test } from 'vitest';
import { parseText } from '../load.ts';

const parse = (text: string) => parseText('tamis.yaml', text, '/etc/tamis').config.filter;
const withList = (list: string) => `filter: { maps: { lists: { MINE: ${list} } } }\n`;

test('lists in files and in the configuration', () => {
  const { maps } = parse(
    withList('{ kind: domain, of: [sender, from], file: bad.map, entries: [shop.example] }'),
  );
  expect(maps.lists['MINE']).toEqual({
    kind: 'domain',
    of: ['sender', 'from'],
    file: '/etc/tamis/bad.map',
    entries: ['shop.example'],
    score: 0,
  });
});

test('its symbol may be used like all others', () => {
  const text = `${withList('{ kind: domain, of: [from], entries: [shop.example] }').slice(0, -3)}, scores: { MINE: 2 } }\n`;
  expect(parse(text).scores).toEqual({ MINE: 2 });
});

test.each([
  [
    'a kind that does not fit',
    '{ kind: network, of: [from], entries: [192.0.2.1] }',
    /not looked for in from/,
  ],
  ['a header without its name', '{ kind: exact, of: [header], entries: [x] }', /name of the header/],
  ['nothing to look in', '{ kind: domain, of: [from] }', /neither file nor entries/],
  ['an entry that is none', '{ kind: network, of: [client], entries: [192.0.2.1, nonsense] }', /nonsense/],
  ['an expression that is none', '{ kind: regex, of: [text], entries: ["(a"] }', /MINE/],
])('%s is a fault', (_, list, message) => {
  expect(() => parse(withList(list))).toThrow(message);
});
