import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { parseMessage } from '../../message/parse.ts';
import { TokenSet } from './token-set.ts';
import { tokenize } from './tokenize.ts';

function tokensOf(text: string | Uint8Array, limit = 4000): Set<bigint> {
  const tokens = new TokenSet(limit);
  tokenize(parseMessage(typeof text === 'string' ? Buffer.from(text) : text), tokens);
  return new Set(tokens.toArray());
}

/** Number of tokens of `text` that `other` has not. */
const more = (text: string, other: string): number => {
  const had = tokensOf(other);
  return [...tokensOf(text)].filter((token) => !had.has(token)).length;
};

const BASE = 'From: Anna <anna@example.org>\nTo: ben@example.net\nSubject: hello\n\nSome words of text.\n';

describe('tokenize', () => {
  it.each([
    ['subject', BASE.replace('hello', 'invoice')],
    ['name of the sender', BASE.replace('Anna', 'Carla')],
    ['domain of the sender', BASE.replace('example.org', 'example.com')],
    ['text', BASE.replace('words', 'numbers')],
    ['reply', `Reply-To: x@example.com\n${BASE}`],
    ['link', BASE.replace('text.', 'text. https://shop.example/buy?id=1')],
    ['type', `Content-Type: text/html\n${BASE}`],
  ])('reads %s', (_, text) => {
    expect(more(text, BASE)).toBeGreaterThan(0);
  });

  it.each([
    ['trace fields', `Received: from a by b; x\nDelivered-To: ben@example.net\nX-Original-To: b\n${BASE}`],
    ['recipients', BASE.replace('ben@example.net', 'Carla <carla@example.com>, dan@example.com')],
    ['lists', `List-Id: <l.example.org>\nList-Unsubscribe: <mailto:x@y.example>\nPrecedence: bulk\n${BASE}`],
    ['ids and dates', `Message-ID: <1@x.example>\nDate: Mon, 2 Mar 2026 10:00:00 +0000\n${BASE}`],
    ['programs', `X-Mailer: Pen\nUser-Agent: Quill\n${BASE}`],
  ])('does not read %s', (_, text) => {
    expect(more(text, BASE)).toBe(0);
  });

  it('reads the domains of links, not what stands below or behind them', () => {
    const link = (address: string) => BASE.replace('text.', `text https://${address}`);
    expect(more(link('a.shop.example/x?id=1'), link('b.shop.example/y/z.html?user=2'))).toBe(0);
    expect(more(link('shop.example'), link('store.example'))).toBe(1);
  });

  it('reads attachments', () => {
    const mail = (name: string) =>
      `From: a@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="${name}"\n\nx\n--b--\n`;
    expect(more(mail('invoice.exe'), mail('photo.pdf'))).toBe(2);
  });

  it('gives at most so many tokens, within bounded time, and never throws', () => {
    const used = cpuTimer();
    const hostile = [
      `Content-Type: text/html\n\n${'<a href="http://a.example/b?c=d">x</a>'.repeat(20_000)}`,
      `Subject: ${'word '.repeat(50_000)}\n\n`,
      `From: ${'"a" <b@c.example>, '.repeat(20_000)}\n\n${'\u6f22'.repeat(200_000)}`,
      `Content-Type: multipart/mixed; boundary="${'x'.repeat(100_000)}"\n\n`,
    ];
    for (const text of hostile) expect(tokensOf(text, 500).size).toBeLessThanOrEqual(500);
    expect(used()).toBeLessThan(10_000);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        tokensOf(bytes);
      }),
      { numRuns: 200 },
    );
  });
});
