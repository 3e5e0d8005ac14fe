import { readSectionSpec, type Section } from '../fetch/section.ts';
import { ArgumentCursor } from '../wire/cursor.ts';
import { BadArgument } from '../wire/errors.ts';

/** What a URL of CATENATE names: a message of ours, or a part of one. */
export interface MessageUrl {
  /** Undefined: the mailbox that is open. */
  readonly mailbox: string | undefined;
  readonly uidValidity: number | undefined;
  readonly uid: number;
  readonly section: Section | undefined;
  readonly partial: { readonly start: number; readonly length: number | undefined } | undefined;
}

// RFC 5092 §11: ["/" mailbox [";UIDVALIDITY=" n]] "/" ";UID=" n ["/" ";SECTION=" s] ["/" ";PARTIAL=" from ["." length]]
const URL =
  /^(?:\/?([^;]*?)(?:;UIDVALIDITY=(\d{1,10}))?\/)?;UID=(\d{1,10})(?:\/;SECTION=([^;]{1,1000}?))?(?:\/;PARTIAL=(\d{1,15})(?:\.(\d{1,15}))?)?$/i;
const MAX_URL = 4000;

/** Reads a URL that is relative to this server; undefined for all others (RFC 4469 §3: they are refused). */
export function readMessageUrl(url: string): MessageUrl | undefined {
  if (url.length > MAX_URL || /^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith('//')) return undefined;
  const match = URL.exec(url);
  if (match === null) return undefined;
  const [, mailbox, uidValidity, uid, section, start, length] = match;
  const name = mailbox === undefined || mailbox === '' ? undefined : decoded(mailbox);
  if (name === undefined && mailbox !== undefined && mailbox !== '') return undefined;
  const spec = section === undefined ? undefined : readSection(section);
  if (section !== undefined && spec === undefined) return undefined;
  return {
    mailbox: name === undefined ? undefined : /^inbox$/i.test(name) ? 'INBOX' : name,
    uidValidity: uidValidity === undefined ? undefined : Number(uidValidity),
    uid: Number(uid),
    section: spec,
    partial:
      start === undefined
        ? undefined
        : { start: Number(start), length: length === undefined ? undefined : Number(length) },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readSection(text: string): Section | undefined {
  const spec = decoded(text);
  if (spec === undefined) return undefined;
  try {
    const args = new ArgumentCursor(spec);
    const section = readSectionSpec(args);
    args.end();
    return section;
  } catch (error) {
    if (error instanceof BadArgument) return undefined;
    throw error;
  }
}
