/** An SMTP answer: code (RFC 5321 §4.2), enhanced code (RFC 3463) and text (one line or several, no CR or LF inside). */
export interface Reply {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string | readonly string[];
}

export function reply(code: number, enhanced: string, text: string | readonly string[]): Reply {
  return { code, enhanced, text };
}

export const isTemporary = (answer: Reply): boolean => answer.code >= 400 && answer.code < 500;
export const isPositive = (answer: Reply): boolean => answer.code < 400;

/** `250 2.0.0 text`, for logs and for servers that write one line. */
export function replyLine(answer: Reply): string {
  const text = typeof answer.text === 'string' ? answer.text : answer.text.join(' ');
  return `${answer.code} ${answer.enhanced} ${text}`;
}
