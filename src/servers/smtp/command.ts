import type { MailCommand } from '../../transaction/types.ts';
import type { Recipient } from '../../message/envelope.ts';
import { reply } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import { replies } from '../../policy/replies.ts';

/**
 * The arguments of MAIL and RCPT, of the grammar of RFC 5321 §4.1.2:
 *
 *     mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
 *     rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF
 *     esmtp-param = esmtp-keyword ["=" esmtp-value]
 *
 * Reads the path as text between angle brackets, a quoted local part taken whole; whether it is a mailbox is for
 * policy to say. One space after the colon is taken, as old clients send it.
 */
export interface PathCommand {
  /** Without angle brackets. */
  path: string;
  /** Keywords upper-cased; '' for a keyword without a value. */
  parameters: Map<string, string>;
}

/** RFC 5321 §4.5.3.1.3 says 256; longer local parts and UTF-8 domains are seen. Policy judges the parts. */
const MAX_PATH = 1024;
/** More parameters than all extensions together define. */
const MAX_PARAMETERS = 16;
const KEYWORD = /^[A-Za-z0-9][A-Za-z0-9-]*$/;
/** esmtp-value: no space, no control, no "=" (which RFC 3461 xtext escapes; RFC 6531 §3.3 adds UTF-8). */
const VALUE = /^[\x21-\x3c\x3e-\x7e\u{a0}-\u{10ffff}]+$/u;

/** `line` is the command without CRLF as UTF-8 text; `verb` is `MAIL FROM` or `RCPT TO`. Undefined when malformed. */
export function parsePathCommand(line: string, verb: 'MAIL FROM' | 'RCPT TO'): PathCommand | undefined {
  // Also refuses U+FFFD: bytes that are no UTF-8.
  if (/[\x00-\x1f\x7f-\x9f\ufffd]/u.test(line)) return undefined;
  const match = /^([a-z]+) +([a-z]+) ?: ?<((?:"(?:[^"\\]|\\.)*"|[^"<>\s])*)>(?: +(.*?))? *$/isu.exec(line);
  if (match === null || `${match[1]} ${match[2]}`.toUpperCase() !== verb) return undefined;
  const path = match[3] ?? '';
  if (path.length > MAX_PATH) return undefined;
  const parameters = parseParameters(match[4]);
  return parameters === undefined ? undefined : { path, parameters };
}

function parseParameters(text: string | undefined): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  const words = text === undefined || text === '' ? [] : text.split(/ +/);
  if (words.length > MAX_PARAMETERS) return undefined;
  for (const word of words) {
    const equals = word.indexOf('=');
    const key = (equals === -1 ? word : word.slice(0, equals)).toUpperCase();
    const value = equals === -1 ? '' : word.slice(equals + 1);
    if (!KEYWORD.test(key) || (equals !== -1 && !VALUE.test(value)) || parameters.has(key)) return undefined;
    parameters.set(key, value);
  }
  return parameters;
}

/** Whether a stage answered instead of giving what was asked for. */
export const isReply = (value: object): value is Reply => 'code' in value;
const unknownParameter = (key: string): Reply => reply(555, '5.5.4', `Parameter ${key} is not known here`);

/** MAIL FROM: its {@link MailCommand}, or the refusal. */
export function parseMail(line: string): MailCommand | Reply {
  const parsed = parsePathCommand(line, 'MAIL FROM');
  if (parsed === undefined) return replies.parameters;
  const mail: MailCommand = { sender: parsed.path };
  for (const [key, value] of parsed.parameters) {
    const read = MAIL_PARAMETERS[key];
    if (read === undefined) return unknownParameter(key);
    if (!read(value, mail)) return replies.parameters;
  }
  return mail;
}

/** Each reads one parameter into the command and says whether it was well formed. */
const MAIL_PARAMETERS: Readonly<Record<string, (value: string, mail: MailCommand) => boolean>> = {
  // RFC 1870 §4: 1*20DIGIT.
  SIZE(value, mail) {
    mail.size = Number(value);
    return /^\d{1,20}$/.test(value);
  },
  // RFC 6152 §2. BINARYMIME needs CHUNKING (RFC 3030 §3), which is not offered.
  BODY(value, mail) {
    const body = value.toUpperCase();
    if (body !== '7BIT' && body !== '8BITMIME') return false;
    mail.body = body;
    return true;
  },
  // RFC 6531 §3.4: without a value.
  SMTPUTF8(value, mail) {
    mail.smtputf8 = true;
    return value === '';
  },
  // RFC 3461 §4.3.
  RET(value, mail) {
    const ret = value.toUpperCase();
    if (ret !== 'FULL' && ret !== 'HDRS') return false;
    mail.ret = ret;
    return true;
  },
  // RFC 3461 §4.4: xtext of at most 100 characters. Kept as xtext, so that it goes on as it came.
  ENVID(value, mail) {
    mail.envid = value;
    return isXtext(value) && value.length <= 100;
  },
  // RFC 4954 §5: whom the submitter says the mail is from. Nobody here believes it; taken and dropped.
  AUTH: (value) => value !== '',
};

/** RCPT TO: its {@link Recipient}, or the refusal. */
export function parseRcpt(line: string): Recipient | Reply {
  const parsed = parsePathCommand(line, 'RCPT TO');
  if (parsed === undefined) return replies.parameters;
  if (parsed.path === '') return replies.badRecipient;
  const recipient: Recipient = { address: parsed.path };
  for (const [key, value] of parsed.parameters) {
    if (key === 'NOTIFY' && isNotify(value)) recipient.notify = value.toUpperCase();
    // RFC 3461 §4.2: addr-type ";" xtext, at most 500 characters.
    else if (key === 'ORCPT' && value.length <= 500 && /^[a-z0-9-]+;.+$/iu.test(value))
      recipient.orcpt = value;
    else if (key === 'NOTIFY' || key === 'ORCPT') return replies.parameters;
    else return unknownParameter(key);
  }
  return recipient;
}

/** RFC 3461 §4.1: NEVER alone, or a list of the others. */
const isNotify = (value: string): boolean =>
  /^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2})$/i.test(value);

/** RFC 3461 §4: printable ASCII, "+" and "=" only as hexchar. */
const isXtext = (value: string): boolean => /^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})+$/.test(value);
