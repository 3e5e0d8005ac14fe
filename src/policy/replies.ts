import { reply } from './reply.ts';
import type { Reply } from './reply.ts';

/**
 * The answers of Tamis in one place, so that all servers say the same thing in the same words. Codes: RFC 5321 §4.2.3;
 * enhanced codes: RFC 3463 §3 and the later registrations named beside them. A test holds that both agree in class.
 */
export const replies = {
  ok: reply(250, '2.0.0', 'Ok'),
  senderOk: reply(250, '2.1.0', 'Ok'),
  recipientOk: reply(250, '2.1.5', 'Ok'),
  /** RFC 5321 §4.2.3: memory for messages coming in is used up. */
  noMemory: reply(452, '4.3.1', 'Too much mail at once, try again later'),
  /** The spool has it. */
  queued: reply(250, '2.0.0', 'Queued to be sent on'),
  goodbye: reply(221, '2.0.0', 'Bye'),

  /** RFC 5321 §3.8: a server that goes down says 421 and closes. */
  shuttingDown: reply(421, '4.3.2', 'Service going down, try again later'),
  tooManyConnections: reply(421, '4.7.0', 'Too many connections from your address'),
  idle: reply(421, '4.4.2', 'Connection idle for too long'),
  tooManyErrors: reply(421, '4.7.0', 'Too many errors'),
  /** RFC 5321 §3.1: 554 instead of the greeting. */
  blocked: reply(554, '5.7.1', 'Access denied'),

  syntax: reply(500, '5.5.2', 'Syntax error'),
  parameters: reply(501, '5.5.4', 'Syntax error in parameters'),
  badSequence: reply(503, '5.5.1', 'Bad sequence of commands'),
  badHelo: reply(501, '5.5.2', 'Name is no domain and no address literal'),
  strictHelo: reply(550, '5.7.1', 'HELO must give a full host name or an address literal'),

  badSender: reply(553, '5.1.7', 'Sender address has bad syntax'),
  badRecipient: reply(553, '5.1.3', 'Recipient address has bad syntax'),
  /** RFC 6531 §3.5 and §4.3. */
  needsSmtputf8: reply(553, '5.6.7', 'Address has non-ASCII characters and SMTPUTF8 was not asked for'),
  sizeExceeded: reply(552, '5.3.4', 'Message is larger than this server takes'),
  /** RFC 5321 §4.5.3.1.10: 452, so that the client sends the rest in another transaction. */
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients, send the rest separately'),
  unknownRecipient: reply(550, '5.1.1', 'No such mailbox here'),
  relayDenied: reply(554, '5.7.1', 'Relay access denied'),
  /** RFC 5321 §6.3. RFC 3463 §3.5: X.4.6, routing loop detected. */
  tooManyHops: reply(554, '5.4.6', 'Too many hops, the message goes in circles'),
  noRecipients: reply(554, '5.5.1', 'No valid recipients'),

  greylisted: reply(451, '4.7.1', 'Please try again later'),
  spam: reply(550, '5.7.1', 'Message refused as spam'),

  /** A look-up, the disk or our own code failed: nothing is known against the message. */
  temporary: reply(451, '4.3.0', 'Temporary failure, try again later'),
  scanBusy: reply(451, '4.3.2', 'Too busy to look at the message, try again later'),
  scanClosing: reply(451, '4.3.2', 'Service going down, try again later'),
  scanFailed: reply(451, '4.3.0', 'Message could not be looked at, try again later'),
  scanTimeout: reply(451, '4.3.0', 'Looking at the message took too long, try again later'),
  storageFull: reply(452, '4.3.1', 'Insufficient system storage'),
  /** RFC 3463 §3.3: X.2.2, mailbox full. */
  mailboxFull: reply(452, '4.2.2', 'Mailbox is full, try again later'),
  mailboxFullForGood: reply(552, '5.2.2', 'Mailbox is full'),
  /** RFC 3463 §3.5: X.4.1, no answer from host. */
  nextHopUnreachable: reply(451, '4.4.1', 'Next server cannot be reached, try again later'),
} as const satisfies Readonly<Record<string, Reply>>;

/** RFC 5321 §4.5.3.1.5 gives a reply line 512 octets; codes, spaces and line ending need some of it. */
const MAX_TEXT = 450;

/**
 * Text fit for one reply line: what is not printable US-ASCII becomes `?`, line endings become spaces, the length is
 * bounded. For text that comes from configuration, a script or another server.
 */
export function replyText(text: string): string {
  return text
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim()
    .slice(0, MAX_TEXT);
}
