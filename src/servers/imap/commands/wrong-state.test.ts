import { describe, expect, test } from 'vitest';
import type { ImapClient } from '../../../../test/support/imap-client.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';
import type { State } from '../types.ts';
import { commands } from './index.ts';

/** A form of every command of this table that is well formed, without its tag. */
const FORMS: Readonly<Record<string, string>> = {
  CAPABILITY: 'CAPABILITY',
  NOOP: 'NOOP',
  LOGOUT: 'LOGOUT',
  STARTTLS: 'STARTTLS',
  AUTHENTICATE: 'AUTHENTICATE PLAIN AAAA',
  LOGIN: 'LOGIN a b',
  UNAUTHENTICATE: 'UNAUTHENTICATE',
  ENABLE: 'ENABLE CONDSTORE',
  ID: 'ID NIL',
  COMPRESS: 'COMPRESS NONE',
  SELECT: 'SELECT INBOX',
  EXAMINE: 'EXAMINE INBOX',
  CHECK: 'CHECK',
  CLOSE: 'CLOSE',
  UNSELECT: 'UNSELECT',
  CREATE: 'CREATE x',
  DELETE: 'DELETE x',
  RENAME: 'RENAME x y',
  SUBSCRIBE: 'SUBSCRIBE INBOX',
  UNSUBSCRIBE: 'UNSUBSCRIBE INBOX',
  LIST: 'LIST "" *',
  LSUB: 'LSUB "" *',
  NAMESPACE: 'NAMESPACE',
  STATUS: 'STATUS INBOX (MESSAGES)',
  NOTIFY: 'NOTIFY NONE',
  GETACL: 'GETACL INBOX',
  SETACL: 'SETACL INBOX bert@example.org lr',
  DELETEACL: 'DELETEACL INBOX bert@example.org',
  LISTRIGHTS: 'LISTRIGHTS INBOX bert@example.org',
  MYRIGHTS: 'MYRIGHTS INBOX',
  GETQUOTA: 'GETQUOTA x',
  GETQUOTAROOT: 'GETQUOTAROOT INBOX',
  SETQUOTA: 'SETQUOTA x ()',
  GETMETADATA: 'GETMETADATA INBOX /private/comment',
  SETMETADATA: 'SETMETADATA INBOX (/private/comment NIL)',
  FETCH: 'FETCH 1:* FLAGS',
  'UID FETCH': 'UID FETCH 1:* FLAGS',
  STORE: 'STORE 1:* +FLAGS (x)',
  'UID STORE': 'UID STORE 1:* +FLAGS (x)',
  COPY: 'COPY 1:* INBOX',
  'UID COPY': 'UID COPY 1 INBOX',
  MOVE: 'MOVE 1:* INBOX',
  'UID MOVE': 'UID MOVE 1 INBOX',
  APPEND: 'APPEND INBOX {3+}\r\na\r\n',
  REPLACE: 'REPLACE 1 INBOX {3+}\r\na\r\n',
  'UID REPLACE': 'UID REPLACE 1 INBOX {3+}\r\na\r\n',
  EXPUNGE: 'EXPUNGE',
  'UID EXPUNGE': 'UID EXPUNGE 1',
  UIDBATCHES: 'UIDBATCHES 1000',
  SEARCH: 'SEARCH ALL',
  'UID SEARCH': 'UID SEARCH ALL',
  SORT: 'SORT (DATE) UTF-8 ALL',
  'UID SORT': 'UID SORT (DATE) UTF-8 ALL',
  THREAD: 'THREAD REFERENCES UTF-8 ALL',
  'UID THREAD': 'UID THREAD REFERENCES UTF-8 ALL',
  ESEARCH: 'ESEARCH IN (selected) ALL',
  CANCELUPDATE: 'CANCELUPDATE "x"',
};
/** It has a dialogue of its own. */
const WITHOUT_FORM = new Set(['IDLE']);

const STATES: readonly State[] = ['not-authenticated', 'authenticated', 'selected'];
const rig = new ImapRig();

async function inState(state: State): Promise<ImapClient> {
  if (state === 'not-authenticated') return rig.client();
  return state === 'authenticated' ? rig.loggedIn() : rig.selected();
}

test('every command has a form here', () => {
  expect([...commands.keys()].filter((name) => !(name in FORMS) && !WITHOUT_FORM.has(name))).toEqual([]);
});

/** Whose arguments need not be there. */
const BARE: ReadonlySet<string> = new Set(['EXPUNGE', 'ID', 'ENABLE']);

describe.each(STATES)('%s', (state) => {
  test('commands of other states are refused with BAD', async () => {
    await rig.start({ settings: { errors: 1000 } });
    const client = await inState(state);
    for (const [name, { states }] of commands)
      if (!states.includes(state)) {
        const { status, raw } = await client.command(FORMS[name] ?? name);
        expect(`${name}: ${status}`, raw).toBe(`${name}: BAD`);
      }
    expect((await client.command('NOOP')).status).toBe('OK');
  });

  test('octets left over are refused with BAD', async () => {
    await rig.start({ settings: { errors: 1000 } });
    const client = await inState(state);
    for (const [name, { states }] of commands) {
      if (!states.includes(state) || FORMS[name] === undefined) continue;
      for (const more of [' )', ' {3+}\r\nabc']) {
        // They take as many strings as come.
        if ((name === 'APPEND' || name === 'CANCELUPDATE') && more !== ' )') continue;
        const { status, raw } = await client.command(`${FORMS[name]}${more}`);
        expect(`${name}${more}: ${status}`, raw).toBe(`${name}${more}: BAD`);
      }
    }
    expect((await client.command('NOOP')).status).toBe('OK');
  });

  test('commands that want arguments are refused without, and with half of them', async () => {
    await rig.start({ settings: { errors: 1000 } });
    const client = await inState(state);
    for (const [name, { states }] of commands) {
      const form = FORMS[name];
      if (!states.includes(state) || form === undefined || form === name || BARE.has(name)) continue;
      for (const text of [name, `${name} `]) {
        const { status, raw } = await client.command(text);
        expect(`${text}: ${status}`, raw).toBe(`${text}: BAD`);
      }
    }
    expect((await client.command('NOOP')).status).toBe('OK');
  });
});

test.each([
  '',
  ' ',
  '(',
  'a',
  'a ',
  'a XYZZY',
  '* NOOP',
  '+ NOOP',
  'a  NOOP',
  'a UID',
  'a UID NOOP',
  'a {3+}\r\nabc',
])('%j is no command', async (line) => {
  await rig.start();
  const client = await rig.client();
  client.send(`${line}\r\n`);
  expect(await client.line()).toMatch(/^(?:\*|a) BAD /);
  expect((await client.command('noop')).status).toBe('OK');
});
