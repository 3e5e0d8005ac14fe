import type { Reply } from '../../../policy/reply.ts';

/** Lines and bytes a line that Sendmail and Postfix take in a custom reply. */
export const MAX_REPLY_LINES = 32;
export const MAX_REPLY_LINE_BYTES = 980;

/** A code (4xx or 5xx, RFC 5321 §4.2.1). */
const CODE = /^[45]\d\d$/;
/** An enhanced code (RFC 3463 §2) of a failure. */
const ENHANCED = /^[45]\.\d{1,3}\.\d{1,3}$/;

/** What is wrong with a reply, or undefined: its code, its enhanced code, its number of lines, a line's length. */
export function replyFault(
  code: string,
  enhanced: string | undefined,
  lines: readonly string[],
): string | undefined {
  if (!CODE.test(code)) return `${JSON.stringify(code)} is no 4xx or 5xx code`;
  if (enhanced !== undefined && enhanced !== '') {
    if (!ENHANCED.test(enhanced)) return `${JSON.stringify(enhanced)} is no 4.x.x or 5.x.x code`;
    if (enhanced[0] !== code[0]) return `${enhanced} does not go with ${code}`;
  }
  if (lines.length > MAX_REPLY_LINES) return `${lines.length} lines, the limit is ${MAX_REPLY_LINES}`;
  for (const line of lines) {
    if (Buffer.byteLength(line) > MAX_REPLY_LINE_BYTES)
      return `a line of more than ${MAX_REPLY_LINE_BYTES} bytes`;
    if (/[\0\r\n]/.test(line)) return 'a line with CR, LF or NUL inside';
  }
  return undefined;
}

/**
 * Text of a reply packet: `ddd x.y.z text`, several lines as `ddd-x.y.z text` joined by CRLF, every `%` doubled
 * because the MTA takes it for a format. The arguments have passed {@link replyFault}.
 */
export function encodeReplyText(
  code: string,
  enhanced: string | undefined,
  lines: readonly string[],
): string {
  const all = lines.length === 0 ? [''] : lines;
  return all
    .map((line, index) => {
      const start = `${code}${index === all.length - 1 ? ' ' : '-'}`;
      const text = line.replaceAll('%', '%%');
      return enhanced === undefined || enhanced === '' ? start + text : `${start}${enhanced} ${text}`;
    })
    .join('\r\n');
}

/**
 * Makes a reply of ours fit, whatever its text came from: printable ASCII (RFC 5321 §4.2), lines cut to their limit,
 * lines beyond the limit left out. A code or enhanced code that does not go with the class becomes `451 4.7.1`, since
 * a mail that is deferred by mistake is not lost.
 */
export function formatReply(reply: Reply): string {
  const lines = (typeof reply.text === 'string' ? [reply.text] : reply.text)
    .slice(0, MAX_REPLY_LINES)
    .map((line) =>
      line
        .replaceAll(/[\0-\x1f\x7f]+/g, ' ')
        .replaceAll(/[^\x20-\x7e]/gu, '?')
        .slice(0, MAX_REPLY_LINE_BYTES),
    );
  const code = String(reply.code);
  if (replyFault(code, reply.enhanced, lines) === undefined)
    return encodeReplyText(code, reply.enhanced, lines);
  if (replyFault(code, undefined, lines) === undefined) return encodeReplyText(code, `${code[0]}.7.1`, lines);
  return encodeReplyText('451', '4.7.1', lines);
}
