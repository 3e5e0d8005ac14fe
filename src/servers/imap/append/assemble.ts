import type { MailboxRef, NewMessage } from '../../../store/mail/types.ts';
import { describedFacts } from '../described.ts';
import { headerFields } from '../fetch/header-fields.ts';
import { locate } from '../fetch/locate.ts';
import { allowedFlags } from '../flag-rights.ts';
import type { SessionControl } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { AppendMessage } from './arguments.ts';
import { type MessageUrl, readMessageUrl } from './imap-url.ts';

/** The message as it is stored, with those of its flags that the user may set there. Refuses with TOOBIG, BADURL. */
export async function assemble(
  session: SessionControl,
  message: AppendMessage,
  target: MailboxRef,
): Promise<NewMessage> {
  if (message.utf8 && !session.enabled.has('UTF8=ACCEPT') && !session.enabled.has('IMAP4REV2'))
    throw new BadArgument('UTF8=ACCEPT has to be enabled first');
  const { appendLimit } = session.options;
  const pieces: Buffer[] = [];
  let size = 0;
  for (const piece of message.pieces) {
    const octets = 'octets' in piece ? piece.octets : await fetchUrl(session, piece.url);
    size += octets.length;
    if (size > appendLimit) throw new Refusal(`A message may have ${appendLimit} octets`, 'TOOBIG');
    pieces.push(octets);
  }
  // RFC 3502: an empty literal takes the whole command back.
  if (size === 0) throw new Refusal('A message of no octets is none');
  const { internalDate } = message;
  return {
    pieces,
    flags: allowedFlags(message.flags, target.rights),
    ...(internalDate === undefined ? {} : { internalDate }),
  };
}

async function fetchUrl(session: SessionControl, url: string): Promise<Buffer> {
  const named = readMessageUrl(url);
  const octets = named === undefined ? undefined : await octetsOf(session, named);
  if (octets !== undefined) return octets;
  // RFC 4469 §4; what could end the code is not repeated as it is.
  const told = url.replace(/[^\x21-\x5b\x5e-\x7e]/g, (character) =>
    encodeURIComponent(character.toWellFormed()),
  );
  throw new Refusal('There is nothing at that URL', `BADURL ${told === '' ? '""' : told.slice(0, 1000)}`);
}

/** Undefined when there is no such message or part, or none that the user may read. */
async function octetsOf(session: SessionControl, url: MessageUrl): Promise<Buffer | undefined> {
  const ref = await source(session, url.mailbox);
  if (ref === undefined || !ref.rights.has('r') || !ref.mailbox.selectable) return undefined;
  const { mailbox } = ref;
  if (url.uidValidity !== undefined && url.uidValidity !== mailbox.uidValidity) return undefined;
  const [facts] = await describedFacts(mailbox, [[url.uid, url.uid]]);
  if (facts === undefined) return undefined;
  const { section, partial } = url;
  let range = { start: 0, end: facts.size, filtered: false };
  if (section !== undefined) {
    const content = await mailbox.content(url.uid);
    const found = content === undefined ? undefined : locate(content.structure, section);
    if (found === undefined) return undefined;
    range = found;
  }
  const from = partial === undefined || range.filtered ? range.start : range.start + partial.start;
  const length = partial?.length === undefined || range.filtered ? Number.POSITIVE_INFINITY : partial.length;
  const end = Math.min(range.end, from + length);
  if (end - from > session.options.appendLimit)
    throw new Refusal(`A message may have ${session.options.appendLimit} octets`, 'TOOBIG');
  const octets = await mailbox.bytes(url.uid, { start: Math.min(from, range.end), end });
  if (octets === undefined || section === undefined || !range.filtered) return octets;
  const fields = headerFields(octets, section, range.end === facts.size);
  const start = partial?.start ?? 0;
  return fields.subarray(start, partial?.length === undefined ? undefined : start + partial.length);
}

async function source(session: SessionControl, name: string | undefined): Promise<MailboxRef | undefined> {
  if (name !== undefined) return session.user.mailbox(name);
  return session.state === 'selected' ? session.selected.ref : undefined;
}
