import type { Address, Header } from '../../message/types.ts';
import { parseSieveAddress } from '../address.ts';
import { addressKey } from '../compose/mailbox.ts';
import type { RunState } from '../state.ts';

/** Who the owner of the script is, and what he listed. */
export interface Owner {
  /** All his addresses, compared by {@link addressKey}. */
  readonly all: ReadonlySet<string>;
  /** Those that count in To, Cc and Bcc. */
  readonly addressed: ReadonlySet<string>;
}

/** The owner's addresses: where the mail came to, his aliases, and those of `:addresses` (RFC 5230 §4.5). */
export function ownerOf(state: RunState, listed: readonly string[]): Owner {
  const { useOriginalRecipient, toHeaderIgnoreEnvelope } = state.settings.vacation;
  const configured = [...state.addresses, ...listed];
  const envelope = [state.recipient, ...(useOriginalRecipient ? originalRecipient(state) : [])];
  const known = (addresses: readonly string[]): Set<string> =>
    new Set(addresses.map((text) => addressKey(parseSieveAddress(text) ?? text)));
  return {
    all: known([...envelope, ...configured]),
    addressed: known(toHeaderIgnoreEnvelope ? configured : [...envelope, ...configured]),
  };
}

/** ORCPT of RFC 3461 §4.2: `rfc822;` and xtext. */
function originalRecipient({ envelope, recipient }: RunState): string[] {
  const orcpt = envelope.recipients.find(({ address }) => address === recipient)?.orcpt;
  const xtext = /^(?:rfc822;)?([^;]+)$/i.exec(orcpt ?? '')?.[1];
  return xtext === undefined
    ? []
    : [xtext.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))];
}

/** RFC 2369 §3 and RFC 2919 §3, which RFC 5230 §4.6 names. */
const LIST_FIELDS = [
  'list-id',
  'list-help',
  'list-subscribe',
  'list-unsubscribe',
  'list-post',
  'list-owner',
  'list-archive',
] as const;

/** RFC 5230 §4.6, RFC 3834 §2: names behind which there is a program. */
const PROGRAM =
  /^(?:mailer-daemon|listserv|majordomo|owner-.*|.*-(?:owner|request|bounces?)|(?:no|do-?not)[-_.]?reply)$/i;

/** Where the owner must be named (RFC 5230 §4.5). */
const RECIPIENT_FIELDS = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'] as const;

/** What of a message forbids an answer; undefined when nothing does. */
export function whyNotAnswered(state: RunState, owner: Owner): string | undefined {
  // As it was received: what the script has made of it is not the sender's.
  const { header } = state.edited.received;
  const { sender } = state.envelope;
  // RFC 3834 §2, RFC 5230 §4.6: the null address can only get an answer to nobody.
  if (sender === '') return 'the sender is the null address';
  if (parseSieveAddress(sender) === undefined) return 'the sender is no address';
  if (owner.all.has(addressKey(sender))) return 'the sender is the owner';
  if (PROGRAM.test(sender.slice(0, sender.lastIndexOf('@')))) return `${sender} is the address of a program`;
  const field = LIST_FIELDS.find((name) => header.get(name) !== undefined);
  if (field !== undefined) return `the mail comes from a mailing list (${field})`;
  return whyAutomatic(state, header) ?? (addressedTo(state, owner) ? undefined : NOT_ADDRESSED);
}

const NOT_ADDRESSED = 'the mail is not addressed to the owner';

/** Signs that the mail was written by a program. */
function whyAutomatic(state: RunState, header: Header): string | undefined {
  // RFC 3834 §5: any value but `no`, comments and parameters aside.
  const submitted = header.all('auto-submitted').map(({ value }) => /^[^;(]*/.exec(value)?.[0].trim() ?? '');
  const automatic = submitted.find((value) => value.toLowerCase() !== 'no');
  if (automatic !== undefined) return `the mail is automatic (Auto-Submitted: ${automatic.slice(0, 40)})`;
  // RFC 3834 §2: not standard, but said by many.
  const precedence = header
    .all('precedence')
    .find(({ value }) => /^(?:bulk|junk|list|auto[-_]?reply)\b/i.test(value));
  if (precedence !== undefined)
    return `the mail is one of many (Precedence: ${precedence.value.slice(0, 40)})`;
  // Written by other responders, which would answer in turn.
  const responder = ['x-autoreply', 'x-autorespond'].find((name) => header.get(name) !== undefined);
  if (responder !== undefined) return `the mail is an automatic reply (${responder})`;
  // What Exchange and those that want no answers write.
  if (header.all('x-auto-response-suppress').some(({ value }) => /\b(?:all|oof|autoreply)\b/i.test(value)))
    return 'the sender wants no automatic answers';
  // RFC 3834 §2: reports of delivery and of reading.
  if (state.edited.received.root.type === 'multipart/report') return 'the mail is a report';
  return undefined;
}

/** RFC 5230 §4.5: one of the owner's addresses stands in the header; a Bcc does not reach everybody. */
function addressedTo(state: RunState, owner: Owner): boolean {
  return !state.settings.vacation.checkRecipient || ownAddress(state, owner) !== undefined;
}

/** The owner's address that the mail is addressed to, as it is written there. */
export function ownAddress(state: RunState, owner: Owner): string | undefined {
  for (const name of RECIPIENT_FIELDS)
    for (const { addresses } of state.edited.received.header.all(name)) {
      const found = findOwn(state, addresses, owner);
      if (found !== undefined) return found;
    }
  return undefined;
}

function findOwn(state: RunState, addresses: readonly Address[], owner: Owner): string | undefined {
  for (const { address, group } of addresses) {
    state.spend(1);
    const found = group === undefined ? undefined : findOwn(state, group, owner);
    if (found !== undefined) return found;
    if (owner.addressed.has(addressKey(address))) return address;
  }
  return undefined;
}
