import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../message/envelope.ts';
import { receivedValue } from './received.ts';
import type { ReceivedFacts } from './received.ts';

const FACTS: ReceivedFacts = {
  id: '0abc',
  hostname: 'tamis.example',
  protocol: 'smtp',
  extended: true,
  now: new Date('2026-01-02T03:04:05Z'),
};
const ENVELOPE: Envelope = {
  client: { address: '192.0.2.7', name: 'mx.example.net', helo: 'mx.example.net' },
  sender: 'a@example.org',
  recipients: [{ address: 'b@example.com' }],
};
const received = (envelope: Partial<Envelope> = {}, facts: Partial<ReceivedFacts> = {}): string =>
  receivedValue({ ...ENVELOPE, ...envelope }, { ...FACTS, ...facts });

describe('receivedValue', () => {
  it('has the clauses of RFC 5321 §4.4', () => {
    expect(received()).toBe(
      'from mx.example.net (mx.example.net [192.0.2.7])\n\tby tamis.example with ESMTP id 0abc\n\tfor <b@example.com>; Fri, 02 Jan 2026 03:04:05 +0000',
    );
  });

  it('names nobody when there are several recipients, and no path it could not write', () => {
    expect(
      received({ recipients: [{ address: 'b@example.com' }, { address: 'c@example.com' }] }),
    ).not.toContain('for <');
    expect(received({ recipients: [{ address: '"b> c"@example.com' }] })).not.toContain('for <');
  });

  it.each([
    [{}, { extended: false }, 'with SMTP id'],
    [{ client: { tls: {} } }, {}, 'with ESMTPS id'],
    [{ client: { tls: { version: 'TLSv1.3', cipher: 'x' }, user: 'ann' } }, {}, 'with ESMTPSA id'],
    [{ client: { user: 'ann' }, smtputf8: true }, {}, 'with UTF8SMTPA id'],
    [{}, { protocol: 'lmtp' as const }, 'with LMTP id'],
  ])('tells how it came: %j %j', (envelope, facts, clause) => {
    expect(received(envelope, facts)).toContain(clause);
  });

  it('lets nothing of the client become structure', () => {
    const hostile = 'x) by evil; (\r\nBcc: y\u00e9';
    const value = received({ client: { address: '2001:db8::1', name: hostile, helo: hostile } });
    expect(value).toMatch(/^from [\w?.:-]+ \([\w?.:-]+ \[IPv6:2001:db8::1\]\)\n\tby /);
    expect(value.replaceAll('\n\t', '')).not.toMatch(/[\r\n]/);
  });
});
