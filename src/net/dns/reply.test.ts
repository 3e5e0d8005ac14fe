import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { replyBytes, soa } from '../../../test/support/dns-server.ts';
import type { RecordType } from '../resolver.ts';
import { matchReply, writeQuestion } from './question.ts';
import { FORMATS } from './records.ts';
import { readReply } from './reply.ts';

const TYPES = Object.keys(FORMATS) as RecordType[];

function ask(name: string, type: RecordType) {
  const question = writeQuestion(name, type, { id: 7, edns: true });
  return { question, asked: { name, type, id: 7 } };
}

const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const octets = fc.uint8Array({ maxLength: 255 }).map((bytes) => Buffer.from(bytes));

describe('readReply', () => {
  it('reads what another implementation wrote', () => {
    const record = fc.oneof(
      fc.ipV4().map((data) => ({ type: 'A' as const, data, expected: data })),
      name.map((data) => ({ type: 'NS' as const, data, expected: data })),
      name.map((data) => ({ type: 'PTR' as const, data, expected: data })),
      fc.tuple(fc.nat(65_535), name).map(([preference, exchange]) => ({
        type: 'MX' as const,
        data: { preference, exchange },
        expected: { priority: preference, exchange },
      })),
      fc.array(octets, { minLength: 1, maxLength: 4 }).map((data) => ({
        type: 'TXT' as const,
        data,
        expected: data.map((chunk) => chunk.toString('latin1')),
      })),
    );
    fc.assert(
      fc.property(
        name,
        fc.array(record, { minLength: 1, maxLength: 8 }),
        fc.nat(1 << 30),
        (owner, records, ttl) => {
          const [{ type } = { type: 'A' as const }] = records;
          const { question, asked } = ask(owner, type);
          const answers = records.map(({ type, data }) => ({ type, data, name: owner, ttl }) as Answer);
          const reply = readReply(question, replyBytes(asked, { answers }), type);
          expect(reply?.records).toEqual(
            records.filter((one) => one.type === type).map(({ expected }) => expected),
          );
          expect(reply?.ttl).toBe(ttl);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('writes questions as another implementation does', () => {
    fc.assert(
      fc.property(name, fc.constantFrom(...TYPES), fc.nat(65_535), (asked, type, id) => {
        const { bytes, end } = writeQuestion(asked, type, { id, edns: false });
        expect(bytes).toEqual(
          encode({ type: 'query', id, flags: 0x0120, questions: [{ name: asked, type }] }),
        );
        expect(end).toBe(bytes.length);
      }),
      { numRuns: 100 },
    );
  });

  it('reads any bytes without throwing', () => {
    const { question } = ask('a.example', 'TXT');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...TYPES), (tail, type) => {
        const { question } = ask('a.example', type);
        const bytes = Buffer.concat([question.bytes.subarray(0, question.end), tail]);
        bytes.set([0x81, 0x80, 0, 1, 0, tail[0] ?? 0, 0, tail[1] ?? 0, 0, tail[2] ?? 0], 2);
        readReply(question, bytes, type);
        matchReply(question, Buffer.from(tail));
      }),
      { numRuns: 500 },
    );
    expect(matchReply(question, Buffer.alloc(0))).toBe('no');
  });

  it('reads replies with octets changed without throwing', () => {
    const { question, asked } = ask('a.example', 'MX');
    const exchanges = ['mx.example', 'a.mx.example', 'other.test'];
    const whole = replyBytes(asked, {
      answers: [
        cname('a.example', 'b.example', 9),
        ...exchanges.map(
          (exchange): Answer => ({
            type: 'MX',
            name: 'b.example',
            ttl: 9,
            data: { preference: 1, exchange },
          }),
        ),
      ],
      authorities: [soa('example', 9, 9)],
      rcode: 16,
    });
    const changes = fc.array(fc.tuple(fc.integer({ min: 4, max: whole.length - 1 }), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(changes, (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, octet] of changes) bytes[at] = octet;
        const reply = readReply(question, bytes, 'MX');
        expect(reply?.records.length ?? 0).toBeLessThanOrEqual(3);
      }),
      { numRuns: 500 },
    );
  });

  it('takes no part of a damaged reply for the whole', () => {
    const { question, asked } = ask('a.example', 'MX');
    const data = { preference: 1, exchange: 'mx.example' };
    const whole = replyBytes(asked, {
      answers: [
        { type: 'MX', name: 'a.example', ttl: 9, data },
        { type: 'MX', name: 'a.example', ttl: 9, data },
      ],
    });
    expect(readReply(question, whole, 'MX')?.records).toHaveLength(2);
    for (let end = question.end; end < whole.length; end++)
      expect(readReply(question, whole.subarray(0, end), 'MX')).toBeUndefined();
  });

  it('tells names by their labels', () => {
    const { question, asked } = ask('a.example', 'PTR');
    const good = replyBytes(asked, {
      answers: [{ type: 'PTR', name: 'a.example', ttl: 9, data: 'aXb.cYd' }],
    });
    good[good.indexOf('aXb') + 1] = 0x2e;
    good[good.indexOf('cYd') + 1] = 0xf6;
    expect(readReply(question, good, 'PTR')?.records).toEqual([String.raw`a\.b.c\246d`]);
  });

  it.each([
    ['a name that points to itself', [0xc0, 0x1b, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]],
    ['a name that points ahead', [0xc0, 0x30, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]],
    ['an unknown kind of label', [0x41, 0x30, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]],
    ['a record longer than its type', [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 9, 0, 5, 1, 2, 3, 4, 5]],
    ['a record shorter than its type', [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 9, 0, 3, 1, 2, 3]],
  ])('refuses %s', (_, record) => {
    const { question } = ask('a.example', 'A');
    const head = Buffer.from(question.bytes.subarray(0, question.end));
    head.set([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], 2);
    expect(readReply(question, Buffer.concat([head, Buffer.from(record)]), 'A')).toBeUndefined();
  });

  it('reads the largest message of pointers to pointers in little time', () => {
    const { question } = ask('a.example', 'A');
    const head = Buffer.from(question.bytes.subarray(0, question.end));
    // A record of 10,000 octets of unknown type, full of pointers each to the one before it.
    const chain = Buffer.alloc(10_000);
    const start = head.length + 12;
    for (let at = 2; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | (start + at - 2), at);
    const rest: Buffer[] = [];
    for (let i = 0; i < 500; i++) {
      const record = Buffer.from([0, 0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]);
      record.writeUInt16BE(0xc000 | (start + chain.length - 2), 0);
      rest.push(record);
    }
    head.set([0x81, 0x80, 0, 1, 501 >> 8, 501 & 255, 0, 0, 0, 0], 2);
    const bytes = Buffer.concat([
      head,
      Buffer.from([0xc0, 0x0c, 0, 99, 0, 1, 0, 0, 0, 9, 0x27, 0x10]),
      chain,
      ...rest,
    ]);
    expect(readReply(question, bytes, 'A')).toBeUndefined();
    expect(cpuTime(() => readReply(question, bytes, 'A'), 5)).toBeLessThan(20);
  });

  it.each([
    ['an alias', [cname('a.example', 'b.example', 5), a('b.example', 9)], 'b.example', 5],
    [
      'aliases in any order',
      [a('c.example', 3), cname('b.example', 'c.example', 7), cname('a.example', 'B.example', 5)],
      'c.example',
      3,
    ],
    [
      'records beside an alias of another',
      [cname('z.example', 'b.example', 5), a('a.example', 9)],
      'a.example',
      9,
    ],
  ])('follows %s', (_, answers, end, ttl) => {
    const { question, asked } = ask('a.example', 'A');
    const reply = readReply(question, replyBytes(asked, { answers }), 'A');
    expect(reply).toMatchObject({ records: ['192.0.2.1'], end, ttl });
  });

  it('takes no records of others', () => {
    const { question, asked } = ask('a.example', 'A');
    const reply = readReply(question, replyBytes(asked, { answers: [a('b.example', 9)] }), 'A');
    expect(reply).toMatchObject({ records: [], end: 'a.example', aliases: 0 });
  });

  it('ends with a loop of aliases', () => {
    const { question, asked } = ask('a.example', 'A');
    const answers = [cname('a.example', 'b.example', 9), cname('b.example', 'a.example', 9)];
    expect(readReply(question, replyBytes(asked, { answers }), 'A')).toMatchObject({
      records: [],
      aliases: 9,
    });
  });

  it.each([
    [300, 60, 60],
    [30, 60, 30],
    [300, 0xffff_ffff, 0],
  ])('a denial of a SOA record with TTL %i and minimum %i holds %i s', (ttl, minimum, holds) => {
    const { question, asked } = ask('a.example', 'A');
    const bytes = replyBytes(asked, { rcode: 3, authorities: [soa('example', ttl, minimum)] });
    expect(readReply(question, bytes, 'A')).toMatchObject({ rcode: 3, denialTtl: holds });
  });

  it('takes a TTL with its highest bit set for none', () => {
    const { question, asked } = ask('a.example', 'A');
    const bytes = replyBytes(asked, { answers: [a('a.example', 0x8000_0001)] });
    expect(readReply(question, bytes, 'A')?.ttl).toBe(0);
  });

  it('reads the upper bits of the response code', () => {
    const { question, asked } = ask('a.example', 'A');
    expect(readReply(question, replyBytes(asked, { rcode: 16 }), 'A')?.rcode).toBe(16);
  });

  it('takes too many records for a fault', () => {
    const { question, asked } = ask('a.example', 'A');
    const answers = Array.from({ length: 513 }, () => a('a.example', 9));
    expect(readReply(question, replyBytes(asked, { answers }), 'A')).toBeUndefined();
    expect(readReply(question, replyBytes(asked, { answers: answers.slice(1) }), 'A')?.records).toHaveLength(
      512,
    );
  });
});

function cname(owner: string, data: string, ttl: number): Answer {
  return { type: 'CNAME', name: owner, ttl, data };
}

function a(owner: string, ttl: number): Answer {
  return { type: 'A', name: owner, ttl, data: '192.0.2.1' };
}
