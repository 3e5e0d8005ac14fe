import type { RunState } from '../state.ts';
import type { Notification } from './types.ts';

/** Characters of a field of the mail that a notification repeats. */
const MAX_SHOWN = 200;

/** A field of the mail that caused a notification, on one line and not too long. */
export function shownField(state: RunState, name: string): string {
  const text = state.header.get(name)?.text ?? '';
  return Array.from(text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim())
    .slice(0, MAX_SHOWN)
    .join('');
}

/** What is told when the script says nothing (RFC 5435 §3.6): who wrote, and about what. */
export function defaultMessage(state: RunState): string {
  const from = shownField(state, 'from') || 'an unknown sender';
  const subject = shownField(state, 'subject');
  return subject === '' ? `New mail from ${from}` : `New mail from ${from}: ${subject}`;
}

/** RFC 5435 §3.4. */
export function importanceName({ importance }: Notification): 'high' | 'normal' | 'low' {
  return importance === 1 ? 'high' : importance === 2 ? 'normal' : 'low';
}

/** Why a mail must cause no notification: it is one itself (RFC 5436 §2.7.1, RFC 5436 §5). */
export function whyNotNotified(state: RunState): string | undefined {
  const own = state.edited.received.header
    .all('auto-submitted')
    .some(({ value }) => /^auto-notified\b/i.test(value));
  return own ? 'the mail is a notification itself' : undefined;
}
