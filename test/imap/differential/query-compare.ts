import type { ImapReply } from '../../support/imap-client.ts';
import { readCode, readResponse, type Response, sortedNames, type Value } from './responses.ts';
import type { Both } from './two-servers.ts';

/** Responses that are about something else than the command, or of a form of their own at each server. */
const APART: ReadonlySet<string> = new Set(['CAPABILITY', 'FLAGS', 'ID', 'NAMESPACE']);
/** Dovecot makes a keyword when it is searched for, and tells of it; what SELECT tells is for the scripts of sessions. */
const TOLD_APART: ReadonlySet<string> = new Set(['CLOSED', 'HIGHESTMODSEQ', 'MAILBOXID', 'PERMANENTFLAGS']);
/** Codes that our answers may have where Dovecot says the same without one (RFC 5530 §3, RFC 8474 §4.1). */
const EXTRA_CODES: ReadonlySet<string> = new Set([
  'ALREADYEXISTS',
  'CANNOT',
  'MAILBOXID',
  'NONEXISTENT',
  'NOPERM',
  'OVERQUOTA',
  'UIDREQUIRED',
]);

/** Attributes that a server may tell when it happens to know (RFC 9051 §7.3.1). */
const MARKS: ReadonlySet<string> = new Set(['\\marked', '\\unmarked']);

/** In what the answers to one command differ; undefined when they mean the same. */
export function difference({ ours, theirs }: Both): string | undefined {
  if (ours.status !== theirs.status) return `${ours.status}, Dovecot: ${theirs.status}`;
  const [ourCode, theirCode] = [readCode(ours.code).name, readCode(theirs.code).name];
  const free = theirCode === 'CLIENTBUG' || (theirCode === '' && EXTRA_CODES.has(ourCode));
  if (ourCode !== theirCode && !free) return `[${ourCode}], Dovecot: [${theirCode}]`;
  const [left, right] = [meaning(ours), meaning(theirs)];
  const missing = without(right, left);
  const added = without(left, right);
  if (missing.length + added.length === 0) {
    // The order of names is free; that of results is what was asked for.
    return undefined;
  }
  return [
    ...added.map((line) => `only ours: ${line}`),
    ...missing.map((line) => `only Dovecot: ${line}`),
  ].join('\n');
}

/** The first list without what is in the second, each as often as it is there. */
function without(all: readonly string[], some: readonly string[]): string[] {
  const left = [...some];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

/** A line for each response; two lines that mean the same are the same. */
function meaning({ untagged }: ImapReply): string[] {
  return untagged
    .map((line) => readResponse(line.trimEnd()))
    .filter(({ name, code }) => !APART.has(name) && !(name === 'OK' && TOLD_APART.has(code?.name ?? '')))
    .map((response) => JSON.stringify(plain(response)));
}

function plain({ name, number, values, code, items }: Response): unknown {
  switch (name) {
    case 'OK':
    case 'NO':
      return [name, code?.name];
    case 'LIST':
    case 'LSUB':
      return [name, sortedNames(values[0]).filter((attribute) => !MARKS.has(attribute)), ...values.slice(1)];
    case 'STATUS':
      return [name, values[0], pairs(list(values[1]))];
    case 'ACL':
      return [
        name,
        values[0],
        pairs(values.slice(1).map((value, at) => (at % 2 === 0 ? value : letters(value)))),
      ];
    case 'MYRIGHTS':
      return [name, values[0], letters(values[1])];
    case 'METADATA':
      return [name, values[0], Array.isArray(values[1]) ? pairs(list(values[1])) : values.slice(1)];
    case 'QUOTA':
      return [name, list(values[1]).map(String)];
    case 'SEARCH':
      return [name, ...values.filter((value) => !Array.isArray(value))];
    case 'ESEARCH':
      return [name, ...esearch(values)];
    default:
      return [number, name, values, items && [...items]];
  }
}

const list = (value: Value | undefined): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : [];
const letters = (value: Value | undefined): string => Array.from(String(value)).sort().join('');

/** Names with their values, in the order of the names. */
function pairs(values: readonly Value[]): unknown[] {
  const named: [string, Value | undefined][] = [];
  for (let at = 0; at < values.length; at += 2)
    named.push([String(values[at]).toUpperCase(), values[at + 1]]);
  return named.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Without the tag; each result by its name. */
function esearch(values: readonly Value[]): unknown[] {
  const rest = Array.isArray(values[0]) ? values.slice(1) : [...values];
  const uid = rest[0] === 'UID';
  // Modification sequences are each server's own.
  return [
    uid,
    pairs(uid ? rest.slice(1) : rest).map((pair) => (String(pair).startsWith('MODSEQ,') ? 'MODSEQ' : pair)),
  ];
}
