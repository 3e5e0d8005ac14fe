import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../../../test/support/cpu.ts';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';
import type { ImapClient } from '../../../../test/support/imap-client.ts';

describeCommand({ form: ['LIST ', text(''), ' ', text('*')], states: LOGGED_IN });

const rig = new ImapRig();

async function withMailboxes(...names: string[]): Promise<ImapClient> {
  await rig.start();
  const client = await rig.loggedIn();
  for (const name of names) await client.ok(`CREATE "${name}"`);
  return client;
}
/** Names that a command lists. */
const names = async (client: ImapClient, command: string): Promise<string[]> =>
  (await client.ok(command)).untagged.map((line) => /"\/" (\S+)/.exec(line)?.[1] ?? line);
const lines = async (client: ImapClient, command: string): Promise<string[]> =>
  (await client.ok(command)).untagged;

describe('patterns', () => {
  test.each([
    ['LIST "" *', ['INBOX', 'a', 'a/b', 'a/b/c', 'd']],
    ['LIST "" %', ['INBOX', 'a', 'd']],
    ['LIST "" a/%', ['a/b']],
    ['LIST a/ %', ['a/b']],
    ['LIST "" "a*c"', ['a/b/c']],
    ['LIST "" %/%/%', ['a/b/c']],
    ['LIST "" inbox', ['INBOX']],
    ['LIST "" %nb*', ['INBOX']],
    ['LIST "" *%*%*%*%*%*%', ['INBOX', 'a', 'a/b', 'a/b/c', 'd']],
    ['LIST "" missing', []],
    ['LIST "" "&"', []],
    ['LIST "" ../*', []],
    ['LIST "" (d a)', ['a', 'd']],
    ['LIST {0+}\r\n {1+}\r\n%', ['INBOX', 'a', 'd']],
  ])('%s', async (command, expected) => {
    const client = await withMailboxes('a/b/c', 'd');
    expect(await names(client, command)).toEqual(expected);
  });

  test('the delimiter', async () => {
    const client = await withMailboxes();
    expect(await lines(client, 'LIST "" ""')).toEqual(['LIST (\\Noselect) "/" ""']);
    expect(await lines(client, 'LIST a/b ""')).toEqual(['LIST (\\Noselect) "/" "a/"']);
    expect(await lines(client, 'LIST a ""')).toEqual(['LIST (\\Noselect) "/" ""']);
    expect(await lines(client, 'LIST "" ()')).toEqual([]);
  });

  test('time grows with the length of the pattern only', async () => {
    const client = await withMailboxes('x'.repeat(200), `${'x'.repeat(100)}/${'y'.repeat(90)}`);
    const used = cpuTimer();
    expect(await names(client, `LIST "" "${'x*%x'.repeat(200)}"`)).toEqual([]);
    expect(used()).toBeLessThan(2000);
    expect((await client.command(`LIST "" "${'x'.repeat(1001)}"`)).status).toBe('BAD');
  });

  test('names outside ASCII', async () => {
    const client = await withMailboxes('Entw&APw-rfe');
    expect(await names(client, 'LIST "" Entw*')).toEqual(['Entw&APw-rfe']);
    expect(await names(client, 'LIST "" "&APw-*"')).toEqual([]);
    await client.ok('ENABLE UTF8=ACCEPT');
    expect((await lines(client, 'LIST "" Entw*'))[0]).toContain(Buffer.from('"Entwürfe"').toString('latin1'));
  });
});

describe('attributes', () => {
  test('children, special use', async () => {
    const client = await withMailboxes('a/b');
    await client.ok('CREATE Gesendet (USE (\\Sent))');
    expect(await lines(client, 'LIST "" *')).toEqual([
      'LIST (\\HasNoChildren) "/" INBOX',
      'LIST (\\HasNoChildren \\Sent) "/" Gesendet',
      'LIST (\\Noselect \\HasChildren) "/" a',
      'LIST (\\HasNoChildren) "/" a/b',
    ]);
    expect(await names(client, 'LIST (SPECIAL-USE) "" *')).toEqual(['Gesendet']);
    // The extended form tells what it was asked for.
    expect(await lines(client, 'LIST "" (a Gesendet) RETURN ()')).toEqual([
      'LIST () "/" Gesendet',
      'LIST (\\NonExistent) "/" a',
    ]);
    expect(await lines(client, 'LIST "" (a Gesendet) RETURN (CHILDREN SPECIAL-USE)')).toEqual([
      'LIST (\\HasNoChildren \\Sent) "/" Gesendet',
      'LIST (\\NonExistent \\HasChildren) "/" a',
    ]);
  });
});

describe('subscriptions', () => {
  test('LIST and LSUB', async () => {
    const client = await withMailboxes('a/b/c', 'd');
    await client.ok('SUBSCRIBE a/b/c');
    await client.ok('SUBSCRIBE d');
    expect(await lines(client, 'LIST (SUBSCRIBED) "" *')).toEqual([
      'LIST (\\Subscribed) "/" a/b/c',
      'LIST (\\Subscribed) "/" d',
    ]);
    expect(await lines(client, 'LIST (SUBSCRIBED RECURSIVEMATCH) "" %')).toEqual([
      'LIST (\\NonExistent) "/" a (CHILDINFO ("SUBSCRIBED"))',
      'LIST (\\Subscribed) "/" d',
    ]);
    expect((await lines(client, 'LIST "" d RETURN (SUBSCRIBED)'))[0]).toContain('\\Subscribed');
    expect(await lines(client, 'LSUB "" *')).toEqual(['LSUB () "/" a/b/c', 'LSUB () "/" d']);
    expect(await names(client, 'LSUB "" *%')).toEqual(['a/b/c', 'd']);
    expect(await lines(client, 'LSUB "" %')).toEqual(['LSUB (\\Noselect) "/" a', 'LSUB () "/" d']);
    await client.ok('UNSUBSCRIBE d');
    expect(await names(client, 'LSUB "" *')).toEqual(['a/b/c']);
    await client.ok('DELETE a/b/c');
    expect(await lines(client, 'LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (CHILDREN)')).toEqual([
      'LIST (\\NonExistent \\HasNoChildren) "/" a (CHILDINFO ("SUBSCRIBED"))',
    ]);
  });

  test('outlive the mailbox', async () => {
    const client = await withMailboxes('d');
    await client.ok('SUBSCRIBE d');
    await client.ok('DELETE d');
    expect(await names(client, 'LIST "" d')).toEqual([]);
    expect(await lines(client, 'LIST (SUBSCRIBED) "" d')).toEqual([
      'LIST (\\NonExistent \\Subscribed) "/" d',
    ]);
    expect((await client.command('SUBSCRIBE d')).code).toBe('NONEXISTENT');
    await client.ok('UNSUBSCRIBE d');
    expect(await names(client, 'LIST (SUBSCRIBED) "" *')).toEqual([]);
  });
});

test('RETURN: status, rights, annotations of each', async () => {
  const client = await withMailboxes('a');
  await client.ok('SETMETADATA a (/shared/comment "hello" /private/comment {3+}\r\nabc)');
  expect(
    await lines(
      client,
      'LIST "" a RETURN (CHILDREN STATUS (MESSAGES UIDNEXT) MYRIGHTS METADATA ("/shared/comment" /shared/vendor/x))',
    ),
  ).toEqual([
    'LIST (\\HasNoChildren) "/" a',
    'MYRIGHTS a lrswipkxteacd',
    'STATUS a (MESSAGES 0 UIDNEXT 1)',
    'METADATA a (/shared/comment "hello" /shared/vendor/x NIL)',
  ]);
});

test('what others share, by name, and not before', async () => {
  const client = await withMailboxes('a');
  const bert = await rig.loggedIn(BERT);
  expect(await names(bert, 'LIST "" *')).toEqual(['INBOX']);
  await client.ok(`SETACL a ${BERT} lr`);
  expect(await names(bert, 'LIST "" "Other Users/%/*"')).toEqual([`"Other`]);
  expect((await lines(bert, 'LIST "" *')).at(-1)).toContain(`"Other Users/${ANNA}/a"`);
  expect((await lines(bert, 'LIST "" %')).at(-1)).toBe('LIST (\\Noselect \\HasChildren) "/" "Other Users"');
});

test('what may not be read of a mailbox is left out, and it is listed all the same', async () => {
  const client = await withMailboxes('a', 'b');
  await client.ok(`SETACL a ${BERT} l`);
  await client.ok(`SETACL b ${BERT} lr`);
  const bert = await rig.loggedIn(BERT);
  const found = await lines(
    bert,
    'LIST "" "Other*/*/*" RETURN (STATUS (MESSAGES) METADATA (/shared/comment))',
  );
  expect(found.map((line) => line.replaceAll(`Other Users/${ANNA}/`, ''))).toEqual([
    'LIST () "/" "a"',
    'LIST () "/" "b"',
    'STATUS "b" (MESSAGES 0)',
    'METADATA "b" (/shared/comment NIL)',
  ]);
});

test.each([
  'LIST (FOO) "" *',
  'LIST (RECURSIVEMATCH) "" *',
  'LIST "" * RETURN (FOO)',
  'LIST "" * RETURN',
  'LIST "" * RETURN (STATUS)',
  'LIST "" * RETURN (STATUS (X))',
])('%s is no command', async (command) => {
  const client = await withMailboxes();
  expect((await client.command(command)).status).toBe('BAD');
});
