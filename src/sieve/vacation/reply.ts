import { createHash } from 'node:crypto';
import { formatDate } from '../../message/date.ts';
import { mimeBody, textBody } from '../compose/body.ts';
import { composeMail, type GeneratedMail, unstructured } from '../compose/mail.ts';
import { addressKey, formatMailbox, type Mailbox } from '../compose/mailbox.ts';
import { threadFields } from '../compose/thread.ts';
import type { RunState } from '../state.ts';

/** What a vacation command says, its strings made. */
export interface VacationText {
  readonly reason: string;
  /** The reason brings its own MIME header. */
  readonly mime: boolean;
  readonly subject: string | undefined;
  /** As written, for comparing replies. */
  readonly from: string | undefined;
  readonly handle: string | undefined;
}

/**
 * Names a reply to a sender: those of one handle are the same; without one, those with the same text, subject, sender
 * and `:mime` (RFC 5230 §4.2).
 */
export function vacationKey(text: VacationText, sender: string): string {
  const what =
    text.handle === undefined
      ? ['text', text.reason, text.subject ?? null, text.from ?? null, text.mime]
      : ['handle', text.handle];
  return createHash('sha256')
    .update(JSON.stringify([addressKey(sender), ...what]))
    .digest('hex');
}

/** The reply (RFC 5230 §5, RFC 3834 §3), to the message that came: not to what the script has made of it. */
export function vacationReply(
  state: RunState,
  text: VacationText,
  from: Mailbox,
  messageId: string,
): GeneratedMail {
  const { sender } = state.envelope;
  const raw = composeMail(
    [
      // RFC 3834 §3.1.1 to RFC 3834 §3.1.3.
      ['From', formatMailbox(from)],
      ['To', formatMailbox({ name: senderName(state), address: sender })],
      ['Subject', unstructured(replySubject(state, text.subject))],
      ['Date', formatDate(state.now)],
      ['Message-ID', messageId],
      // RFC 5230 §5.8, RFC 3834 §3.1.6.
      ...threadFields(state.edited.received.header),
      // RFC 5230 §5.6, RFC 3834 §3.1.7.
      ['Auto-Submitted', 'auto-replied (vacation)'],
      // RFC 3834 §3.1.8: for old programs that look at nothing else.
      ['Precedence', 'bulk'],
      ['X-Auto-Response-Suppress', 'All'],
    ],
    text.mime ? mimeBody(text.reason) : textBody(text.reason),
  );
  // RFC 5230 §5.1, RFC 3834 §3.3 and RFC 3834 §4: to the envelope sender, from the null address where the site wants it.
  const envelope = state.settings.vacation.sendFromRecipient ? state.recipient : '';
  return { sender: envelope, recipients: [sender], raw };
}

/** RFC 5230 §5.5: the name that the sender has in the mail, when it is from him. */
function senderName({ edited, envelope }: RunState): string {
  const from = edited.received.header.all('from').flatMap(({ addresses }) => addresses);
  return from.find(({ address }) => addressKey(address) === addressKey(envelope.sender))?.name ?? '';
}

/** RFC 5230 §5.3: what the script says, or the mail's with a mark before it. */
function replySubject(state: RunState, subject: string | undefined): string {
  if (subject !== undefined) return subject;
  const { defaultSubject, subjectTemplate } = state.settings.vacation;
  const original = state.edited.received.header.get('subject')?.text.trim() ?? '';
  return original === '' ? defaultSubject : subjectTemplate.replaceAll('%{subject}', () => original);
}
