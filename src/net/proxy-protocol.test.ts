import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProxyHeader, ProxyHeaderError } from './proxy-protocol.ts';
import type { ProxyHeader } from './proxy-protocol.ts';

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

function v2(command: number, family: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(0x20 | command, 0);
  head.writeUInt8((family << 4) | 1, 1);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([Buffer.from(SIGNATURE, 'latin1'), head, body]);
}

const tcp4 = v2(1, 1, Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0, 25]));

describe('parseProxyHeader', () => {
  it('reads version 1', () => {
    const line = 'PROXY TCP4 192.0.2.1 198.51.100.2 4660 25\r\n';
    expect(parseProxyHeader(Buffer.from(`${line}EHLO x\r\n`))).toEqual({
      length: line.length,
      source: { address: '192.0.2.1', port: 4660 },
      destination: { address: '198.51.100.2', port: 25 },
    });
    expect(parseProxyHeader(Buffer.from('PROXY TCP6 2001:DB8::1 ::1 1 2\r\n'))?.source).toEqual({
      address: '2001:db8::1',
      port: 1,
    });
    expect(parseProxyHeader(Buffer.from('PROXY UNKNOWN\r\n'))).toEqual({ length: 15 });
    expect(parseProxyHeader(Buffer.from('PROXY UNKNOWN ffff:f 1 2\r\n'))).toEqual({ length: 26 });
  });

  it('reads version 2, with TLVs behind the addresses', () => {
    expect(parseProxyHeader(tcp4)).toEqual({
      length: tcp4.length,
      source: { address: '192.0.2.1', port: 4660 },
      destination: { address: '198.51.100.2', port: 25 },
    });
    const ipv6 = Buffer.alloc(36 + 7);
    ipv6.set([0x20, 0x01, 0x0d, 0xb8], 0);
    ipv6.writeUInt8(1, 15);
    ipv6.writeUInt8(1, 31);
    const header = parseProxyHeader(v2(1, 2, ipv6));
    expect(header?.source?.address).toBe('2001:db8::1');
    expect(header?.destination?.address).toBe('::1');
    expect(header?.length).toBe(16 + 43);
  });

  it('knows no client for LOCAL and for unix sockets', () => {
    expect(parseProxyHeader(v2(0, 0, Buffer.alloc(0)))).toEqual({ length: 16 });
    expect(parseProxyHeader(v2(1, 3, Buffer.alloc(216)))).toEqual({ length: 232 });
  });

  it.each([
    'EHLO example.com\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 4660\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 4660 25 9\r\n',
    'PROXY TCP4 ::1 ::1 4660 25\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 70000 25\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 +1 25\r\n',
    `PROXY TCP4 ${'1'.repeat(200)}`,
    'PROXX',
  ])('refuses %j', (text) => {
    expect(() => parseProxyHeader(Buffer.from(text))).toThrow(ProxyHeaderError);
  });

  it('refuses a version 2 header that is too long, too short or of another version', () => {
    expect(() => parseProxyHeader(v2(1, 1, Buffer.alloc(5000)))).toThrow(ProxyHeaderError);
    expect(() => parseProxyHeader(v2(1, 1, Buffer.alloc(8)))).toThrow(ProxyHeaderError);
    const other = Buffer.from(tcp4);
    other.writeUInt8(0x11, 12);
    expect(() => parseProxyHeader(other)).toThrow(ProxyHeaderError);
  });

  it('asks for more until the header is whole, and never reads past it', () => {
    const headers = [
      tcp4,
      Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.2 1 25\r\n'),
      Buffer.from('PROXY UNKNOWN\r\n'),
    ];
    for (const header of headers) {
      for (let cut = 0; cut < header.length; cut++)
        expect(parseProxyHeader(header.subarray(0, cut))).toBeUndefined();
      const whole = parseProxyHeader(Buffer.concat([header, Buffer.from('MAIL FROM:<>\r\n')]));
      expect(whole?.length).toBe(header.length);
    }
  });

  it('answers any bytes with a header, a wish for more, or its own error', () => {
    const start = fc.constantFrom('', 'PROXY ', 'PROXY TCP4 ', SIGNATURE, `${SIGNATURE}\x21\x11\0\x0c`);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (prefix, rest) => {
        let header: ProxyHeader | undefined;
        try {
          header = parseProxyHeader(Buffer.concat([Buffer.from(prefix, 'latin1'), rest]));
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyHeaderError);
        }
        if (header !== undefined) expect(header.length).toBeLessThanOrEqual(prefix.length + rest.length);
      }),
      { numRuns: 500 },
    );
  });
});
