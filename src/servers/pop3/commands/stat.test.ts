import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';
const TWO = 'Subject: two\n\n.\n..dots\nsecond\n';

test('messages and their octets, less what is marked as deleted', async () => {
  const client = await rig.with(ONE, TWO);
  expect(await client.command('STAT')).toBe('+OK 2 58');
  await client.ok('DELE 1');
  expect(await client.command('stat')).toBe('+OK 1 35');
  expect(await client.command('STAT 1')).toBe('-ERR STAT: wrong arguments');
});

test('an empty maildrop', async () => {
  const client = await rig.with();
  expect(await client.command('STAT')).toBe('+OK 0 0');
});

test('mail that comes later has no number in this session', async () => {
  const client = await rig.with(ONE);
  await rig.imap.deliver([TWO]);
  expect(await client.command('STAT')).toBe('+OK 1 23');
  const next = await rig.loggedIn();
  expect(await next.command('STAT')).toBe('+OK 2 58');
});
