import { describe, expect, test } from 'vitest';
import { cpuTime, cpuTimer } from '../../test/support/cpu.ts';
import { defaultMessageLimits } from './limits.ts';
import { parseMessage } from './parse.ts';
import { touchEverything } from './testing.ts';
import type { Message } from './types.ts';

const codes = (message: Message): string[] => [...new Set(message.defects.map(({ code }) => code))];
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Milliseconds of processor time (other tests may run beside this) to parse and touch everything. */
function time(raw: Uint8Array): number {
  return cpuTime(() => touchEverything(parseMessage(raw)));
}

const many = (count: number): Record<string, string> => ({
  'header fields': `${'X-A: b\n'.repeat(count)}Content-Type: text/html\n\n<p>x`,
  'header lines that are folds': `A: b\n${' c\n'.repeat(count)}\nx`,
  'one header line': `A: ${'b'.repeat(count * 8)}\n\nx`,
  'a header without an end': 'x'.repeat(count * 8),
  'colons and no names': ':\n'.repeat(count),
  parts: `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(count)}--b--\n`,
  'parts with headers that do not end': `Content-Type: multipart/mixed; boundary=b\n\n${'--b\nA: b\n'.repeat(count)}`,
  'lines that look like boundaries': `Content-Type: multipart/mixed; boundary=b\n\n${'--c\n'.repeat(count)}`,
  'long lines that look like boundaries': `Content-Type: multipart/mixed; boundary=b\n\n${`--${'c'.repeat(5000)}\n`.repeat(count / 500)}`,
  'nested multiparts': Array.from(
    { length: count / 100 },
    (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
  ).join(''),
  'nested messages': 'Content-Type: message/rfc822\n\n'.repeat(count / 100),
  'nested with one boundary': 'Content-Type: multipart/mixed; boundary=b\n\n--b\n'.repeat(count / 100),
  comments: `From: ${'('.repeat(count)}\nTo: ${'()'.repeat(count)}\n\nx`,
  quotes: `From: ${'"'.repeat(count)}\nTo: ${'\\"'.repeat(count)}\n\nx`,
  angles: `From: ${'<'.repeat(count)}\nTo: ${'<a,'.repeat(count)}\nCc: ${'<@a,'.repeat(count)}\n\nx`,
  addresses: `To: ${'a@b,'.repeat(count)}\nCc: ${'a '.repeat(count)}\nBcc: ${'g:'.repeat(count)}\nFrom: ${'[a'.repeat(count)}\n\nx`,
  'encoded words': `Subject: ${'=?a?q?x?= '.repeat(count)}\nSubject: ${'=?a?q?'.repeat(count)}\nSubject: ${'=?'.repeat(count)}\n\nx`,
  parameters: `Content-Type: text/plain; ${'a=b; '.repeat(count)}\n\nx`,
  'parameter segments': `Content-Disposition: a; ${Array.from({ length: count / 10 }, (_, i) => `n*${i}*=x`).join(';')}\n\nx`,
  'quoted-printable': `Content-Transfer-Encoding: quoted-printable\n\n${'= '.repeat(count)}${' '.repeat(count)}${'=\n'.repeat(count)}`,
  base64: `Content-Transfer-Encoding: base64\n\n${'A='.repeat(count)}${'!'.repeat(count)}`,
  uuencode: `Content-Transfer-Encoding: x-uue\n\n${'begin 644 a\n'.repeat(count)}`,
  links: `\n${'http://a.example/ '.repeat(count)}${'http://'.repeat(count)}${'www.'.repeat(count)}${'mailto:'.repeat(count)}`,
  'a long link': `\nhttp://a/${'(.,'.repeat(count)}`,
  html: `Content-Type: text/html\n\n${'<div><a href=x>'.repeat(count)}`,
  'html attributes': `Content-Type: text/html\n\n<a ${'b=c '.repeat(count)}>`,
  dates: `Date: ${'1 '.repeat(count)}\nDate: ${'('.repeat(count)}\n\nx`,
});

describe('hostile messages take time in proportion to their size', () => {
  const [small, large] = [many(10_000), many(40_000)];
  test.each(Object.keys(small))('%s', (name) => {
    const [one, four] = [bytes(small[name] ?? ''), bytes(large[name] ?? '')];
    time(one);
    const first = Math.min(time(one), time(one));
    const fourth = Math.min(time(four), time(four));
    // Quadratic would be 16 times as long; a few milliseconds are noise.
    expect(fourth).toBeLessThan(first * 9 + 40);
    expect(fourth).toBeLessThan(1500);
  });
});

describe('limits', () => {
  test('100,000 header fields: ten thousand are listed, the MIME fields behind them count', () => {
    const message = parseMessage(bytes(`${'X-A: b\n'.repeat(100_000)}Content-Type: text/html\n\n<p>body`));
    expect(message.header.fields).toHaveLength(10_001);
    expect(message.root.type).toBe('text/html');
    expect(message.text).toBe('body');
    expect(codes(message)).toEqual(['too-many-header-fields']);
  });

  test('a header of 5 MB ends at the limit, the rest is body', () => {
    const raw = bytes(`${`X-A: ${'b'.repeat(990)}\n`.repeat(5000)}\nbody`);
    const message = parseMessage(raw);
    expect(message.header.end).toBeGreaterThan(defaultMessageLimits.headerBytes - 1000);
    expect(message.root.bodyStart).toBeLessThan(defaultMessageLimits.headerBytes + 1000);
    expect(message.root.content).toHaveLength(raw.length - message.root.bodyStart);
    expect(codes(message)).toEqual(['header-too-long']);
  });

  test('one header line of 5 MB', () => {
    const message = parseMessage(bytes(`A: ${'b'.repeat(5_000_000)}\n\nbody`));
    expect(message.header.fields).toHaveLength(0);
    expect(codes(message)).toEqual(['header-too-long']);
  });

  test('10,000 parts: a thousand are listed, the rest stays in the body around them', () => {
    const raw = bytes(`Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(10_000)}--b--\n`);
    const message = parseMessage(raw);
    expect(message.parts).toHaveLength(1000);
    expect(message.root.end).toBe(raw.length);
    expect(codes(message)).toContain('too-many-parts');
    expect(parseMessage(raw, { ...defaultMessageLimits, parts: 20_000 }).parts).toHaveLength(10_001);
  });

  test('500 levels: a hundred are looked into', () => {
    const level = (i: number): string => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`;
    const raw = bytes(`${Array.from({ length: 500 }, (_, i) => level(i)).join('')}\nthe innermost`);
    const message = parseMessage(raw);
    expect(message.parts.at(-1)?.depth).toBe(100);
    expect(codes(message)).toContain('too-deep');
    expect(message.text).toContain('the innermost');
    const deep = parseMessage(raw, { ...defaultMessageLimits, depth: 1000 });
    expect(deep.parts.at(-1)?.depth).toBe(500);
    expect(deep.text).toBe('the innermost');
  });

  test('500 nested messages', () => {
    const message = parseMessage(bytes(`${'Content-Type: message/rfc822\n\n'.repeat(500)}Subject: x\n\ny`));
    expect(message.parts).toHaveLength(101);
    expect(codes(message)).toContain('too-deep');
  });

  test('a message of 50 MB is kept as it is', () => {
    const line = `${'QUJD'.repeat(19)}\n`;
    const raw = bytes(
      `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n${'text '.repeat(2_000_000)}\n--b\nContent-Type: application/x-data\nContent-Transfer-Encoding: base64\n\n${line.repeat(600_000)}--b--\n`,
    );
    expect(raw.length).toBeGreaterThan(50e6);
    const before = process.memoryUsage().arrayBuffers;
    const used = cpuTimer();
    const message = parseMessage(raw);
    expect(used()).toBeLessThan(500);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    expect(message.parts[1]?.content.buffer).toBe(raw.buffer);
    expect(message.parts[2]?.content.length).toBe(600_000 * 57);
    expect(codes(message)).toEqual(['text-truncated']);
  });

  test('text, links, addresses, parameters and defects stop at their limits', () => {
    const html = `Content-Type: text/html\n\n${'<a href=http://x/>y</a>'.repeat(60_000)}`;
    expect(codes(parseMessage(bytes(html)))).toContain('html-truncated');
    const links = parseMessage(
      bytes(`\n${Array.from({ length: 3000 }, (_, i) => `http://x/${i}`).join(' ')}`),
    );
    expect(links.links).toHaveLength(2000);
    const to = parseMessage(bytes(`To: ${'a@b,'.repeat(6000)}\n\n`));
    expect(to.header.get('to')?.addresses).toHaveLength(5000);
    expect(codes(to)).toContain('too-many-addresses');
    const long = parseMessage(bytes(`Subject: ${`${'x'.repeat(900)}\n `.repeat(400)}\n\n`));
    expect(long.header.get('subject')?.text.length).toBeLessThanOrEqual(defaultMessageLimits.fieldBytes);
    expect(long.header.get('subject')?.rawValue.length).toBeGreaterThan(defaultMessageLimits.fieldBytes);
    expect(codes(long)).toContain('field-too-long');
    const type = parseMessage(
      bytes(`Content-Type: text/plain${Array.from({ length: 300 }, (_, i) => `; a${i}=b`).join('')}\n\n`),
    );
    expect(type.root.parameters.size).toBe(200);
    expect(codes(type)).toContain('too-many-parameters');
    const words = parseMessage(bytes(`Subject: ${'=?a?q?x?= '.repeat(6000)}\n\n`));
    expect(codes(words)).toContain('too-many-encoded-words');
    const broken = parseMessage(bytes(`${'Date: x\n'.repeat(3000)}\n`));
    expect(broken.defects).toHaveLength(1000);
  });
});
