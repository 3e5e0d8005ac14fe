import type { ImapReply } from '../../support/imap-client.ts';
import { type Code, readCode, readUntagged, type Response, type Value } from './responses.ts';

/** One line of a script: a command that both are to answer alike. */
export interface Line {
  readonly text: string;
  /** As `TwoClients.command` takes them. */
  readonly pieces: readonly (string | Buffer)[];
  /** Why they need not: the comment above a line that begins with `~ `. */
  readonly accepted: string | undefined;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\n', '\r\n'],
  ['\\l', '\n'],
  ['\\r', '\r'],
  ['\\0', '\0'],
]);

/**
 * Reads a script: a command a line. `<<…>>` is a literal, `~<<…>>` a literal8, and with a `+` behind the first bracket
 * (`<+<…>>`) it is sent at once; in them `\n` is CRLF, `\l` a line feed, `\r` a carriage return, `\0` NUL. Lines with `#` are
 * comments; the one above a line with `~ ` says why the servers differ there.
 */
export function readScript(script: string): Line[] {
  const lines: Line[] = [];
  let comment = '';
  for (const line of script.split('\n')) {
    if (line.startsWith('#')) comment = `${comment} ${line.slice(1).trim()}`.trim();
    else {
      const accepted = line.startsWith('~ ') ? comment : undefined;
      const text = line.replace(/^~ /, '');
      if (text !== '') lines.push({ text, pieces: pieces(text), accepted });
      comment = accepted ?? '';
    }
  }
  return lines;
}

function pieces(text: string): (string | Buffer)[] {
  const all: Buffer[] = [Buffer.alloc(0)];
  const add = (octets: Buffer): void => {
    all.push(Buffer.concat([all.pop() ?? Buffer.alloc(0), octets]));
  };
  for (const [, before = '', plus, inner] of text.matchAll(/(.*?)(?:<(\+?)<(.*?)>>|$)/g)) {
    add(Buffer.from(before));
    if (inner === undefined) continue;
    const octets = Buffer.from(
      inner.replace(/\\[nlr0]/g, (escape) => ESCAPES.get(escape) ?? ''),
      'latin1',
    );
    add(Buffer.from(`{${octets.length}${plus}}`));
    if (plus === '+') add(Buffer.concat([Buffer.from('\r\n'), octets]));
    else all.push(octets);
  }
  return all;
}

/** Codes that say a server's own things, or that the RFCs leave to it. */
const OWN_CODES: ReadonlySet<string> = new Set([
  'MAILBOXID',
  'HIGHESTMODSEQ',
  'NOMODSEQ',
  'CLIENTBUG',
  'CANNOT',
  'INPROGRESS',
]);
const NOW = 'now';
/** A time so near is that of the test. */
const NEAR = 3_600_000;

/** What a reply says, in a form in which both servers say it alike. */
export function meaning(reply: ImapReply): unknown {
  const code = meaningOfCode(readCode(reply.code));
  const untagged = readUntagged(reply)
    .map((response) => meaningOf(response))
    .filter((one) => one !== undefined);
  return { status: reply.status, ...(code !== undefined && { code }), untagged };
}

function meaningOf(response: Response): unknown {
  const { name, number, values, items, code } = response;
  if (items !== undefined) return [number, name, Object.fromEntries([...items].sort(byName).map(ofItem))];
  if (name === 'FLAGS') return [name, sorted(values[0])];
  if (name === 'STATUS') return [name, values[0], pairs(values[1])];
  if (code !== undefined) {
    const told = meaningOfCode(code);
    return told === undefined ? undefined : [name, told];
  }
  // OK and its kin without a code are words for people.
  return values.length === 0 && number === undefined ? undefined : [number, name, values];
}

function meaningOfCode({ name, values }: Code): unknown {
  if (name === '' || OWN_CODES.has(name)) return undefined;
  if (name === 'UIDVALIDITY') return [name];
  if (name === 'APPENDUID' || name === 'COPYUID') return [name, ...values.slice(1)];
  if (name === 'PERMANENTFLAGS') return [name, sorted(values[0])];
  return [name, ...values];
}

const byName = ([one]: readonly [string, Value], [other]: readonly [string, Value]): number =>
  one < other ? -1 : 1;

function ofItem([name, value]: readonly [string, Value]): readonly [string, unknown] {
  if (name === 'FLAGS') return [name, sorted(value)];
  if (name === 'MODSEQ') return [name, Array.isArray(value)];
  if (name === 'INTERNALDATE' || name === 'SAVEDATE')
    return [name, Math.abs(Date.now() - Date.parse(String(value))) < NEAR ? NOW : value];
  return [name, value];
}

const sorted = (value: Value | undefined): unknown =>
  Array.isArray(value) ? value.map((one) => String(one).toLowerCase()).sort() : value;

/** Names and values, in the order of the names. */
function pairs(value: Value | undefined): unknown {
  if (!Array.isArray(value)) return value;
  const all = value.flatMap((name, at) => (at % 2 === 0 ? [[String(name), value[at + 1]] as const] : []));
  return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
}
