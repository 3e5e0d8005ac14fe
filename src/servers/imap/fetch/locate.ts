import type { Structure } from '../../../store/mail/content-types.ts';
import type { Section } from './section.ts';

/** Octets of a message that a section means. */
export interface Located {
  readonly start: number;
  readonly end: number;
  /** It is a header of which only some fields are wanted. */
  readonly filtered: boolean;
}

/**
 * The part with these numbers (RFC 9051 §6.4.5.1): a multipart counts its parts, a message/rfc822 those of the message in
 * it, and anything else has one part, itself (other servers have it so below the top too). Undefined when there is none.
 */
export function partAt(message: Structure, path: readonly number[]): Structure | undefined {
  /** Whose parts the next number counts. */
  let holder: Structure | undefined = message;
  let part: Structure | undefined = message;
  for (const number of path) {
    if (holder === undefined) return undefined;
    const within: Structure = holder;
    part = within.type === 'multipart' ? within.parts[number - 1] : number === 1 ? within : undefined;
    if (part === undefined) return undefined;
    if (part.message !== null) holder = part.message.structure;
    else holder = part === within ? undefined : part;
  }
  return part;
}

/** Where the octets of a section are; undefined when the message has no such section. */
export function locate(message: Structure, section: Section): Located | undefined {
  const part = partAt(message, section.path);
  if (part === undefined) return undefined;
  const top = section.path.length === 0;
  if (section.text === 'whole')
    return { start: top ? part.start : part.bodyStart, end: part.end, filtered: false };
  if (section.text === 'mime') return { start: part.start, end: part.bodyStart, filtered: false };
  // HEADER and TEXT below the top are those of a message that the part is.
  const entity = top ? part : part.message?.structure;
  if (entity === undefined) return undefined;
  if (section.text === 'text') return { start: entity.bodyStart, end: entity.end, filtered: false };
  return { start: entity.start, end: entity.bodyStart, filtered: section.text !== 'header' };
}
