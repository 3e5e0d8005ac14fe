import { describe } from 'vitest';
import { describePeers } from '../../support/peers.ts';

/** A `describe` for what is compared with Dovecot: a peer like others, but one that only root can start. */
export function describeDovecot(name: string, body: () => void): void {
  if (process.getuid?.() === 0) describePeers(['/usr/lib/dovecot/imap'], name, body);
  else describe.skip(`${name} (skipped: Dovecot is started by root alone)`, body);
}
