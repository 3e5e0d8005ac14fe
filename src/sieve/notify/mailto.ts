import { formatDate } from '../../message/date.ts';
import { parseSieveAddress } from '../address.ts';
import { textBody } from '../compose/body.ts';
import { composeMail, type Field, unstructured } from '../compose/mail.ts';
import { addressKey, formatMailbox, parseMailbox } from '../compose/mailbox.ts';
import { newMessageId } from '../compose/message-id.ts';
import { messageIdOf } from '../compose/thread.ts';
import type { RunState } from '../state.ts';
import { type MailtoUri, parseMailto } from './mailto-uri.ts';
import { importanceName, shownField, whyNotNotified } from './text.ts';
import type { Notification, NotifyMethod } from './types.ts';

const NO_RECIPIENT = 'the URI names no recipient';

const recipientsOf = ({ to, cc, bcc }: MailtoUri): string[] => [...to, ...cc, ...bcc];

/** Notifications by mail (RFC 5436). */
export const mailto: NotifyMethod = {
  scheme: 'mailto',
  fault(uri) {
    const parsed = parseMailto(uri);
    return typeof parsed === 'string' ? parsed : undefined;
  },
  doubt(uri) {
    const parsed = parseMailto(uri);
    return typeof parsed !== 'string' && recipientsOf(parsed).length === 0 ? NO_RECIPIENT : undefined;
  },
  refused: () => undefined,
  *compose(state, notification) {
    const parsed = parseMailto(notification.uri);
    if (typeof parsed === 'string') return state.fail(`notify: ${parsed}`);
    const why = whyNotNotified(state);
    if (why !== undefined) return { suppressed: why };
    if (recipientsOf(parsed).length === 0) return { suppressed: NO_RECIPIENT };
    const uri = stillToNotify(state, parsed);
    const recipients = recipientsOf(uri);
    if (recipients.length === 0) return undefined;
    const messageId = yield* newMessageId(state, JSON.stringify(recipients));
    const raw = composeMail(
      header(state, notification, uri, messageId),
      textBody(uri.body ?? defaultBody(state)),
    );
    return { kind: 'mail', mail: { sender: envelopeSender(state, notification), recipients, raw } };
  },
};

/** The recipients without those another notification of this run goes to, and no more than the site allows. */
function stillToNotify(state: RunState, uri: MailtoUri): MailtoUri {
  const known = new Set<string>();
  for (const action of state.result.actions)
    if (action.type === 'notify' && action.payload?.kind === 'mail')
      for (const recipient of action.payload.mail.recipients) known.add(addressKey(recipient));
  let left = state.settings.notify.mailtoRecipients;
  const keep = (addresses: readonly string[]): string[] =>
    addresses.filter((address) => !known.has(addressKey(address)) && left-- > 0);
  return { ...uri, to: keep(uri.to), cc: keep(uri.cc), bcc: keep(uri.bcc) };
}

/** RFC 5436 §2.7. */
function header(state: RunState, notification: Notification, uri: MailtoUri, messageId: string): Field[] {
  const { from, message } = notification;
  const importance = importanceName(notification);
  const original = messageIdOf(state.header);
  const subject = shownField(state, 'subject');
  const sender = (from === undefined ? undefined : parseMailbox(from)) ?? {
    name: '',
    address: state.recipient,
  };
  return [
    // RFC 5436 §2.3.
    ['From', formatMailbox(sender)],
    ...(uri.to.length > 0 ? [['To', uri.to.join(', ')] as const] : []),
    ...(uri.cc.length > 0 ? [['Cc', uri.cc.join(', ')] as const] : []),
    // RFC 5436 §2.6: what the script says, what the URI says, or what the mail is about.
    [
      'Subject',
      unstructured(message ?? uri.subject ?? `Notification: ${subject === '' ? '(no subject)' : subject}`),
    ],
    ['Date', formatDate(state.now)],
    ['Message-ID', messageId],
    ...(original === undefined ? [] : [['References', original] as const]),
    // RFC 5436 §2.7.1.
    ['Auto-Submitted', `auto-notified; owner-email="${state.recipient.replace(/["\\]/g, '\\$&')}"`],
    // RFC 5436 §2.4.
    ['Importance', importance],
    ['X-Priority', { high: '1 (Highest)', normal: '3 (Normal)', low: '5 (Lowest)' }[importance]],
    ...uri.fields.map(([name, value]) => [name, unstructured(value)] as const),
  ];
}

/** RFC 5436 §2.7: where the script's URI has no body, a few words. */
function defaultBody(state: RunState): string {
  return [
    'Notification of new mail.',
    '',
    `From: ${shownField(state, 'from')}`,
    `Subject: ${shownField(state, 'subject')}`,
    '',
  ].join('\n');
}

/**
 * RFC 5436 §2.7: a mail with the null sender must cause one with the null sender, so that bounces end. Otherwise what the
 * site wants, else `:from`, else the owner.
 */
function envelopeSender(state: RunState, { from }: Notification): string {
  const { sender } = state.envelope;
  if (sender === '') return '';
  const setting = state.settings.notify.mailtoEnvelopeFrom;
  switch (setting) {
    case '':
      return (from === undefined ? undefined : parseSieveAddress(from)) ?? state.recipient;
    case 'null':
      return '';
    case 'sender':
      return sender;
    case 'recipient':
      return state.recipient;
    case 'orig_recipient':
      return originalRecipient(state);
    case 'postmaster':
      return `postmaster${state.recipient.slice(state.recipient.lastIndexOf('@'))}`;
    case 'user_email':
      return state.addresses[0] ?? state.recipient;
    default:
      return parseSieveAddress(setting) ?? state.recipient;
  }
}

function originalRecipient({ envelope, recipient }: RunState): string {
  const orcpt = envelope.recipients.find(({ address }) => address === recipient)?.orcpt;
  return parseSieveAddress(orcpt?.replace(/^rfc822;/i, '') ?? '') ?? recipient;
}
