import type { RecipientOutcome } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import type { Client, Recipient } from '../../message/envelope.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { isAscii } from '../../policy/address.ts';
import { reply } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import { replies } from '../../policy/replies.ts';
import type { MailCommand, Transaction } from '../../transaction/types.ts';
import type { Destination, Passage, PassedMessage } from './destination.ts';
import { editedPieces } from './edited.ts';
import { NextHopConnection } from './next-hop.ts';
import { passedReply } from './next-hop-reply.ts';
import type { NextHopReply } from './next-hop-reply.ts';
import type { NextHopSettings } from './settings.ts';

export interface NextHopOptions {
  endpoint: Endpoint;
  settings: NextHopSettings;
  /** What EHLO says. */
  hostname: string;
  log: Log;
  /** Told what each EHLO announced. */
  announced: (features: ReadonlyMap<string, string>) => void;
}

/** RFC 6531 §3.5. */
const NO_UNICODE_ADDRESS = reply(553, '5.6.7', 'The next server takes no non-ASCII addresses');
const NO_UNICODE_HEADER = reply(550, '5.6.9', 'The next server takes no UTF-8 in headers');
/** RFC 6152 §3: relaying 8-bit content to a server that takes none needs a conversion, which would break signatures. */
const NO_EIGHT_BIT = reply(550, '5.6.3', 'The next server takes no 8-bit content');

/**
 * The next hop, in the client's own transaction: MAIL, RCPT and the message go there as they come here, and its answer
 * is the client's answer. What its connection cannot tell is a 4xx.
 */
export function nextHopDestination(options: NextHopOptions): Destination {
  return {
    outcome: 'forwarded',
    async open(mail, transaction) {
      const log = options.log.child({ id: transaction.id });
      let connection: NextHopConnection | undefined;
      try {
        connection = await NextHopConnection.open(options.endpoint, options.hostname, options.settings);
        options.announced(connection.features);
        await introduce(connection, transaction.envelope.client, options);
        const refusal = await sendMail(connection, mail);
        if (refusal === undefined) return new NextHopPassage(connection, mail, transaction, log);
        log.info({ code: refusal.code, text: refusal.text }, 'next hop refused sender');
        connection.quit();
        return refusal;
      } catch (err) {
        log.warn({ err }, 'next hop failed');
        connection?.destroy();
        return replies.nextHopUnreachable;
      }
    },
  };
}

/** Asks the next hop what it announces, so that we announce the same. Rejects with NextHopError. */
export async function probeNextHop(options: NextHopOptions): Promise<void> {
  const connection = await NextHopConnection.open(options.endpoint, options.hostname, options.settings);
  options.announced(connection.features);
  connection.quit();
}

const refusalOf = (answer: NextHopReply): Reply | undefined =>
  answer.code < 400 ? undefined : passedReply(answer);

async function sendMail(connection: NextHopConnection, mail: MailCommand): Promise<Reply | undefined> {
  const { features } = connection;
  const words = [`MAIL FROM:<${mail.sender}>`];
  if (mail.size !== undefined && features.has('SIZE')) words.push(`SIZE=${mail.size}`);
  if (mail.body !== undefined && features.has('8BITMIME')) words.push(`BODY=${mail.body}`);
  if (mail.smtputf8 === true && features.has('SMTPUTF8')) words.push('SMTPUTF8');
  else if (!isAscii(mail.sender)) return NO_UNICODE_ADDRESS;
  if (features.has('DSN')) {
    if (mail.ret !== undefined) words.push(`RET=${mail.ret}`);
    if (mail.envid !== undefined) words.push(`ENVID=${mail.envid}`);
  }
  return refusalOf(await connection.command(words.join(' ')));
}

/** Tells the next hop who our client is (Postfix's XFORWARD and XCLIENT), as far as it wants to know. */
async function introduce(
  connection: NextHopConnection,
  client: Client,
  options: NextHopOptions,
): Promise<void> {
  const verb = options.settings.forwardClient === 'xclient' ? 'XCLIENT' : 'XFORWARD';
  const wanted = connection.features.get(verb)?.split(' ');
  if (options.settings.forwardClient === 'none' || wanted === undefined) return;
  const { address, port, name, helo, user } = client;
  const attributes: [string, string | undefined][] = [
    ['NAME', name],
    ['ADDR', address === undefined ? undefined : address.includes(':') ? `IPV6:${address}` : address],
    ['PORT', port === undefined ? undefined : String(port)],
    ['HELO', helo],
    ['PROTO', 'ESMTP'],
    ['LOGIN', user],
  ];
  const words = attributes
    .filter(([attribute]) => wanted.includes(attribute))
    .map(
      ([attribute, value]) =>
        `${attribute}=${value === undefined || value === '' ? '[UNAVAILABLE]' : xtext(value)}`,
    );
  const answer = await connection.command([verb, ...words].join(' '));
  // A refusal only costs the next hop its knowledge; XCLIENT begins the session anew.
  if (answer.code < 400 && verb === 'XCLIENT') await connection.command(`EHLO ${options.hostname}`);
}

/** RFC 3461 §4. */
const xtext = (text: string): string =>
  Array.from(Buffer.from(text), (byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x2b && byte !== 0x3d
      ? String.fromCharCode(byte)
      : `+${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

class NextHopPassage implements Passage {
  readonly #connection: NextHopConnection;
  readonly #mail: MailCommand;
  readonly #transaction: Transaction;
  readonly #log: Log;

  constructor(connection: NextHopConnection, mail: MailCommand, transaction: Transaction, log: Log) {
    this.#connection = connection;
    this.#mail = mail;
    this.#transaction = transaction;
    this.#log = log;
  }

  async rcpt(recipient: Recipient): Promise<Reply | undefined> {
    const { features } = this.#connection;
    if (!isAscii(recipient.address) && !features.has('SMTPUTF8')) return NO_UNICODE_ADDRESS;
    const words = [`RCPT TO:<${recipient.address}>`];
    if (features.has('DSN')) {
      if (recipient.notify !== undefined) words.push(`NOTIFY=${recipient.notify}`);
      if (recipient.orcpt !== undefined) words.push(`ORCPT=${recipient.orcpt}`);
    }
    try {
      const refusal = refusalOf(await this.#connection.command(words.join(' ')));
      if (refusal !== undefined)
        this.#log.info(
          { recipient: recipient.address, code: refusal.code, text: refusal.text },
          'next hop refused recipient',
        );
      return refusal;
    } catch (err) {
      this.#log.warn({ err }, 'next hop lost');
      return replies.nextHopUnreachable;
    }
  }

  waiting(): void {
    this.#connection.startKeepAlive();
  }

  async deliver(message: PassedMessage): Promise<RecipientOutcome[]> {
    const answer = await this.#send(message);
    return this.#transaction.envelope.recipients.map((recipient) => ({ recipient, reply: answer }));
  }

  async #send(message: PassedMessage): Promise<Reply> {
    const { features } = this.#connection;
    this.#connection.pauseKeepAlive();
    const pieces = editedPieces(message.raw, message.edits);
    if (this.#mail.body === '8BITMIME' && !features.has('8BITMIME') && !pieces.every(isSevenBit))
      return NO_EIGHT_BIT;
    if (this.#mail.smtputf8 === true && !features.has('SMTPUTF8') && !isSevenBit(headerOf(message.raw)))
      return NO_UNICODE_HEADER;
    try {
      const go = await this.#connection.command('DATA');
      if (go.code !== 354) return go.code < 400 ? replies.temporary : passedReply(go);
      const answer = await this.#connection.message(pieces);
      // 3xx would mean that it wants something else first: nothing is known of the message.
      if (answer.code >= 300 && answer.code < 400) return replies.temporary;
      this.#log.info({ code: answer.code, text: answer.lines.join(' ') }, 'next hop answered');
      return passedReply(answer);
    } catch (err) {
      this.#log.warn({ err }, 'next hop lost');
      return replies.nextHopUnreachable;
    }
  }

  close(): void {
    this.#connection.quit();
  }
}

function isSevenBit(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte > 0x7f) return false;
  return true;
}

/** The header with the empty line behind it. Lines end in CRLF: the message came by SMTP. */
function headerOf(raw: Uint8Array): Uint8Array {
  const end = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).indexOf('\r\n\r\n');
  return end === -1 ? raw : raw.subarray(0, end + 2);
}
