import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommandReader } from './reader.ts';
import {
  writeCapabilities,
  writeChallenge,
  writeListed,
  writeResponse,
  writeScript,
  writeString,
} from './writer.ts';

test('responses', () => {
  expect(writeResponse({ status: 'OK' }).toString()).toBe('OK\r\n');
  expect(writeResponse({ status: 'NO', text: 'say "a\\b"' }).toString()).toBe('NO "say \\"a\\\\b\\""\r\n');
  expect(writeResponse({ status: 'NO', text: 'a\nb' }).toString()).toBe('NO {4}\r\na\r\nb\r\n');
  expect(writeResponse({ status: 'BYE', code: { name: 'TRYLATER' }, text: 'x' }).toString()).toBe(
    'BYE (TRYLATER) "x"\r\n',
  );
  expect(writeResponse({ status: 'OK', code: { name: 'TAG', value: Buffer.from('a"b') } }).toString()).toBe(
    'OK (TAG "a\\"b")\r\n',
  );
  expect(writeResponse({ status: 'OK', code: { name: 'TAG', value: Buffer.from('a\r\n') } }).toString()).toBe(
    'OK (TAG {3}\r\na\r\n)\r\n',
  );
});

test('strings', () => {
  expect(writeString('ü').toString()).toBe('"ü"');
  expect(writeString('x'.repeat(1024)).toString()).toBe(`"${'x'.repeat(1024)}"`);
  expect(writeString('x'.repeat(1025)).toString()).toBe(`{1025}\r\n${'x'.repeat(1025)}`);
  expect(writeString(Buffer.from([0])).toString()).toBe('{1}\r\n\0');
});

test('scripts are octets, in a literal with its line end', () => {
  expect(
    writeScript(Buffer.from([0xff, 0x0a])).equals(
      Buffer.from([...Buffer.from('{2}\r\n'), 0xff, 0x0a, 0x0d, 0x0a]),
    ),
  ).toBe(true);
  expect(writeScript(Buffer.alloc(0)).toString()).toBe('{0}\r\n\r\n');
  expect(writeListed('a"b', true).toString()).toBe('"a\\"b" ACTIVE\r\n');
  expect(writeListed('a', false).toString()).toBe('"a"\r\n');
  expect(writeChallenge(Buffer.from('abc')).toString()).toBe('"YWJj"\r\n');
  expect(writeChallenge(Buffer.alloc(0)).toString()).toBe('""\r\n');
});

test('capabilities are always quoted lines, without what would need an escape', () => {
  expect(writeCapabilities([['A', 'b"c\\d\r\ne'], ['SASL', ''], ['STARTTLS']]).toString()).toBe(
    '"A" "bcde"\r\n"SASL" ""\r\n"STARTTLS"\r\n',
  );
});

test('what is written can be read', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      ),
      (octets) => {
        const reader = new CommandReader({ line: 10_000, literal: 10_000, skipped: 10_000 });
        reader.push(Buffer.concat([Buffer.from('NOOP '), writeString(octets), Buffer.from('\r\n')]));
        const line = reader.next();
        expect(line?.type === 'command' && line.arguments[0]).toEqual({
          type: 'string',
          octets: Buffer.from(octets),
        });
      },
    ),
    { numRuns: 300 },
  );
});
