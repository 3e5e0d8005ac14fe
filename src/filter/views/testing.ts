/** For tests: a message written as text, and what a session told of it. */
import { defaultMessageLimits } from '../../message/limits.ts';
import { parseMessage } from '../../message/parse.ts';
import type { CheckContext } from '../types.ts';

/** The text is latin1; lines end with CRLF in the message. */
export function contextOf(text: string): CheckContext {
  return {
    message: parseMessage(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'), defaultMessageLimits),
    envelope: {
      client: { address: '203.0.113.9', helo: 'mail.example.org' },
      sender: 'bounce@example.org',
      recipients: [{ address: 'ben@example.net' }],
    },
    authentication: {
      spf: { result: 'none', domain: 'example.org', identity: 'mailfrom' },
      dkim: [],
      dmarc: { result: 'none', domain: 'example.org', policy: undefined },
      arc: { result: 'none', instances: 0, sealer: undefined },
      iprev: 'none',
      field: '',
    },
    now: Date.parse('2026-03-10T12:00:00Z'),
  };
}
