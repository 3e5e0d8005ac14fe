import type { Envelope, EnvelopeAddress, Structure } from '../../../store/mail/content-types.ts';
import { nstring, string } from '../wire/writer.ts';

/** What stands for a part of an address that is not there, as clients know it from other servers; NIL would be a group. */
const NO_MAILBOX = 'MISSING_MAILBOX';
const NO_HOST = 'MISSING_DOMAIN';

/** ENVELOPE (RFC 9051 §7.5.2). `utf8`: quoted strings may hold UTF-8. */
export function envelopeText(envelope: Envelope, utf8: boolean): string {
  const text = (value: string | null): string => nstring(value, utf8);
  const list = (addresses: readonly EnvelopeAddress[]): string =>
    addresses.length === 0 ? 'NIL' : `(${addresses.map((address) => addressText(address, utf8)).join('')})`;
  return `(${[
    text(envelope.date),
    text(envelope.subject),
    list(envelope.from),
    list(envelope.sender),
    list(envelope.replyTo),
    list(envelope.to),
    list(envelope.cc),
    list(envelope.bcc),
    text(envelope.inReplyTo),
    text(envelope.messageId),
  ].join(' ')})`;
}

function addressText([name, mailbox, host, route]: EnvelopeAddress, utf8: boolean): string {
  const told = [name, route ?? null, mailbox === '' ? NO_MAILBOX : mailbox, host === '' ? NO_HOST : host];
  return `(${told.map((value) => nstring(value, utf8)).join(' ')})`;
}

/** BODYSTRUCTURE, or without its extension data BODY (RFC 9051 §7.5.2). By recursion: structures are at most 33 deep. */
export function structureText(part: Structure, extended: boolean, utf8: boolean): string {
  return part.type === 'multipart' ? multipartText(part, extended, utf8) : singleText(part, extended, utf8);
}

function multipartText(part: Structure, extended: boolean, utf8: boolean): string {
  const parts = part.parts.map((one) => structureText(one, extended, utf8)).join('');
  const rest = extended
    ? ` ${parameters(part.parameters, utf8)} ${disposition(part, utf8)} ${language(part, utf8)} ${nstring(part.location, utf8)}`
    : '';
  return `(${parts} ${string(part.subtype, utf8)}${rest})`;
}

function singleText(part: Structure, extended: boolean, utf8: boolean): string {
  const fields = [
    string(part.writtenType ?? part.type, utf8),
    string(part.subtype, utf8),
    parameters(part.parameters, utf8),
    nstring(part.id, utf8),
    nstring(part.description, utf8),
    string(part.encoding, utf8),
    String(part.end - part.bodyStart),
  ];
  if (part.message !== null) {
    fields.push(envelopeText(part.message.envelope, utf8));
    fields.push(structureText(part.message.structure, extended, utf8));
    fields.push(String(part.lines));
  } else if (part.type === 'text') fields.push(String(part.lines));
  if (extended)
    fields.push(
      nstring(part.md5, utf8),
      disposition(part, utf8),
      language(part, utf8),
      nstring(part.location, utf8),
    );
  return `(${fields.join(' ')})`;
}

function parameters(list: Structure['parameters'], utf8: boolean): string {
  if (list.length === 0) return 'NIL';
  return `(${list.map(([name, value]) => `${string(name, utf8)} ${string(value, utf8)}`).join(' ')})`;
}

function disposition({ disposition: found }: Structure, utf8: boolean): string {
  return found === null ? 'NIL' : `(${string(found.type, utf8)} ${parameters(found.parameters, utf8)})`;
}

function language({ language: tags }: Structure, utf8: boolean): string {
  return tags.length === 0 ? 'NIL' : `(${tags.map((tag) => string(tag, utf8)).join(' ')})`;
}
