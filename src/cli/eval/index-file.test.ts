import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { IndexError, parseIndex, readIndex } from './index-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-index-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = 'path\tlabel\tsource\tsplit\tgroup\treceived';

describe('index', () => {
  test('rows, in any order of columns', () => {
    const [one] = parseIndex('label\tgroup\tpath\nphish\tg1\ta/b.eml\n', 'i.tsv', '/mail');
    expect(one).toEqual({
      name: 'a/b.eml',
      path: '/mail/a/b.eml',
      label: 'spam',
      source: 'a',
      group: 'g1',
      split: '',
      received: undefined,
    });
  });

  test.each([
    ['2019-03', Date.UTC(2019, 2, 15)],
    ['2019', Date.UTC(2019, 6, 1)],
    ['2019-03-02T10:00:00Z', Date.UTC(2019, 2, 2, 10)],
    ['', undefined],
    ['soon', undefined],
  ])('received %s', (text, time) => {
    expect(parseIndex(`${HEAD}\nx.eml\tham\ts\t\t\t${text}\n`, 'i', '/')[0]?.received).toBe(time);
  });

  test.each([
    ['file\tlabel\nx\tham\n', 'i:1: no column "path"'],
    [`${HEAD}\nx.eml\tmaybe\n`, 'i:2: label "maybe" is none of ham, spam, phish'],
    [`${HEAD}\nx.eml\tham\n\tham\n`, 'i:3: no path'],
    [`${HEAD}\n`, 'i: no messages'],
  ])('what is wrong with %j', (text, fault) => {
    expect(() => parseIndex(text, 'i', '/')).toThrow(fault);
  });

  test('a file that is not there', () => {
    expect(() => readIndex(join(folder, 'none.tsv'), undefined)).toThrow(IndexError);
  });
});

describe('selection', () => {
  const file = join(folder, 'index.tsv');
  const rows = Array.from({ length: 100 }, (_, index) => {
    const source = index < 80 ? 'big' : 'small';
    return `${source}/${index}.eml\t${index % 2 === 0 ? 'ham' : 'spam'}\t${source}\t${index < 50 ? 'train' : 'test'}\t\t`;
  });
  writeFileSync(file, [HEAD, ...rows].join('\n'));

  test('by source and split', () => {
    expect(readIndex(file, undefined, { sources: ['small'] })).toHaveLength(20);
    expect(readIndex(file, undefined, { sources: ['big'], split: 'test' })).toHaveLength(30);
    expect(() => readIndex(file, undefined, { sources: ['none'] })).toThrow('there are big, small');
    expect(() => readIndex(file, undefined, { sources: [], split: 'none' })).toThrow('split "none"');
  });

  test.each([
    [1, 4],
    [7, 28],
    [15, 50],
    [1000, 100],
  ])('a sample of %i of each source and class', (sample, total) => {
    const some = readIndex(file, undefined, { sources: [], sample });
    expect(some).toHaveLength(total);
    expect(new Set(some.map(({ name }) => name)).size).toBe(total);
  });

  test('a sample lies all over the source', () => {
    const some = readIndex(file, undefined, { sources: ['big'], sample: 2 }).map(({ name }) => name);
    expect(some).toEqual(['big/0.eml', 'big/40.eml', 'big/1.eml', 'big/41.eml']);
  });
});
