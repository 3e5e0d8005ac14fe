import { isAscii } from 'node:buffer';
import { createHash } from 'node:crypto';
import { formatDate } from '../../message/date.ts';
import type { HeaderField } from '../../message/types.ts';
import { textBody } from '../compose/body.ts';
import type { Field } from '../compose/mail.ts';
import { formatMailbox, parseMailbox } from '../compose/mailbox.ts';
import { newMessageId } from '../compose/message-id.ts';
import type { Asking, CommandDefinition, Extension } from '../definitions.ts';
import { lineEndingOf } from '../edited-message.ts';
import { fieldValue } from '../field-value.ts';
import { checkFieldNames } from '../header-query.ts';
import { moveLoops } from '../mime/part-loop.ts';
import type { RunState } from '../state.ts';

/** Fields that say what the new message is, and are never copied into it. */
const OWN_FIELDS = /^(?:content-.*|mime-version)$/;
/** Fields copied at the most: `:headers` may name one that is there thousands of times. */
const MAX_COPIED = 1000;

/** The fields named in `:headers`, in the order of the message (RFC 5703 §6). */
function copied(state: RunState, names: readonly string[]): HeaderField[] {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const { fields } = state.message.header;
  state.spend(fields.length);
  return fields.filter(({ key }) => wanted.has(key) && !OWN_FIELDS.test(key)).slice(0, MAX_COPIED);
}

/** The owner of the script, as the author of what the script writes. */
function author(recipient: string): string {
  const mailbox = parseMailbox(recipient);
  return mailbox === undefined ? 'MAILER-DAEMON' : formatMailbox(mailbox);
}

interface Wrapping {
  readonly text: string;
  readonly subject: string | undefined;
  readonly headers: readonly string[];
  readonly messageId: string;
}

/** The new message around the old one, which stays octet for octet (RFC 5703 §11). */
function wrap(state: RunState, { text, subject, headers, messageId }: Wrapping): Uint8Array[] {
  const { message, now, recipient } = state;
  const { raw } = message;
  const end = lineEndingOf(raw);
  // Of the message itself: who writes a message cannot know what his boundary would have to be.
  const boundary = `=_${createHash('sha256').update(raw).digest('hex').slice(0, 40)}`;
  const fields = copied(state, headers);
  const has = (key: string): boolean => fields.some((field) => field.key === key);
  const own: Field[] = [];
  if (!has('date')) own.push(['Date', formatDate(now)]);
  if (!has('from')) own.push(['From', fieldValue('From', author(recipient))]);
  if (subject !== undefined) own.push(['Subject', fieldValue('Subject', subject)]);
  if (!has('message-id')) own.push(['Message-ID', messageId]);
  const note = textBody(text);
  const encoding = isAscii(raw) ? '7bit' : '8bit';
  const eightBit = encoding === '8bit' || !isAscii(note.content);
  const block = (list: readonly Field[]): Buffer =>
    Buffer.from(
      list
        .map(([name, value]) => `${name}: ${value}\n`)
        .join('')
        .replaceAll('\n', end),
      'utf8',
    );
  const pieces: Uint8Array[] = [];
  for (const field of fields)
    if (subject === undefined || field.key !== 'subject') pieces.push(raw.subarray(field.start, field.end));
  // RFC 5703 §6: without :subject, that of the enclosed message.
  if (subject === undefined && !has('subject'))
    for (const field of message.header.all('subject').slice(0, 1))
      pieces.push(raw.subarray(field.start, field.end));
  const last = pieces.at(-1);
  if (last !== undefined && last.at(-1) !== 0x0a) pieces.push(Buffer.from(end));
  const content = Buffer.from(note.content).toString('latin1').replaceAll('\r\n', end);
  pieces.push(
    block([
      ...own,
      ['MIME-Version', '1.0'],
      ['Content-Type', `multipart/mixed; boundary="${boundary}"`],
      ['Content-Transfer-Encoding', eightBit ? '8bit' : '7bit'],
    ]),
    Buffer.from(`${end}--${boundary}${end}`),
    block(note.fields.filter(([name]) => name !== 'MIME-Version')),
    Buffer.from(`${end}${content}${end}--${boundary}${end}`, 'latin1'),
    block([
      ['Content-Type', 'message/rfc822'],
      ['Content-Transfer-Encoding', encoding],
    ]),
    Buffer.from(end),
    raw,
    Buffer.from(`${end}--${boundary}--${end}`),
  );
  return pieces;
}

/** Where the enclosed message is in the new one: the message in the second part. */
const ENCLOSED = [1, 0];

/** RFC 5703 §6. */
const encloseCommand: CommandDefinition = {
  name: 'enclose',
  tags: [
    { name: 'subject', argument: 'string' },
    { name: 'headers', argument: 'string-list' },
  ],
  parameters: [{ name: 'text', type: 'string' }],
  compile(call, compiler) {
    const written = call.string('text');
    const subject = call.tags.get('subject')?.argument;
    const headers = call.tags.get('headers')?.argument;
    if (headers?.type === 'string-list') checkFieldNames(headers.value, call.name, compiler);
    const run = function* (state: RunState): Asking<void> {
      const messageId = yield* newMessageId(state, 'enclose');
      state.spend(state.message.raw.length >> 9);
      const pieces = wrap(state, {
        text: written.get(state),
        subject: subject?.type === 'string' ? subject.value.get(state) : undefined,
        headers: headers?.type === 'string-list' ? headers.value.get(state) : [],
        messageId,
      });
      state.change({ edited: state.edited.enclosedIn(pieces) });
      moveLoops(state, ENCLOSED);
      state.trace(() => 'enclose');
    };
    compiler.emit({ op: 'ask', line: call.line, run });
  },
};

/** RFC 5703 §6. */
export const enclose: Extension = {
  capability: 'enclose',
  commands: [encloseCommand],
};
