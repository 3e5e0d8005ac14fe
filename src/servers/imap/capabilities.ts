import { commands } from './commands/index.ts';
import { MESSAGE_LIMIT } from './message-limit.ts';
import type { SessionControl } from './types.ts';

/**
 * What is announced once somebody has logged in, and the commands it needs: announced when all of them are in the table
 * of commands. An ability within a command is a line here as soon as the command has it.
 */
const EXTENSIONS: readonly (readonly [capability: string, ...commands: readonly string[]])[] = [
  ['ACL', 'GETACL', 'SETACL', 'DELETEACL', 'LISTRIGHTS', 'MYRIGHTS'],
  ['BINARY', 'FETCH', 'APPEND'],
  ['CATENATE', 'APPEND'],
  ['CHILDREN', 'LIST'],
  ['CONDSTORE', 'FETCH', 'STORE'],
  ['CONTEXT=SEARCH', 'SEARCH', 'CANCELUPDATE'],
  ['CONTEXT=SORT', 'SORT', 'CANCELUPDATE'],
  ['CREATE-SPECIAL-USE', 'CREATE'],
  ['ESEARCH', 'SEARCH'],
  ['ESORT', 'SORT'],
  ['I18NLEVEL=1', 'SEARCH', 'SORT', 'THREAD'],
  ['INPROGRESS', 'SEARCH', 'FETCH'],
  ['LIST-EXTENDED', 'LIST'],
  ['LIST-METADATA', 'LIST', 'GETMETADATA'],
  ['LIST-MYRIGHTS', 'LIST'],
  ['LIST-STATUS', 'LIST', 'STATUS'],
  ['METADATA', 'GETMETADATA', 'SETMETADATA'],
  ['METADATA-SERVER', 'GETMETADATA', 'SETMETADATA'],
  ['MOVE', 'MOVE', 'UID MOVE'],
  ['MULTISEARCH', 'ESEARCH'],
  ['MULTIAPPEND', 'APPEND'],
  ['NAMESPACE', 'NAMESPACE'],
  ['NOTIFY', 'NOTIFY'],
  ['OBJECTID', 'FETCH', 'STATUS'],
  ['PARTIAL', 'SEARCH', 'FETCH'],
  ['PREVIEW', 'FETCH'],
  ['QRESYNC', 'FETCH', 'STORE'],
  ['QUOTA', 'GETQUOTA', 'GETQUOTAROOT'],
  ['QUOTA=RES-STORAGE', 'GETQUOTA'],
  ['QUOTA=RES-MESSAGE', 'GETQUOTA'],
  ['QUOTA=RES-MAILBOX', 'GETQUOTA'],
  ['QUOTA=RES-ANNOTATION-STORAGE', 'GETQUOTA'],
  ['QUOTASET', 'SETQUOTA'],
  ['REPLACE', 'REPLACE', 'UID REPLACE'],
  ['RIGHTS=kxte', 'SETACL'],
  ['SAVEDATE', 'SEARCH', 'FETCH'],
  ['SEARCH=FUZZY', 'SEARCH'],
  ['SEARCHRES', 'SEARCH'],
  ['SORT', 'SORT', 'UID SORT'],
  ['SORT=DISPLAY', 'SORT'],
  ['SPECIAL-USE', 'LIST'],
  ['STATUS=SIZE', 'STATUS'],
  ['THREAD=ORDEREDSUBJECT', 'THREAD'],
  ['THREAD=REFERENCES', 'THREAD'],
  ['THREAD=REFS', 'THREAD'],
  ['UIDBATCHES', 'UIDBATCHES'],
  ['UIDONLY', 'FETCH', 'STORE'],
  ['UIDPLUS', 'APPEND', 'UID COPY', 'UID EXPUNGE'],
  ['UNAUTHENTICATE', 'UNAUTHENTICATE'],
  ['UNSELECT', 'UNSELECT'],
  ['UTF8=ACCEPT', 'APPEND', 'FETCH'],
  ['WITHIN', 'SEARCH'],
];

const ALWAYS = ['IMAP4rev2', 'IMAP4rev1', 'ENABLE', 'ID', 'IDLE', 'LITERAL+'];

/** RFC 9051 §6.1.1, in the order of their weight. */
export function capabilities(session: SessionControl): string[] {
  return session.state === 'not-authenticated' ? beforeLogin(session) : afterLogin(session);
}

function beforeLogin({ options, channel, link }: SessionControl): string[] {
  const mechanisms = options.sasl.mechanisms(channel);
  return [
    ...ALWAYS,
    'SASL-IR',
    ...(channel.tls === undefined && link.startTls && !link.compressed ? ['STARTTLS'] : []),
    ...(mechanisms.includes('PLAIN') ? [] : ['LOGINDISABLED']),
    ...mechanisms.map((name) => `AUTH=${name}`),
  ];
}

function afterLogin({ options, link }: SessionControl): string[] {
  return [
    ...ALWAYS,
    ...EXTENSIONS.filter(([, ...needed]) => needed.every((name) => commands.has(name))).map(([name]) => name),
    ...(commands.has('FETCH') ? [`MESSAGELIMIT=${MESSAGE_LIMIT}`] : []),
    ...(commands.has('APPEND') ? [`APPENDLIMIT=${options.appendLimit}`] : []),
    // RFC 6785 §2.1.
    ...(options.events?.url === undefined ? [] : [`IMAPSIEVE=${options.events.url}`]),
    ...(link.compressed ? [] : ['COMPRESS=DEFLATE']),
  ];
}
