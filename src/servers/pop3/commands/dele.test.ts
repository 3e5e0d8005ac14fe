import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';
const TWO = 'Subject: two\n\n.\n..dots\nsecond\n';

test('a message that is marked is not there any more for this session', async () => {
  const client = await rig.with(ONE, TWO);
  expect(await client.command('DELE 1')).toBe('+OK Message 1 deleted');
  for (const line of ['DELE 1', 'RETR 1', 'TOP 1 0', 'LIST 1', 'UIDL 1'])
    expect(await client.command(line)).toBe('-ERR Message 1 is deleted');
  expect(await client.command('DELE 3')).toBe('-ERR There is no such message');
  const other = await rig.loggedIn();
  expect(await other.command('STAT')).toBe('+OK 2 58');
});
