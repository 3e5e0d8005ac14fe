import { createHash } from 'node:crypto';
import type { Asking } from '../definitions.ts';
import type { RunState } from '../state.ts';

/**
 * A Message-ID with its angle brackets, from the host. When it has none to give, one is made of what tells this mail
 * from all others, so that the same run makes the same mail. `seed` tells the mails of one run apart.
 */
export function* newMessageId(state: RunState, seed: string): Asking<string> {
  const given = yield { ask: 'message-id' };
  if (typeof given === 'string' && /^[^<>\s\0-\x1f\x7f]+$/.test(given)) return `<${given}>`;
  const { header, envelope, recipient, now, line } = state;
  const parts = [header.get('message-id')?.value, envelope.sender, recipient, now.getTime(), line, seed];
  const unique = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
  return `<${unique}@${domainOf(recipient)}>`;
}

function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1);
  return /^[A-Za-z0-9.-]+$/.test(domain) ? domain : 'localhost';
}
