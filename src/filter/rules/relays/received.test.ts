import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuTimer } from '../../../../test/support/cpu.ts';
import type { Relay } from '../../views/types.ts';
import { parseReceived } from './received.ts';

/** `ip rdns helo by ident auth envelope sender`, `-` for nothing. */
function short(relay: Relay): string {
  const { ip, rdns, helo, by, ident, auth, envelopeSender } = relay;
  return [ip, rdns, helo, by, ident, auth, envelopeSender ?? '']
    .map((part) => (part === '' ? '-' : part))
    .join(' ');
}

const DATE = '; Tue, 3 Nov 2026 10:00:00 +0100 (CET)';

test.each([
  // Postfix.
  [
    'from mail.example.org (mx.example.org [192.0.2.1]) by in.example.net (Postfix) with ESMTPS id 4A1B2C for <a@example.net>',
    '192.0.2.1 mx.example.org mail.example.org in.example.net - - -',
  ],
  [
    'from laptop (unknown [192.0.2.1]) by in.example.net (Postfix) with ESMTPSA id 4A1B2C',
    '192.0.2.1 - laptop in.example.net - ESMTPSA -',
  ],
  [
    'from a.example (b.example [IPv6:2001:db8::1]) by in.example.net (Postfix) with ESMTP id 1',
    '2001:db8::1 b.example a.example in.example.net - - -',
  ],
  [
    'from a.example (b.example [192.0.2.1]) (Authenticated sender: ann) by in.example.net (Postfix) with ESMTP id 1',
    '192.0.2.1 b.example a.example in.example.net - Postfix -',
  ],
  // Sendmail.
  [
    'from a.example (IDENT:root@b.example [192.0.2.1]) by in.example.net (8.17.1/8.17.1) with ESMTP id x1 (envelope-from <s@a.example>)',
    '192.0.2.1 b.example a.example in.example.net root - s@a.example',
  ],
  [
    'from a.example ([192.0.2.1]) by in.example.net (8.17.1/8.17.1) with ESMTP id x1',
    '192.0.2.1 - a.example in.example.net - - -',
  ],
  // Exim.
  [
    'from host.example ([192.0.2.1] helo=a.example ident=joe) by in.example.net with esmtp (Exim 4.96) id 1abc',
    '192.0.2.1 host.example a.example in.example.net joe - -',
  ],
  [
    'from host.example ([192.0.2.1]:4711) by in.example.net with esmtps (Exim 4.96) id 1abc',
    '192.0.2.1 host.example host.example in.example.net - - -',
  ],
  [
    'from [192.0.2.1] (helo=a.example) by in.example.net with esmtp (Exim 4.96) id 1abc',
    '192.0.2.1 - a.example in.example.net - - -',
  ],
  // qmail.
  [
    'from unknown (HELO a.example) (joe@192.0.2.1) by in.example.net with SMTP',
    '192.0.2.1 - a.example in.example.net joe - -',
  ],
  [
    'from b.example (192.0.2.1) by in.example.net with SMTP',
    '192.0.2.1 b.example b.example in.example.net - - -',
  ],
  // Exchange: its own hand-overs have no name that somebody looked up.
  [
    'from a.example (2001:db8::1) by b.example (2001:db8::2) with Microsoft SMTP Server (version=TLS1_2, cipher=x) id 15.20.1.2',
    '2001:db8::1 a.example a.example b.example - - -',
  ],
  [
    'from a.example ([fe80::1%4]) by a.example ([fe80::1%4]) with mapi id 15.20.0001.002',
    'fe80::1 - a.example a.example - - -',
  ],
  // Others.
  [
    'from a.example [192.0.2.1] by in.example.net (SMTPD32-7.07) id A1',
    '192.0.2.1 - a.example in.example.net - - -',
  ],
  [
    'from a.example(192.0.2.1) by in.example.net via smap (V1.3) id 1',
    '192.0.2.1 a.example - in.example.net - - -',
  ],
  ['from [192.0.2.1] by web.example.net with HTTP', '192.0.2.1 - - web.example.net - HTTP -'],
  [
    'from a.example ([192.0.2.1]:999 "EHLO b.example" rhost-flags-OK) by in.example.net with ESMTP id S1',
    '192.0.2.1 - b.example in.example.net - - -',
  ],
  [
    'from a.example ([::ffff:192.0.2.1]) by in.example.net (8.1/8.1) with SMTP id 1',
    '192.0.2.1 - a.example in.example.net - - -',
  ],
])('%s', (value, expected) => {
  const relay = parseReceived(value + DATE);
  expect(typeof relay === 'object' ? short(relay) : relay).toBe(expected);
});

test.each([
  ['by in.example.net (Postfix, from userid 1000) id 1', 'skipped'],
  ['(qmail 1234 invoked by uid 89)', 'skipped'],
  ['from root by in.example.net with local (Exim 4.96) id 1', 'skipped'],
  ['from a.example by in.example.net with ESMTP id 1', 'skipped'],
  ['from localhost (localhost [[UNIX: localhost]]) by in.example.net (8.1/8.1) id 1', 'skipped'],
  ['from mail pickup service by in.example.net with Microsoft SMTPSVC', 'skipped'],
  ['from mail.example.org [192.0.2.1] by localhost with POP3 (fetchmail-6.4) for a@localhost', 'fetched'],
  ['from somewhere (over the rainbow) by in.example.net', 'unparseable'],
  ['from MAILER-DAEMON id 1 by in.example.net (Agent v1)', 'unparseable'],
])('%s: %s', (value, expected) => {
  expect(parseReceived(value + DATE)).toBe(expected);
});

test('nothing a sender writes breaks the form of the metadata', () => {
  const relay = parseReceived(
    `from a]b (x[y>.example [192.0.2.1]) by in.example.net (Postfix) with SMTP id 1${DATE}`,
  ) as Relay;
  for (const part of [relay.helo, relay.rdns, relay.by, relay.ident])
    expect(part).not.toMatch(/[\s#[\]()<>|]/);
});

test('any text gives an answer, soon', () => {
  const word = fc.constantFrom(
    'from ',
    ' by ',
    '(',
    ')',
    '[',
    ']',
    '192.0.2.1',
    '::1',
    'helo=',
    'HELO ',
    ' with SMTP',
    'a.example',
    '@',
    ' ',
    '; ',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (words) => {
      expect(parseReceived(`from ${words.join('')}`)).toBeDefined();
    }),
    { numRuns: 400 },
  );
  const used = cpuTimer();
  for (const piece of ['(', '[', ' by ', 'helo=', '(a [', 'authenticated (', ') (', 'from a (b@'])
    parseReceived(`from ${piece.repeat(20_000)} by x`);
  expect(used()).toBeLessThan(1000);
});
