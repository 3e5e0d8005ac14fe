import { randomBytes } from 'node:crypto';
import { formatDate } from '../../message/date.ts';

/** A recipient that will not get the mail, and why. */
export interface FailedRecipient {
  address: string;
  /** Last answer, one line of SMTP. */
  reply: string;
  /** Name of the server that gave it. */
  remote?: string;
  /** The answer was temporary, but the time is up. */
  expired: boolean;
}

export interface BounceOptions {
  /** To whom: the envelope sender of the mail that failed. */
  sender: string;
  hostname: string;
  /** Milliseconds since the epoch. */
  arrived: number;
  now: number;
  failed: readonly FailedRecipient[];
  /** The beginning of the mail that failed; its header is sent along. */
  original: Uint8Array;
  /** Unique part of Message-ID and boundary; hexadecimal. */
  unique?: string;
}

/** Bytes of the original's header that are sent along: enough for every trace field of an honest mail. */
export const MAX_HEADER_BYTES = 64 * 1024;

/**
 * A delivery status notification (RFC 3464): multipart/report (RFC 6522) of a text for people, the machine's part and
 * the header of the mail. With addresses or a header beyond ASCII the types of RFC 6533 are used.
 */
export function bounce(options: BounceOptions): Uint8Array {
  const unique = options.unique ?? randomBytes(12).toString('hex');
  const boundary = `=_${unique}`;
  const original = headerOf(options.original);
  const international = [options.sender, ...options.failed.map(({ address }) => address)].some(
    (text) => !ascii(text),
  );
  const status = options.failed.map((recipient) => recipientFields(recipient, options.now, international));
  const status8 = international ? '8bit' : '7bit';
  const original8 = ascii(original.toString('latin1')) ? '7bit' : '8bit';
  const head = [
    `From: Mail Delivery System <MAILER-DAEMON@${options.hostname}>`,
    `To: <${options.sender}>`,
    'Subject: Undelivered mail returned to sender',
    `Date: ${formatDate(new Date(options.now))}`,
    `Message-ID: <${unique}@${options.hostname}>`,
    // RFC 3834 §5.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Transfer-Encoding: ${status8}`,
    '',
    ...explanation(options),
    '',
    `--${boundary}`,
    `Content-Type: message/${international ? 'global-' : ''}delivery-status`,
    `Content-Transfer-Encoding: ${status8}`,
    '',
    `Reporting-MTA: dns; ${options.hostname}`,
    `Arrival-Date: ${formatDate(new Date(options.arrived))}`,
    '',
    ...status.flatMap((fields) => [...fields, '']),
    `--${boundary}`,
    `Content-Type: ${original8 === '8bit' ? 'message/global-headers' : 'text/rfc822-headers'}`,
    `Content-Transfer-Encoding: ${original8}`,
    '',
    '',
  ];
  const end = `\r\n--${boundary}--\r\n`;
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'utf8'), original, Buffer.from(end)]);
}

function explanation(options: BounceOptions): string[] {
  const expired = options.failed.some((recipient) => recipient.expired);
  return [
    `This is the mail system at ${options.hostname}.`,
    '',
    'Your message could not be delivered to the recipients named below.',
    ...(expired ? ['It was tried for as long as it is kept, and is given up now.'] : []),
    '',
    ...options.failed.flatMap(({ address, reply, remote }) => [
      `<${address}>:`,
      `    ${remote === undefined ? '' : `${remote} said: `}${reply}`,
    ]),
  ];
}

/** RFC 3464 §2.3. */
function recipientFields(recipient: FailedRecipient, now: number, international: boolean): string[] {
  const type = international ? 'utf-8' : 'rfc822';
  return [
    `Final-Recipient: ${type}; ${recipient.address}`,
    'Action: failed',
    `Status: ${statusOf(recipient)}`,
    ...(recipient.remote === undefined ? [] : [`Remote-MTA: dns; ${recipient.remote}`]),
    `Diagnostic-Code: smtp; ${recipient.reply}`,
    `Last-Attempt-Date: ${formatDate(new Date(now))}`,
  ];
}

/** The enhanced code of the answer, or the general one of its class (RFC 3463 §2). 4.4.7: delivery time expired. */
function statusOf({ reply, expired }: FailedRecipient): string {
  if (expired) return '4.4.7';
  const match = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(reply);
  return match?.[1]?.startsWith('5') ? match[1] : '5.0.0';
}

/** Header of a message with CRLF line endings, cut between lines when it is too long. */
function headerOf(message: Uint8Array): Buffer {
  const start = Buffer.from(message.subarray(0, MAX_HEADER_BYTES)).toString('latin1');
  const end = /\r?\n\r?\n/.exec(start)?.index;
  const cut = end ?? (message.length > start.length ? start.lastIndexOf('\n') : start.length);
  const text = start.slice(0, Math.max(cut, 0)).replace(/\r$/, '').replace(/\r?\n/g, '\r\n');
  return Buffer.from(`${text}\r\n`, 'latin1');
}

const ascii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
