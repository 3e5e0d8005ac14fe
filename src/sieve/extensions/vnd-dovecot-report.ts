import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { formatDate } from '../../message/date.ts';
import { parseSieveAddress } from '../address.ts';
import { textBody } from '../compose/body.ts';
import { composeMail, type Field, type MailBody, unstructured } from '../compose/mail.ts';
import { addressKey } from '../compose/mailbox.ts';
import { newMessageId } from '../compose/message-id.ts';
import type { ActionDefinition, Asking, CommandDefinition, Extension } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import type { RunState } from '../state.ts';
import type { ReportAction } from '../types.ts';

/** A token (RFC 2045 §5.1), as the feedback type must be (RFC 5965 §3.1). */
const TOKEN = /^[!#$%&'*+\-.^_`{|}~\w]{1,60}$/;

/** One report of each type to each recipient; the first one counts. It does not touch the implicit keep. */
const reportAction: ActionDefinition<ReportAction> = {
  type: 'report',
  cancelsImplicitKeep: false,
  key: ({ feedbackType, recipient }) => `report ${feedbackType.toLowerCase()} ${addressKey(recipient)}`,
  // As mail that is sent because of mail (RFC 5228 §10).
  limit: (limits) => limits.redirects,
};

interface Report {
  readonly feedbackType: string;
  readonly text: string;
  readonly recipient: string;
  readonly headersOnly: boolean;
  readonly messageId: string;
}

/** An address for a machine-readable field: nothing that could end the line. */
const clean = (address: string): string => address.replace(/[\0-\x20\x7f<>]/g, '?');

/** The three parts of RFC 5965 §2; the message is the one that came, as evidence (RFC 5293 §7). */
function body(state: RunState, { feedbackType, text, headersOnly }: Report): MailBody {
  const { raw, root } = state.edited.received;
  const evidence = headersOnly ? raw.subarray(0, root.bodyStart) : raw;
  const boundary = `=_${createHash('sha256').update(raw).update(text).digest('hex').slice(0, 40)}`;
  const note = textBody(text);
  const eightBit = !isAscii(evidence) || !isAscii(note.content);
  const head = (fields: readonly Field[]): string =>
    fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // RFC 5965 §3.1 to RFC 5965 §3.3.
  const machine: Field[] = [
    ['Feedback-Type', feedbackType],
    ['User-Agent', 'Tamis'],
    ['Version', '1'],
    ['Original-Mail-From', `<${clean(state.envelope.sender)}>`],
    ['Original-Rcpt-To', `<${clean(state.recipient)}>`],
    ['Arrival-Date', formatDate(state.now)],
  ];
  const content = Buffer.concat([
    Buffer.from(`--${boundary}\r\n${head(note.fields.filter(([name]) => name !== 'MIME-Version'))}\r\n`),
    note.content,
    Buffer.from(
      `\r\n--${boundary}\r\n${head([['Content-Type', 'message/feedback-report']])}\r\n${head(machine)}`,
    ),
    Buffer.from(
      `\r\n--${boundary}\r\n${head([
        ['Content-Type', headersOnly ? 'text/rfc822-headers' : 'message/rfc822'],
        ['Content-Transfer-Encoding', isAscii(evidence) ? '7bit' : '8bit'],
        ['Content-Disposition', 'attachment'],
      ])}\r\n`,
    ),
    evidence,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return {
    fields: [
      ['MIME-Version', '1.0'],
      ['Content-Type', `multipart/report; report-type=feedback-report; boundary="${boundary}"`],
      ['Content-Transfer-Encoding', eightBit ? '8bit' : '7bit'],
    ],
    content,
  };
}

function compose(state: RunState, report: Report): Uint8Array {
  const subject = state.edited.received.header.get('subject')?.text ?? '(no subject)';
  const from = parseSieveAddress(state.recipient);
  return composeMail(
    [
      ['Message-ID', report.messageId],
      ['Date', formatDate(state.now)],
      ['From', from ?? 'MAILER-DAEMON'],
      ['To', report.recipient],
      ['Subject', unstructured(`Report: ${subject}`)],
      // RFC 3834 §5.
      ['Auto-Submitted', 'auto-generated (report)'],
    ],
    body(state, report),
  );
}

/** A report must not go to the account that makes it: it would be reported again. */
function whyNot(state: RunState, recipient: string): string | undefined {
  const own = [state.recipient, ...state.addresses].map(addressKey);
  if (own.includes(addressKey(recipient))) return 'it would come back to this account';
  return undefined;
}

/** Sends a report of abuse (RFC 5965); Pigeonhole's specification. */
const reportCommand: CommandDefinition = {
  name: 'report',
  tags: [{ name: 'headers_only' }],
  parameters: [
    { name: 'feedback type', type: 'string' },
    { name: 'message', type: 'string' },
    { name: 'recipient', type: 'string' },
  ],
  compile(call, compiler) {
    const type = call.string('feedback type');
    const address = call.string('recipient');
    const text = call.string('message');
    const badType = (value: string): string =>
      `report: ${JSON.stringify(shorten(value))} is not a feedback type`;
    const badAddress = (value: string): string =>
      `report: ${JSON.stringify(shorten(value))} is not an address`;
    if (type.constant !== undefined && !TOKEN.test(type.constant))
      compiler.diagnostics.error(type, badType(type.constant));
    if (address.constant !== undefined && parseSieveAddress(address.constant) === undefined)
      compiler.diagnostics.error(address, badAddress(address.constant));
    const { line, modifiers } = call;
    const run = function* (state: RunState): Asking<void> {
      const feedbackType = type.get(state);
      if (!TOKEN.test(feedbackType)) state.fail(badType(feedbackType));
      const written = address.get(state);
      const recipient = parseSieveAddress(written) ?? state.fail(badAddress(written));
      const suppressed = whyNot(state, recipient);
      const action: ReportAction = { type: 'report', line, feedbackType, recipient };
      if (suppressed === undefined) {
        const messageId = yield* newMessageId(state, `report ${feedbackType} ${recipient}`);
        state.spend(state.edited.received.raw.length >> 10);
        const report = {
          feedbackType,
          text: text.get(state),
          recipient,
          headersOnly: call.has('headers_only'),
          messageId,
        };
        // The null sender, so that nothing comes back (RFC 3834 §3.3).
        action.mail = { sender: '', recipients: [recipient], raw: compose(state, report) };
      } else action.suppressed = suppressed;
      state.result.add(state, action, modifiers);
    };
    compiler.emit({ op: 'ask', line, run });
  },
};

export const vndDovecotReport: Extension = {
  capability: 'vnd.dovecot.report',
  commands: [reportCommand],
  actions: [reportAction],
};
