import { parseMessage } from '../../../src/message/parse.ts';
import type { Action, RunOutcome } from '../../../src/sieve/types.ts';
import type { Pigeonhole } from '../../support/pigeonhole.ts';
import { type Outcome, tried } from './peer.ts';
import { ourRun, type Run } from './told.ts';

/** The mails that leave, each as text: its recipients, the fields that the RFCs speak of, and its text. */
export function ourMails(one: Run): Outcome {
  const outcome = ourRun(one);
  if ('kind' in outcome) return outcome;
  return { kind: 'actions', actions: outcome.actions.flatMap((action) => mailOf(action, outcome, one)) };
}

function mailOf(action: Action, outcome: RunOutcome, { mail }: Run): string[] {
  switch (action.type) {
    case 'vacation':
      return action.mail === undefined ? [] : [shown(action.mail.raw, action.mail.recipients)];
    case 'notify':
      return action.payload?.kind === 'mail'
        ? [shown(action.payload.mail.raw, action.payload.mail.recipients)]
        : [];
    case 'redirect': {
      const pieces = action.version === undefined ? undefined : outcome.versions[action.version]?.pieces;
      return [shown(pieces === undefined ? Buffer.from(mail) : Buffer.concat(pieces), [action.address])];
    }
    default:
      return [];
  }
}

/** Runs the script in earnest: sieve-test then prints the mails, and files the message into the Maildir. */
export const peerMails = (peer: Pigeonhole, run: Run): Outcome => tried(peer, run, mailsOf, '-e');

function mailsOf(output: string): string[] {
  // The mails come first, then who they go to.
  const end = output.search(/^\n?RECIPIENT: /m);
  const mails = output
    .slice(0, end === -1 ? 0 : end)
    .split(/^X-Sieve: Pigeonhole.*\r?\n/m)
    .slice(1);
  const recipients = output
    .slice(end)
    .split('END MESSAGE')
    .map((group) => [...group.matchAll(/^RECIPIENT: (.*)$/gm)].map((found) => found[1] ?? ''));
  return mails.map((raw, index) => shown(Buffer.from(raw), recipients[index] ?? []));
}

/** Fields that both write the same; of From and To the addresses. */
const FIELDS = [
  'subject',
  'in-reply-to',
  'references',
  'auto-submitted',
  'importance',
  'x-priority',
  'x-mine',
  'x-word',
  'x-new',
] as const;

function shown(raw: Uint8Array, recipients: readonly string[]): string {
  const { header, root } = parseMessage(raw);
  const addresses = ['from', 'to', 'cc'].map(
    (name) =>
      `${name}: ${header
        .all(name)
        .flatMap((field) => field.addresses.map(({ address }) => address.toLowerCase()))
        .join(', ')}`,
  );
  // A notification of ours names the mail it is about (RFC 5436 §2.7).
  const notification = header.get('auto-submitted')?.value.startsWith('auto-notified') === true;
  const fields = FIELDS.filter((name) => name !== 'references' || !notification).map(
    (name) =>
      `${name}: ${header
        .all(name)
        .map((field) => plainValue(field.text))
        .join(' / ')}`,
  );
  const text = (root.text ?? '').replaceAll('\r\n', '\n').trim();
  return [
    `to ${recipients
      .map((one) => one.toLowerCase())
      .sort()
      .join(', ')}`,
    ...addresses,
    ...fields,
    `${root.type} with ${root.children.length} parts: ${text}`,
  ].join('\n');
}

/** It folds with tabs, and begins words for people with a capital. */
const plainValue = (text: string): string =>
  text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^(?:High|Normal|Low)$/, (name) => name.toLowerCase());
