import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filterFaults } from '../../filter/faults.ts';
import { createDnsListsCheck } from '../../filter/dns-lists/check.ts';
import { silentLog } from '../../log.ts';
import { parseText } from '../load.ts';

const parse = (text: string) => parseText('tamis.yaml', text, '/etc/tamis').config.filter;
const withList = (list: string) => `filter: { dns_lists: { lists: { bl: ${list} } } }\n`;

test('the example is a configuration whose lists can be asked', () => {
  const file = join(import.meta.dirname, '../../../deploy/network/dns-lists.yaml');
  const filter = parse(readFileSync(file, 'utf8'));
  expect(Object.keys(filter.dnsLists.lists)).toHaveLength(8);
  expect(filterFaults(filter)).toEqual([]);
  const { symbols } = createDnsListsCheck(filter.dnsLists, silentLog);
  expect(symbols['RBL_SPAMHAUS_XBL']).toEqual({ score: 4, description: 'Client is on the XBL (taken over)' });
});

test('without a word about them there are none', () => {
  expect(parse('hostname: mx.example.org\n').dnsLists.lists).toEqual({});
});

test.each([
  [
    'an answer that is no address',
    '{ zone: bl.test, ask: [client], answers: { 2: { symbol: A, score: 1 } } }',
  ],
  ['a subject nobody knows', '{ zone: bl.test, ask: [weather], answers: {} }'],
  ['nothing to ask', '{ zone: bl.test, ask: [], answers: {} }'],
  ['a zone that is no name', '{ zone: "a b", ask: [client], answers: {} }'],
  ['a symbol in small letters', '{ zone: bl.test, ask: [client], otherwise: { symbol: a, score: 1 } }'],
  ['a key nobody knows', '{ zone: bl.test, ask: [client], anwsers: {} }'],
])('%s is a fault', (_, list) => {
  expect(() => parse(withList(list))).toThrow(/bl/);
});
