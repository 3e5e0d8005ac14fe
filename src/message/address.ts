import type { Report } from './defects.ts';
import type { MessageLimits } from './limits.ts';
import { readComment, readQuoted } from './tokens.ts';
import type { Address } from './types.ts';
import { decodeWords } from './words.ts';

type AddressLimits = Pick<MessageLimits, 'addresses' | 'commentDepth' | 'encodedWords'>;

/** A word of a phrase or address; `space`: white space or a comment stood before it. */
interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly space: boolean;
}

/** dot-atom-text (RFC 5322 §3.2.3), non-ASCII included (RFC 6532 §3.2). */
const DOT_ATOM = /^[^\s()<>[\]:;@\\,."\x00-\x1f]+(?:\.[^\s()<>[\]:;@\\,."\x00-\x1f]+)*$/;

/** Words of a local part or domain put together: white space (obsolete syntax, RFC 5322 §4.4) is dropped. */
function joinAddress(words: readonly Word[]): string {
  let out = '';
  for (const word of words)
    out += word.text.startsWith('[')
      ? word.text.replace(/\s+/g, '')
      : !word.quoted || DOT_ATOM.test(word.text)
        ? word.text
        : `"${word.text.replace(/["\\]/g, '\\$&')}"`;
  return out;
}

/** Words of a phrase put together as a display name, encoded words decoded (RFC 2047 §5 (3)). */
function joinPhrase(words: readonly Word[], limit: number, report?: Report): string {
  let out = '';
  for (const word of words) out += (word.space && out !== '' ? ' ' : '') + word.text;
  return decodeWords(out, report, limit).trim();
}

/** Reads one field; a mailbox or group ends at its comma, and what has been read so far waits in these fields. */
class AddressReader {
  private readonly value: string;
  private readonly limits: AddressLimits;
  private readonly report: Report | undefined;
  private readonly top: Address[] = [];
  private group: { name: string; members: Address[] } | undefined;
  private words: Word[] = [];
  private comment = '';
  private angle: string | undefined;
  private route = '';
  private count = 0;

  constructor(value: string, limits: AddressLimits, report?: Report) {
    this.value = value;
    this.limits = limits;
    this.report = report;
  }

  read(): readonly Address[] {
    const { value } = this;
    let space = false;
    let i = 0;
    while (i < value.length && this.count < this.limits.addresses) {
      const character = value[i] ?? '';
      if (character === ' ' || character === '\t' || character === '\r' || character === '\n') {
        space = true;
        i++;
        continue;
      }
      if (character === '(') {
        const { end, text } = readComment(value, i, this.limits.commentDepth, this.report);
        this.comment ||= text.trim();
        space = true;
        i = end;
        continue;
      }
      i = this.readAt(i, character, space);
      space = false;
    }
    if (i < value.length) this.report?.('too-many-addresses');
    this.endMailbox();
    if (this.group !== undefined) {
      this.report?.('invalid-address');
      this.endGroup();
    }
    return this.top;
  }

  /** Takes the token at `i`, which is neither white space nor a comment; the index after it. */
  private readAt(i: number, character: string, space: boolean): number {
    switch (character) {
      case '"': {
        const { end, text } = readQuoted(this.value, i, this.report);
        this.words.push({ text, quoted: true, space });
        return end;
      }
      case '<':
        return this.readAngle(i);
      case '[':
        return this.readLiteral(i, space);
      case ',':
        this.endMailbox();
        return i + 1;
      case ';':
        // Ends a group; between addresses it is Outlook's comma.
        this.endMailbox();
        if (this.group === undefined) this.report?.('invalid-address');
        else this.endGroup();
        return i + 1;
      case ':':
        this.startGroup();
        return i + 1;
      case '>':
      case ')':
      case ']':
        this.report?.('invalid-address');
        return i + 1;
      default: {
        const end = this.atomEnd(i);
        this.words.push({ text: this.value.slice(i, end), quoted: false, space });
        return end;
      }
    }
  }

  private atomEnd(i: number): number {
    ATOM_END.lastIndex = i + 1;
    return ATOM_END.exec(this.value)?.index ?? this.value.length;
  }

  /** domain-literal (RFC 5322 §3.4.1). Without its closing bracket it is an ordinary word. */
  private readLiteral(i: number, space: boolean): number {
    LITERAL.lastIndex = i;
    const literal = LITERAL.exec(this.value);
    const text = literal === null ? '[' : literal[0];
    if (literal === null) this.report?.('invalid-address');
    this.words.push({ text, quoted: false, space });
    return i + (literal === null ? 1 : literal[0].length);
  }

  /** angle-addr with its obsolete route (RFC 5322 §3.4, RFC 5322 §4.4); ends at `>` or, when that is missing, at a comma. */
  private readAngle(at: number): number {
    const { value } = this;
    // A second <…> in one mailbox is a mailbox of its own: readers differ on which of the two they show.
    if (this.angle !== undefined) {
      this.report?.('invalid-address');
      this.endMailbox();
    }
    let words: Word[] = [];
    const next = value.indexOf('<', at + 1);
    const closed = value.slice(at, next < 0 ? value.length : next).includes('>');
    let i = at + 1;
    let route = false;
    for (; i < value.length; ) {
      const character = value[i] ?? '';
      if (character === '>') break;
      if (character === '@' && words.length === 0 && !route) {
        route = true;
        i++;
      } else if (character === ':' && route) {
        this.report?.('obsolete-route');
        this.route = `@${words.map((word) => word.text).join(',')}`;
        words = [];
        route = false;
        i++;
      } else if ((character === ',' || character === ';') && !route && !closed) {
        break;
      } else if (character === '"') {
        const { end, text } = readQuoted(value, i, this.report);
        words.push({ text, quoted: true, space: false });
        i = end;
      } else if (character === '(') i = readComment(value, i, this.limits.commentDepth, this.report).end;
      else if (character === '[') i = this.pushLiteral(words, i);
      else if (/[\s<]/.test(character)) i++;
      else if (character === ',' || character === ';') {
        // Inside the brackets it can only be a fault of the address.
        if (!route) {
          this.report?.('invalid-address');
          words.push({ text: character, quoted: false, space: false });
        }
        i++;
      } else {
        const end = this.atomEnd(i);
        words.push({ text: value.slice(i, end), quoted: false, space: false });
        i = end;
      }
    }
    if (route) words.unshift({ text: '@', quoted: false, space: false });
    this.angle = joinAddress(words);
    if (value[i] === '>') return i + 1;
    this.report?.('invalid-address');
    return i;
  }

  private pushLiteral(words: Word[], i: number): number {
    const before = this.words;
    this.words = words;
    const end = this.readLiteral(i, false);
    this.words = before;
    return end;
  }

  private startGroup(): void {
    // `mailto:a@b` and other stray colons: what stood before is no group name when an address is already there.
    if (this.angle !== undefined || this.words.some((word) => !word.quoted && word.text.includes('@'))) {
      this.report?.('invalid-address');
      this.endMailbox();
      return;
    }
    if (this.group !== undefined) {
      this.report?.('invalid-address');
      this.endGroup();
    }
    this.group = { name: joinPhrase(this.words, this.limits.encodedWords, this.report), members: [] };
    this.words = [];
    this.comment = '';
  }

  private endGroup(): void {
    if (this.group === undefined) return;
    this.count++;
    this.top.push({ name: this.group.name, address: '', group: this.group.members });
    this.group = undefined;
    this.comment = '';
  }

  private push(name: string, address: string, route = ''): void {
    if (this.count >= this.limits.addresses) return;
    this.count++;
    (this.group?.members ?? this.top).push(route === '' ? { name, address } : { name, address, route });
  }

  private endMailbox(): void {
    const { words, angle, comment, route } = this;
    this.words = [];
    this.angle = undefined;
    this.comment = '';
    this.route = '';
    const { report } = this;
    const limit = this.limits.encodedWords;
    if (angle !== undefined) {
      const name = joinPhrase(words, limit, report);
      this.push(name === '' ? decodeWords(comment, report, limit) : name, angle, route);
      return;
    }
    if (words.length === 0) return;
    const [first, last] = bareAddress(words);
    if (first < 0) {
      report?.('invalid-address');
      this.push(joinPhrase(words, limit, report), '');
      return;
    }
    const rest = [...words.slice(0, first), ...words.slice(last + 1)];
    if (rest.length > 0) report?.('invalid-address');
    const name = joinPhrase(rest, limit, report);
    this.push(
      name === '' ? decodeWords(comment, report, limit) : name,
      joinAddress(words.slice(first, last + 1)),
    );
  }
}

const ATOM_END = /[\s()<>[\]:;,"]/g;
const LITERAL = /\[[^[\]<>]{0,255}\]/y;

/**
 * First and last of the words that make an address without angle brackets: the word with the `@` and those that a dot
 * or `@` ties to it. [-1, -1] when there is none.
 */
function bareAddress(words: readonly Word[]): [number, number] {
  const at = words.findIndex((word) => !word.quoted && word.text.includes('@'));
  if (at < 0) return [-1, -1];
  const tied = (left: Word | undefined, right: Word | undefined): boolean => {
    if (left === undefined || right === undefined) return false;
    return (
      !right.space ||
      /[.@]$/.test(left.quoted ? '' : left.text) ||
      /^[.@]/.test(right.quoted ? '' : right.text)
    );
  };
  let first = at;
  let last = at;
  while (tied(words[first - 1], words[first])) first--;
  while (tied(words[last], words[last + 1])) last++;
  return [first, last];
}

/**
 * Reads an address list with groups and the obsolete forms (RFC 5322 §3.4, RFC 5322 §4.4) from an unfolded value.
 * Words without an address become an entry with an empty address. A comment names an address that has no name.
 */
export function parseAddresses(value: string, limits: AddressLimits, report?: Report): readonly Address[] {
  return new AddressReader(value, limits, report).read();
}
