import { createReadStream } from 'node:fs';
import SMTPConnection, { type SMTPError } from 'nodemailer/lib/smtp-connection';
import { normaliseDomain } from '../../policy/address.ts';
import { replyText } from '../../policy/replies.ts';

/** Where to send, and how to get in. */
export interface SmtpTarget {
  /** Address or name to connect to. */
  host: string;
  port: number;
  /** Name for TLS and the log. */
  name: string;
  tls: 'opportunistic' | 'required' | 'none';
  login?: { user: string; password: string };
}

export interface SmtpMail {
  /** Path of the message file. */
  path: string;
  size: number;
  eightBit: boolean;
  /** '' for the null reverse-path. */
  sender: string;
  recipients: readonly string[];
  /** RFC 3461 §4, for a server that offers DSN. */
  dsn?: { notify?: string | undefined; ret?: 'FULL' | 'HDRS' | undefined } | undefined;
}

export interface SmtpOptions {
  /** Our name for EHLO. */
  hostname: string;
  /** Seconds. */
  connectTimeout: number;
  responseTimeout: number;
  /** Ends the connection, whatever it is doing. */
  signal: AbortSignal;
}

/** What became of a recipient; `reply` is one line of SMTP, the other server's own where it gave one. */
export interface SendResult {
  state: 'sent' | 'failed' | 'deferred';
  reply: string;
  remote?: string;
}

export type SmtpOutcome =
  /** The server did not let us begin: another one of the domain may. */
  { kind: 'unreachable'; reply: string } | { kind: 'answered'; results: Map<string, SendResult> };

/** Sends one mail over one connection. Never rejects; an answer that did not come is `deferred`. */
export async function sendBySmtp(
  mail: SmtpMail,
  target: SmtpTarget,
  options: SmtpOptions,
): Promise<SmtpOutcome> {
  const connection = new SMTPConnection({
    host: target.host,
    port: target.port,
    name: options.hostname,
    connectionTimeout: options.connectTimeout * 1000,
    greetingTimeout: options.responseTimeout * 1000,
    socketTimeout: options.responseTimeout * 1000,
    secure: target.port === 465 && target.tls !== 'none',
    ignoreTLS: target.tls === 'none',
    requireTLS: target.tls === 'required',
    opportunisticTLS: target.tls === 'opportunistic',
    // RFC 7435: opportunistic TLS takes any certificate, since the choice is that or no TLS.
    tls: { rejectUnauthorized: target.tls === 'required' },
    ...(normaliseDomain(target.name) === '' ? {} : { servername: normaliseDomain(target.name) }),
  });
  // Without a listener a late error of the socket would end the process; it is reported by the callbacks.
  connection.on('error', () => undefined);
  const abort = (): void => connection.close();
  options.signal.addEventListener('abort', abort, { once: true });
  const progress = { allSent: false };
  try {
    if (options.signal.aborted) return { kind: 'unreachable', reply: '451 4.3.2 Shutting down' };
    await connected(connection);
    if (target.login !== undefined) await loggedIn(connection, target.login);
    const info = await sent(connection, mail, progress);
    const results = rejections(info.rejectedErrors ?? [], mail, target);
    for (const address of mail.recipients) {
      if (!results.has(address))
        results.set(address, { state: 'sent', reply: replyText(info.response), remote: target.name });
    }
    connection.quit();
    return { kind: 'answered', results };
  } catch (error) {
    connection.close();
    return failure(error instanceof Error ? error : new Error(String(error)), mail, target, progress.allSent);
  } finally {
    options.signal.removeEventListener('abort', abort);
  }
}

function connected(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.once('end', () => reject(new Error('the connection was closed')));
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
}

function loggedIn(connection: SMTPConnection, login: { user: string; password: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.login({ credentials: { user: login.user, pass: login.password } }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

type Info = { response: string; rejectedErrors?: readonly SMTPError[] };

function sent(connection: SMTPConnection, mail: SmtpMail, progress: { allSent: boolean }): Promise<Info> {
  return new Promise((resolve, reject) => {
    const content = createReadStream(mail.path);
    content.once('end', () => {
      progress.allSent = true;
    });
    connection.once('end', () => reject(new Error('the connection was closed')));
    connection.send(
      {
        from: mail.sender === '' ? false : asciiDomain(mail.sender),
        to: mail.recipients.map(asciiDomain),
        size: mail.size,
        use8BitMime: mail.eightBit,
        ...dsnOf(mail),
      },
      content,
      (error, info) => {
        content.destroy();
        if (error) reject(error);
        else resolve(info);
      },
    );
  });
}

function dsnOf({ dsn }: SmtpMail): { dsn?: { notify?: string; ret?: 'FULL' | 'HDRS' } } {
  if (dsn === undefined) return {};
  const { notify, ret } = dsn;
  return {
    dsn: { ...(notify === undefined ? {} : { notify }), ...(ret === undefined ? {} : { ret }) },
  };
}

/** A domain in A-labels needs no SMTPUTF8 (RFC 6531 §3.2); the local part stays as it is. */
function asciiDomain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = normaliseDomain(address.slice(at + 1));
  return domain === '' ? address : `${address.slice(0, at)}@${domain}`;
}

/** RCPT by RCPT, under the addresses as they are in the spool. */
function rejections(
  errors: readonly SMTPError[],
  mail: SmtpMail,
  target: SmtpTarget,
): Map<string, SendResult> {
  const results = new Map<string, SendResult>();
  const spelt = new Map(mail.recipients.map((address) => [asciiDomain(address), address]));
  for (const error of errors) {
    const address = spelt.get(error.recipient ?? '');
    if (address === undefined) continue;
    const state = (error.responseCode ?? 0) >= 500 ? 'failed' : 'deferred';
    results.set(address, { state, reply: replyText(error.response ?? error.message), remote: target.name });
  }
  return results;
}

/** Commands whose 5xx is about this mail; one to the greeting, EHLO or AUTH is about us or the server's state. */
const ABOUT_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

function failure(error: SMTPError, mail: SmtpMail, target: SmtpTarget, allSent: boolean): SmtpOutcome {
  // An address that the client itself refuses to put into a command will not become better.
  const unsendable = error.command === 'API' && error.code === 'EENVELOPE';
  const about = unsendable || ABOUT_THE_MAIL.has(error.command ?? '');
  const tooLarge = about && error.code === 'EMESSAGE' && error.responseCode === undefined;
  let reply = replyText(error.response ?? describe(error, target));
  if (unsendable) reply = `553 5.1.3 ${replyText(error.message)}`;
  if (tooLarge) reply = `552 5.3.4 ${replyText(error.message)}`;
  // The final dot may have been taken although its answer got lost: another server now would make a double for sure.
  if (!about && !allSent) return { kind: 'unreachable', reply };
  const permanent = tooLarge || unsendable || (about && (error.responseCode ?? 0) >= 500);
  const results = rejections(error.rejectedErrors ?? [], mail, target);
  for (const address of mail.recipients) {
    if (results.has(address)) continue;
    results.set(address, { state: permanent ? 'failed' : 'deferred', reply, remote: target.name });
  }
  return { kind: 'answered', results };
}

const describe = (error: Error, target: SmtpTarget): string =>
  `451 4.4.1 ${target.name}[${target.host}]: ${error.message}`;
