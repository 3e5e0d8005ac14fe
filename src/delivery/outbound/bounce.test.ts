import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import { bounce, type BounceOptions, MAX_HEADER_BYTES } from './bounce.ts';

const options: BounceOptions = {
  sender: 'anna@example.org',
  hostname: 'mx.example.net',
  arrived: Date.UTC(2026, 2, 2, 9, 5),
  now: Date.UTC(2026, 2, 2, 10, 5),
  failed: [
    {
      address: 'nobody@example.com',
      reply: '550 5.1.1 No such user',
      remote: 'mx.example.com',
      expired: false,
    },
    { address: 'slow@example.com', reply: '451 4.4.1 No answer', expired: true },
    { address: 'odd@example.com', reply: '554 go away', expired: false },
  ],
  original: Buffer.from('Received: x\nSubject: Gr\xfc\xdfe\nMessage-ID: <1@x>\n\nthe body\n', 'latin1'),
  unique: 'abc123',
};

describe('bounces', () => {
  test('a delivery status notification of three parts', async () => {
    const bytes = bounce(options);
    const text = Buffer.from(bytes).toString('latin1');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const message = parseMessage(bytes);
    expect(message.defects).toEqual([]);
    expect(message.header.get('content-type')?.parameterized.parameters.get('report-type')).toBe(
      'delivery-status',
    );
    expect(message.header.get('auto-submitted')?.value).toBe('auto-replied');
    expect(message.root.children.map((part) => part.type)).toEqual([
      'text/plain',
      'message/delivery-status',
      'message/global-headers',
    ]);
    const status = Buffer.from(message.root.children[1]?.content ?? [])
      .toString()
      .trim();
    expect(status.split('\r\n\r\n').map((block) => block.split('\r\n'))).toEqual([
      ['Reporting-MTA: dns; mx.example.net', 'Arrival-Date: Mon, 02 Mar 2026 09:05:00 +0000'],
      [
        'Final-Recipient: rfc822; nobody@example.com',
        'Action: failed',
        'Status: 5.1.1',
        'Remote-MTA: dns; mx.example.com',
        'Diagnostic-Code: smtp; 550 5.1.1 No such user',
        'Last-Attempt-Date: Mon, 02 Mar 2026 10:05:00 +0000',
      ],
      [
        'Final-Recipient: rfc822; slow@example.com',
        'Action: failed',
        'Status: 4.4.7',
        'Diagnostic-Code: smtp; 451 4.4.1 No answer',
        'Last-Attempt-Date: Mon, 02 Mar 2026 10:05:00 +0000',
      ],
      [
        'Final-Recipient: rfc822; odd@example.com',
        'Action: failed',
        'Status: 5.0.0',
        'Diagnostic-Code: smtp; 554 go away',
        'Last-Attempt-Date: Mon, 02 Mar 2026 10:05:00 +0000',
      ],
    ]);
    const header = Buffer.from(message.root.children[2]?.content ?? []).toString('latin1');
    expect(header).toContain('Subject: Gr\xfc\xdfe\r\n');
    expect(header).not.toContain('the body');
    const other = await PostalMime.parse(bytes);
    expect(other.to?.[0]?.address).toBe('anna@example.org');
    expect(other.text).toContain('<nobody@example.com>:');
    expect(other.text).toContain('given up');
  });

  test('an ASCII header is text/rfc822-headers, and a long one is cut between lines', () => {
    const line = `X-Long: ${'y'.repeat(70)}\r\n`;
    const original = Buffer.from(line.repeat(2000));
    const message = parseMessage(bounce({ ...options, original }));
    const part = message.root.children[2];
    expect(part?.type).toBe('text/rfc822-headers');
    const text = Buffer.from(part?.content ?? []).toString();
    expect(text.length).toBeGreaterThan(MAX_HEADER_BYTES - 200);
    expect(text.length).toBeLessThanOrEqual(MAX_HEADER_BYTES);
    expect(text.endsWith('y\r\n') || text.endsWith('y')).toBe(true);
  });

  test('addresses beyond ASCII take the types of RFC 6533', () => {
    const failed = [{ address: 'jörg@example.com', reply: '550 5.1.1 no', expired: false }];
    const message = parseMessage(bounce({ ...options, failed }));
    expect(message.root.children[1]?.type).toBe('message/global-delivery-status');
    expect(Buffer.from(message.root.children[1]?.content ?? []).toString()).toContain(
      'Final-Recipient: utf-8; jörg@example.com',
    );
  });

  test('an original without header or end', () => {
    for (const original of ['', '\r\n', 'no header at all', 'A: b']) {
      expect(parseMessage(bounce({ ...options, original: Buffer.from(original) })).root.children.length).toBe(
        3,
      );
    }
  });
});
