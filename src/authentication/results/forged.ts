import type { Message } from '../../message/types.ts';
import { normalDomain } from '../organizational-domain.ts';
import { readCharacters } from './characters.ts';

/** An authserv-id is near the beginning; nobody needs comments of this size before it. */
const MAX_LOOKED_AT = 4_096;

/**
 * Authentication-Results fields of a message that bear one of these authserv-ids, or may be read so by a lenient
 * reader: 1-based
 * indexes among the fields of that name, for removal (RFC 8601 §5). Ours are added after this, so all of them are
 * forged, or of an earlier hop of ours whose results we make again.
 */
export function forgedResults(message: Message, authservIds: readonly string[]): number[] {
  const ours = authservIds.map(comparable);
  const forged: number[] = [];
  message.header.all('authentication-results').forEach((field, index) => {
    if (ours.some((id) => bears(field.rawValue, id))) forged.push(index + 1);
  });
  return forged;
}

function bears(rawValue: string, ours: string): boolean {
  // Raw values hold bytes; a name may stand in them as UTF-8 (RFC 6532).
  const text = Buffer.from(rawValue.slice(0, MAX_LOOKED_AT), 'latin1').toString('utf8');
  const head = readHead(text);
  if (head === undefined) return squeezed(text).includes(ours);
  const [id = '', ...rest] = head;
  if (comparable(id) === ours) return true;
  // More than an id and a version: no valid field, and who knows which word a reader takes.
  const regular = id !== '' && (rest.length === 0 || (rest.length === 1 && /^\d+$/.test(rest[0] ?? '')));
  return !regular && squeezed(head.join('')).includes(ours);
}

/**
 * The words before the first semicolon, comments left out and quoted strings undone; undefined when a comment or a
 * quoted string does not end.
 */
function readHead(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const whole = readCharacters(text, (character, quoted) => {
    if (!quoted && character === ';') return true;
    if (!quoted && /\s/.test(character)) endWord();
    else word = (word ?? '') + character;
    return false;
  });
  endWord();
  return whole ? words : undefined;
}

/** One spelling for names that mean the same: case, root's dot, percent-encoding, U-labels. */
function comparable(id: string): string {
  const text = id.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
  return normalDomain(text);
}

/** What is left of a text without anything that could hide a name in it. */
function squeezed(text: string): string {
  return comparable(text.replace(/[\s"\\]+/g, '')).toLowerCase();
}
