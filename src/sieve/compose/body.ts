import type { Field, MailBody } from './mail.ts';

/** RFC 5322 §2.1.1. */
const MAX_LINE = 998;

/** The greatest head of a `:mime` text that is looked at; ordinary ones have one field. */
const MAX_MIME_FIELDS = 64;

/** A text as the body of a mail, in UTF-8 (RFC 5230 §5.7). Lines too long for SMTP are hidden in base64. */
export function textBody(text: string): MailBody {
  const content = Buffer.from(withFinalBreak(canonicalLines(text)).toWellFormed(), 'utf8');
  return encoded([['Content-Type', 'text/plain; charset=utf-8']], content);
}

/**
 * A text that brings its own MIME header (`:mime`, RFC 5230 §4.4). Only fields that describe the content are taken from
 * it: the rest of the header is not the script's to write (RFC 5230 §4.4). A text without any header is plain text.
 */
export function mimeBody(text: string): MailBody {
  const lines = canonicalLines(text);
  const end = lines.startsWith('\r\n') ? 0 : lines.indexOf('\r\n\r\n');
  const head = end === -1 ? lines : lines.slice(0, end);
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const fields: Field[] = [];
  for (const line of unfolded.slice(0, MAX_MIME_FIELDS)) {
    const field = /^([!-9;-~]+)[ \t]*:(.*)$/s.exec(line);
    if (field === null) {
      // Not a header at all: nothing of the text may be lost.
      if (line !== '') return textBody(text);
      continue;
    }
    const [, name = '', value = ''] = field;
    if (/^content-./i.test(name)) fields.push([name, value.trim()]);
  }
  const body = end === -1 ? '' : lines.slice(end === 0 ? 2 : end + 4);
  const content = Buffer.from(withFinalBreak(body).toWellFormed(), 'utf8');
  const has = (name: string): boolean => fields.some(([other]) => other.toLowerCase() === name);
  if (!has('content-type')) fields.unshift(['Content-Type', 'text/plain; charset=utf-8']);
  if (has('content-transfer-encoding')) return { fields: [['MIME-Version', '1.0'], ...fields], content };
  // The content of a multipart cannot be encoded as a whole (RFC 2045 §6.4).
  const composite = fields.some(
    ([name, value]) => /^content-type$/i.test(name) && /^(?:multipart|message)\//i.test(value),
  );
  return encoded(fields, content, composite);
}

function encoded(fields: readonly Field[], content: Buffer, composite = false): MailBody {
  const head: readonly Field[] = [['MIME-Version', '1.0'], ...fields];
  const ascii = content.every((octet) => octet < 0x80);
  const fits = content
    .toString('latin1')
    .split('\r\n')
    .every((line) => line.length <= MAX_LINE);
  if (composite || (fits && !content.includes(0)))
    return { fields: [...head, ['Content-Transfer-Encoding', ascii ? '7bit' : '8bit']], content };
  const base64 = content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n');
  return {
    fields: [...head, ['Content-Transfer-Encoding', 'base64']],
    content: Buffer.from(`${base64}\r\n`),
  };
}

function canonicalLines(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

function withFinalBreak(text: string): string {
  return text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
}
