import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import type { RecordType } from '../resolver.ts';
import { writeQuestion } from './question.ts';
import { readReply } from './reply.ts';

/** Octets of the largest message. */
const LARGEST = 65_535;

function octets(...parts: (Buffer | number[])[]): Buffer {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** A reply to a question for `a.example` with these records. */
function message(type: RecordType, count: number, record: (i: number) => Buffer) {
  const question = writeQuestion('a.example', type, { id: 1, edns: false });
  const head = Buffer.from(question.bytes);
  head.set([0x81, 0x80, 0, 1, count >> 8, count & 255, 0, 0, 0, 0], 2);
  const bytes = octets(head, ...Array.from({ length: count }, (_, i) => record(i)));
  expect(bytes.length).toBeLessThanOrEqual(LARGEST);
  return { question, bytes, type };
}

const fixed = (type: number, data: Buffer): Buffer =>
  octets([0, type, 0, 1, 0, 0, 0, 9, data.length >> 8, data.length & 255], data);
const pointer = (to: number): number[] => [0xc0 | (to >> 8), to & 255];
const ADDRESS = Buffer.from([192, 0, 2, 1]);
/** A name of 126 labels. */
const LONG_NAME = octets(...Array.from({ length: 126 }, () => [1, 0x41]), [0]);

/** A label of three letters for a number. */
const label = (i: number): number[] => [3, 97 + (i % 20), 97 + (Math.trunc(i / 20) % 26), 65];
const DOTS = octets([63], Buffer.alloc(63, 0x2e));
const CHUNK = octets([255], Buffer.alloc(255, 0x78));

/** Messages, and how many records are read from them; undefined: nothing in them is believed. */
const CASES: Readonly<
  Record<string, { make: () => ReturnType<typeof message>; records: number | undefined }>
> = {
  'long names, each from another place of the first': {
    make: () =>
      message('A', 512, (i) => octets(i === 0 ? LONG_NAME : pointer(27 + (i % 120) * 2), fixed(1, ADDRESS))),
    records: undefined,
  },
  'names of labels that need escapes': {
    make: () => message('PTR', 100, () => octets(pointer(12), fixed(12, octets(DOTS, DOTS, DOTS, [0])))),
    records: 100,
  },
  'a text of empty chunks': {
    make: () => message('TXT', 1, () => octets(pointer(12), fixed(16, Buffer.alloc(65_000)))),
    records: 1,
  },
  'a text of 64 KB': {
    make: () => message('TXT', 1, () => octets(pointer(12), fixed(16, Buffer.alloc(253 * 256, CHUNK)))),
    records: 1,
  },
  'as many aliases as fit': {
    make: () => message('A', 512, (i) => octets(label(i), [0], fixed(5, octets(label(i + 1), [0])))),
    records: 0,
  },
  'the most addresses': {
    make: () => message('A', 512, () => octets(pointer(12), fixed(1, ADDRESS))),
    records: 512,
  },
};

describe('the worst messages', () => {
  it.each(Object.entries(CASES))('%s are read in little time', (_, { make, records }) => {
    const { question, bytes, type } = make();
    expect(readReply(question, bytes, type)?.records.length).toBe(records);
    // Here each takes less than 2 ms.
    expect(cpuTime(() => readReply(question, bytes, type), 5)).toBeLessThan(10);
  });
});
