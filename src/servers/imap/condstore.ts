import type { Session } from './types.ts';

/** A command that speaks of modification sequences switches them on (RFC 7162 §3.1); the first is told where they are. */
export function enableCondstore(session: Session): void {
  if (session.enabled.has('CONDSTORE')) return;
  session.enable('CONDSTORE');
  session.send(`OK [HIGHESTMODSEQ ${session.selected.modseq}] Highest`);
}
