import type { GeneratedMail } from '../compose/mail.ts';
import type { EditedMessage } from '../edited-message.ts';
import type { Action, Fcc } from '../types.ts';
import { type Configured, addressFrom } from './configuration.ts';
import type { Sending } from './default-message.ts';
import { rejection } from './rejection.ts';
import type { World } from './world.ts';

/** What actions are done with. */
export interface ExecutionContext {
  readonly world: World;
  readonly edited: EditedMessage;
  readonly versions: readonly { readonly pieces: readonly Uint8Array[] }[];
  readonly sending: Sending;
  readonly configured: Configured;
  /** Address of the script's owner, as far as the settings tell. */
  readonly user: string;
  readonly now: Date;
}

/**
 * Does actions one after another in the bench's world: files into mailboxes in memory, puts mails into the list of sent
 * ones. Returns what went wrong; when a mailbox is not there, nothing is done but that the message is kept.
 */
export function execute(actions: readonly Action[], context: ExecutionContext): string[] {
  const { world } = context;
  const errors = actions.flatMap((action) => missing(action, world));
  if (errors.length > 0) {
    store(context, { mailbox: 'INBOX' }, undefined, []);
    return errors;
  }
  for (const action of actions) perform(action, context);
  return [];
}

function missing(action: Action, world: World): string[] {
  if (action.type !== 'fileinto' || world.target(action) !== undefined) return [];
  return [`fileinto: failed to store into mailbox "${action.mailbox}": it does not exist`];
}

function perform(action: Action, context: ExecutionContext): void {
  switch (action.type) {
    case 'keep':
      store(context, { mailbox: 'INBOX' }, action.version, action.flags ?? []);
      break;
    case 'fileinto':
      store(context, action, action.version, action.flags ?? []);
      break;
    case 'redirect':
      send(context, {
        sender: redirectSender(context),
        recipients: [action.address],
        raw: bytes(context, action.version),
      });
      break;
    case 'reject': {
      const { envelope, recipient } = context.sending;
      // Nobody is to be told (RFC 5429 §2.2).
      if (envelope.sender === '') break;
      const { reason } = action;
      const message = context.edited.received;
      const { sender } = envelope;
      const { now } = context;
      send(context, rejection({ message, sender, recipient, original: originalOf(context), reason, now }));
      break;
    }
    case 'vacation':
      if (action.mail !== undefined) sendWithCopy(context, action.mail, action.fcc);
      break;
    case 'notify':
      // What other methods send leaves no mail.
      if (action.payload?.kind === 'mail') sendWithCopy(context, action.payload.mail, action.fcc);
      break;
    case 'report':
      if (action.mail !== undefined) send(context, action.mail);
      break;
    // What comes back later is filed at once.
    case 'snooze':
      store(context, { ...action, mailbox: action.mailbox ?? 'INBOX' }, action.version, action.addFlags);
      break;
    // There are no programs and no calendars.
    case 'discard':
    case 'pipe':
    case 'processcalendar':
      break;
  }
}

function bytes({ edited, versions }: ExecutionContext, version: number | undefined): Uint8Array {
  const changed = version === undefined ? undefined : versions[version];
  return changed === undefined ? edited.received.raw : Buffer.concat([...changed.pieces]);
}

function store(
  context: ExecutionContext,
  target: Parameters<World['target']>[0],
  version: number | undefined,
  flags: readonly string[],
): void {
  context.world.target(target)?.messages.push({ raw: bytes(context, version), flags });
}

/** RFC 5228 §4.2 leaves the envelope sender to the site; that of a report stays null. */
function redirectSender(context: ExecutionContext): string {
  const { sender } = context.sending.envelope;
  return sender === '' ? '' : addressFrom(context.configured.redirectFrom, sourcesOf(context));
}

function sourcesOf(context: ExecutionContext): Parameters<typeof addressFrom>[1] {
  const { envelope, recipient } = context.sending;
  return { sender: envelope.sender, recipient, original: originalOf(context), user: context.user };
}

function originalOf({ sending: { envelope, recipient } }: ExecutionContext): string {
  return envelope.recipients[0]?.orcpt?.replace(/^rfc822;/i, '') ?? recipient;
}

/** RFC 8580 §3. */
function sendWithCopy(context: ExecutionContext, mail: GeneratedMail, fcc: Fcc | undefined): void {
  send(context, mail);
  if (fcc === undefined) return;
  const mailbox = context.world.target(fcc);
  mailbox?.messages.push({ raw: mail.raw, flags: fcc.flags ?? [] });
}

function send({ world }: ExecutionContext, { sender, recipients, raw }: GeneratedMail): void {
  for (const recipient of recipients) world.sent.push({ sender, recipient, raw });
}
