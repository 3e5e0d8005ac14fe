import { expect, test } from 'vitest';
import type { Pop3Client } from '../../../../test/support/pop3-client.ts';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';
import { StoreError } from '../../../store/types.ts';

const rig = new Pop3Rig();
const MAIL = ['Subject: a\n\n1\n', 'Subject: b\n\n2\n', 'Subject: c\n\n3\n'];
const uids = async (): Promise<number[]> => [...(await rig.inbox()).uids()];

test('removes what is marked before it answers', async () => {
  const client = await rig.with(...MAIL);
  await client.ok('DELE 1');
  await client.ok('DELE 3');
  expect(await uids()).toEqual([1, 2, 3]);
  expect(await client.command('QUIT')).toBe('+OK Bye');
  expect(await uids()).toEqual([2]);
  await client.hungUp();
});

test('in the state AUTHORIZATION it only ends', async () => {
  await rig.start();
  const client = await rig.client();
  expect(await client.command('QUIT')).toBe('+OK Bye');
  await client.hungUp();
});

const ENDS: readonly (readonly [string, (client: Pop3Client) => Promise<void> | void])[] = [
  ['ended', (client) => void client.socket.end()],
  ['broken', (client) => client.destroy()],
  ['ended by the server', () => rig.server.close(0)],
];

test.each(ENDS)('a session that is %s without it removes nothing', async (_, breakOff) => {
  const client = await rig.with(...MAIL);
  await client.ok('DELE 1');
  await Promise.resolve(breakOff(client));
  await client.hungUp();
  expect(await uids()).toEqual([1, 2, 3]);
});

test('half a command before the end is none', async () => {
  const client = await rig.with(...MAIL);
  await client.ok('DELE 1');
  client.send('QUIT');
  client.socket.end();
  await client.hungUp();
  expect(await uids()).toEqual([1, 2, 3]);
});

test('a time that runs out removes nothing, and says nothing', async () => {
  await rig.start({ settings: { idleTimeout: 0.05 } });
  await rig.imap.deliver(MAIL);
  const client = await rig.loggedIn();
  client.send('DELE 1\r\n');
  await client.hungUp();
  expect(client.unread).toBe('+OK Message 1 deleted\r\n');
  expect(await uids()).toEqual([1, 2, 3]);
});

test('what cannot be removed is an error', async () => {
  const client = await rig.with(...MAIL);
  await client.ok('DELE 1');
  const inbox = await rig.inbox();
  inbox.expunge = () => Promise.reject(new StoreError('full', 'no space'));
  expect(await client.command('QUIT')).toMatch(/^-ERR \[SYS\/TEMP\]/);
  await client.hungUp();
  expect(await uids()).toEqual([1, 2, 3]);
});
