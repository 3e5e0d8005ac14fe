import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';
const TWO = 'Subject: two\n\n.\n..dots\nsecond\n';

test('nothing is marked any more', async () => {
  const client = await rig.with(ONE, TWO);
  await client.ok('DELE 1');
  await client.ok('DELE 2');
  expect(await client.command('STAT')).toBe('+OK 0 0');
  expect(await client.command('RSET')).toBe('+OK 2 messages (58 octets)');
  await client.ok('QUIT');
  expect((await rig.inbox()).status().messages).toBe(2);
});
