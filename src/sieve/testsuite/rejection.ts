import { createHash } from 'node:crypto';
import { composeMail, type GeneratedMail } from '../compose/mail.ts';
import { messageIdOf, threadFields } from '../compose/thread.ts';
import type { Message } from '../../message/types.ts';
import { formatDate } from '../../message/date.ts';

export interface Refusal {
  /** The message that came. */
  readonly message: Message;
  readonly sender: string;
  readonly recipient: string;
  readonly original: string;
  readonly reason: string;
  readonly now: Date;
}

const BOUNDARY = 'refused-by-sieve';

/** The notification that tells a sender of a refusal (RFC 5429 §2.2.1, RFC 8098 §3). */
export function rejection({ message, sender, recipient, original, reason, now }: Refusal): GeneratedMail {
  const id = messageIdOf(message.header);
  const head = Buffer.from(message.raw.subarray(message.header.start, message.header.end)).toString('latin1');
  const report = [
    'Reporting-UA: localhost; Tamis',
    `Original-Recipient: rfc822; ${original}`,
    `Final-Recipient: rfc822; ${recipient}`,
    ...(id === undefined ? [] : [`Original-Message-ID: ${id}`]),
    'Disposition: automatic-action/MDN-sent-automatically; deleted',
  ];
  const content = [
    part('text/plain; charset=utf-8', Buffer.from(reason.toWellFormed())),
    part('message/disposition-notification', Buffer.from(`${report.join('\r\n')}\r\n`)),
    part('text/rfc822-headers', Buffer.from(head, 'latin1')),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ];
  const domain = recipient.split('@').at(-1) ?? 'localhost';
  const raw = composeMail(
    [
      ['From', `Mail Delivery Subsystem <postmaster@${domain}>`],
      ['To', `<${sender}>`],
      ['Date', formatDate(now)],
      ['Subject', 'Automatically rejected mail'],
      ['Message-ID', `<${uniqueOf([id, sender, recipient, reason, now.getTime()])}@${domain}>`],
      // RFC 3834 §5.
      ['Auto-Submitted', 'auto-replied (rejected)'],
      ['Precedence', 'bulk'],
      ...threadFields(message.header),
    ],
    {
      fields: [
        ['MIME-Version', '1.0'],
        ['Content-Type', `multipart/report; report-type=disposition-notification; boundary="${BOUNDARY}"`],
      ],
      content: Buffer.concat(content),
    },
  );
  // RFC 5429 §2.2: never answered by a bounce.
  return { sender: '', recipients: [sender], raw };
}

function uniqueOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

function part(type: string, content: Uint8Array): Uint8Array {
  const encoding = content.every((octet) => octet < 0x80) ? '7bit' : '8bit';
  const head = `--${BOUNDARY}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')]);
}
