import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, STEPS } from './constants.ts';
import { decodeCommand, encodeCommand } from './commands.ts';
import { negotiate } from './negotiation.ts';
import { PacketReader } from './reader.ts';
import { decodeResponse, encodeResponse } from './responses.ts';
import { encodeReplyText, formatReply, replyFault } from './reply.ts';
import { ProtocolError } from './types.ts';
import type { Command, MacroStage, Packet, PlainResponse, Response } from './types.ts';

const LIMIT = 1 << 20;

/** Text that survives: no NUL, and not only bytes that happen to be something else in UTF-8. */
const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((value) => !value.includes('\0') && value.isWellFormed());
const word = fc.stringMatching(/^[a-z{}_]{1,12}$/);
const bytes = fc.uint8Array({ maxLength: 200 }).map((value) => Buffer.from(value));
const stringBytes = bytes.map((value) => Buffer.from(value.filter((byte) => byte !== 0)));
const uint = fc.integer({ min: 0, max: 0xffffffff });
const type = <T extends string>(value: T): fc.Arbitrary<T> => fc.constant(value);

const address = text.filter((value) => !/^ipv6:/i.test(value));
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: type('negotiate'), version: uint, actions: uint, steps: uint }),
  fc.record({
    type: type('macros'),
    stage: fc.constantFrom<MacroStage>('C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E', 'U'),
    macros: fc.array(fc.tuple(text, text), { maxLength: 5 }),
  }),
  fc.record({ type: type('connect'), hostname: text, family: type('unknown') }),
  fc.record({
    type: type('connect'),
    hostname: text,
    family: fc.constantFrom('unix', 'inet', 'inet6'),
    port: fc.integer({ min: 0, max: 65_535 }),
    address,
  }),
  fc.record({ type: type('helo'), name: text }),
  fc.record({
    type: fc.constantFrom('mail', 'rcpt'),
    argv: fc.array(text, { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ type: type('header'), name: stringBytes, value: stringBytes }),
  fc.record({ type: fc.constantFrom('body', 'eom'), chunk: bytes }),
  fc.record({ type: type('unknown'), command: stringBytes }),
  fc.record({ type: fc.constantFrom('data', 'eoh', 'abort', 'quit', 'quit-new-connection') }),
);

const response: fc.Arbitrary<Response> = fc.oneof(
  fc.record({
    type: fc.constantFrom<PlainResponse>(
      'continue',
      'accept',
      'reject',
      'tempfail',
      'discard',
      'skip',
      'connection-failure',
      'shutdown',
      'progress',
    ),
  }),
  fc.record({
    type: type('negotiate'),
    version: uint,
    actions: uint,
    steps: uint,
    symbols: fc.array(fc.record({ stage: uint, names: fc.array(word, { maxLength: 4 }) }), { maxLength: 4 }),
  }),
  fc.record({ type: type('reply'), text }),
  fc.record({ type: type('add-recipient'), address: text }),
  fc.record({ type: fc.constantFrom('add-recipient', 'change-sender'), address: text, parameters: text }),
  fc.record({ type: fc.constantFrom('delete-recipient', 'change-sender'), address: text }),
  fc.record({ type: type('replace-body'), chunk: bytes }),
  fc.record({ type: type('add-header'), name: text, value: text }),
  fc.record({
    type: fc.constantFrom('insert-header', 'change-header'),
    index: uint,
    name: text,
    value: text,
  }),
  fc.record({ type: type('quarantine'), reason: text }),
);

/** Pushes the bytes in pieces of these sizes (the last one over and over) and takes all packets. */
function read(stream: Buffer, sizes: readonly number[]): Packet[] {
  const reader = new PacketReader(LIMIT);
  const packets: Packet[] = [];
  for (let at = 0, piece = 0; at < stream.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    reader.push(stream.subarray(at, at + size));
    at += size;
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) packets.push(packet);
  }
  expect(reader.buffered).toBe(0);
  return packets;
}

const one = (packet: Buffer): Packet => read(packet, [packet.length])[0] as Packet;
const orProtocolError = (call: () => unknown): void => {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
  }
};

describe('commands', () => {
  it('are read as they were written, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(command, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        (commands, sizes) => {
          const stream = Buffer.concat(commands.map(encodeCommand));
          expect(read(stream, sizes).map(decodeCommand)).toEqual(commands);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('answer any bytes with a command or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...'ODCHMRTLNBEAQKUxZ\0'.split('')), bytes, (code, data) =>
        orProtocolError(() => {
          const decoded = decodeCommand({ code, data });
          // What could be read can be written, and means the same.
          expect(decodeCommand(one(encodeCommand(decoded)))).toEqual(decoded);
        }),
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a version cut short', 'O', '\0\0\0\x06\0'],
    ['macros for an unknown stage', 'D', 'Xi\0id\0'],
    ['a macro without a value', 'D', 'Ci\0'],
    ['an unknown family', 'C', 'host\x009\0\0'],
    ['no address', 'C', 'host\x004\0\x19'],
    ['bytes after the address', 'C', 'host\x004\0\x19127.0.0.1\0more\0'],
    ['a missing NUL', 'H', 'host'],
    ['no argument', 'M', ''],
    ['a field without a value', 'L', 'Subject\0'],
    ['an unknown command', '!', ''],
  ])('refuse %s', (_, code, data) => {
    expect(() => decodeCommand({ code, data: Buffer.from(data, 'latin1') })).toThrow(ProtocolError);
  });

  it('know that family U has neither address nor port, whatever follows', () => {
    for (const data of ['host\0U', 'host\0U\0', 'host\0U\0\0'])
      expect(decodeCommand({ code: 'C', data: Buffer.from(data) })).toEqual({
        type: 'connect',
        hostname: 'host',
        family: 'unknown',
      });
  });

  it('take the IPv6: tag of Sendmail off an address', () => {
    const data = Buffer.from('host\x006\0\x19IPv6:2001:db8::1\0', 'latin1');
    expect(decodeCommand({ code: 'C', data })).toMatchObject({ address: '2001:db8::1', port: 25 });
  });

  it('read bytes that are no UTF-8 as latin1', () => {
    expect(decodeCommand({ code: 'H', data: Buffer.from([0xe4, 0]) })).toEqual({ type: 'helo', name: 'ä' });
  });
});

describe('responses', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(response, (value) => {
        expect(decodeResponse(one(encodeResponse(value)))).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });

  it('answer any bytes with a response or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...'Oy+2-ebhimqcartdsf4p!Z'.split('')), bytes, (code, data) =>
        orProtocolError(() => decodeResponse({ code, data })),
      ),
      { numRuns: 500 },
    );
  });

  it('cannot carry a NUL inside a string', () => {
    expect(() => encodeResponse({ type: 'add-header', name: 'X', value: 'a\0b' })).toThrow(ProtocolError);
  });
});

describe('PacketReader', () => {
  it('never throws anything but a ProtocolError', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 10 }), (chunks) =>
        orProtocolError(() => {
          const reader = new PacketReader(1000);
          for (const chunk of chunks) {
            reader.push(chunk);
            while (reader.next() !== undefined);
          }
        }),
      ),
      { numRuns: 300 },
    );
  });

  it('refuses a length of 0 and one above the limit before its data is there', () => {
    const empty = new PacketReader(10);
    empty.push(Buffer.from([0, 0, 0, 0]));
    expect(() => empty.next()).toThrow('length 0');
    const large = new PacketReader(10);
    large.push(Buffer.from([0, 0]));
    expect(large.next()).toBeUndefined();
    large.push(Buffer.from([0, 11]));
    expect(() => large.next()).toThrow('the limit is 10');
  });

  it('does not copy a packet that lies in one piece', () => {
    const chunk = encodeCommand({ type: 'body', chunk: Buffer.from('hello') });
    const reader = new PacketReader(100);
    reader.push(chunk);
    expect(reader.next()?.data.buffer).toBe(chunk.buffer);
  });
});

describe('negotiation', () => {
  it('never asks for what was not offered, and never for more than the lower version', () => {
    fc.assert(
      fc.property(uint, uint, uint, uint, fc.integer({ min: 2, max: 100 }), (a, b, c, d, version) => {
        const offer = { type: 'negotiate', version, actions: a, steps: b } as const;
        const agreed = negotiate(offer, { actions: c, steps: d });
        expect(agreed.version).toBe(Math.min(version, 6));
        expect((agreed.actions & ~a) >>> 0).toBe(0);
        expect((agreed.steps & ~b) >>> 0).toBe(0);
      }),
    );
  });

  it('names macros only to an MTA that offers SETSYMLIST', () => {
    const wish = { actions: 0, steps: 0, symbols: [{ stage: 0, names: ['j'] }] };
    const offer = { type: 'negotiate', version: 6, steps: 0 } as const;
    expect(negotiate({ ...offer, actions: 0xff }, wish).symbols).toEqual([]);
    const agreed = negotiate({ ...offer, actions: 0x1ff }, wish);
    expect(agreed.symbols).toEqual(wish.symbols);
    expect(agreed.actions).toBe(ACTIONS.SETSYMLIST);
  });

  it('refuses version 1', () => {
    const offer = { type: 'negotiate', version: 1, actions: 0, steps: STEPS.SKIP } as const;
    expect(() => negotiate(offer, { actions: 0, steps: 0 })).toThrow(ProtocolError);
  });
});

describe('replies', () => {
  it('double percent signs and put the codes on each line', () => {
    expect(encodeReplyText('554', '5.7.1', ['100%', 'b'])).toBe('554-5.7.1 100%%\r\n554 5.7.1 b');
    expect(encodeReplyText('450', undefined, ['later'])).toBe('450 later');
    expect(encodeReplyText('450', '4.2.0', [])).toBe('450 4.2.0 ');
  });

  it.each([
    ['250', '2.0.0', ['x']],
    ['45', '', ['x']],
    ['550', '4.7.1', ['x']],
    ['550', '5.7', ['x']],
    ['550', '5.7.1', Array.from({ length: 33 }, () => 'x')],
    ['550', '5.7.1', ['x'.repeat(981)]],
    ['550', '5.7.1', ['a\r\nb']],
  ])('find fault with %s %s', (code, enhanced, lines) => {
    expect(replyFault(code, enhanced, lines)).toBeDefined();
  });

  it('of ours always fit, whatever they are made of', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1, max: 1000 }),
        fc.oneof(fc.constantFrom('5.7.1', '4.2.0', ''), text),
        fc.array(fc.string({ unit: 'binary', maxLength: 1200 }), { maxLength: 40 }),
        (code, enhanced, lines) => {
          const wire = formatReply({ code, enhanced, text: lines });
          const written = wire.split('\r\n');
          expect(written.length).toBeLessThanOrEqual(32);
          for (const line of written) expect(line).toMatch(/^[45]\d\d[ -][\x20-\x7e]*$/);
          expect(wire.replaceAll('%%', '')).not.toContain('%');
        },
      ),
      { numRuns: 300 },
    );
    expect(formatReply({ code: 550, enhanced: '4.0.0', text: 'x' })).toBe('550 5.7.1 x');
    expect(formatReply({ code: 250, enhanced: '2.0.0', text: 'x' })).toBe('451 4.7.1 x');
  });
});
