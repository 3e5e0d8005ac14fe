import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';

test('the same in each session, another for each message', async () => {
  const client = await rig.with(ONE, ONE);
  const ids = await client.lines('UIDL');
  expect(ids[0]).toMatch(/^1 00000001[0-9A-F]{8}$/);
  expect(ids[1]).toMatch(/^2 00000002[0-9A-F]{8}$/);
  expect(await client.command('UIDL 2')).toBe(`+OK ${ids[1]}`);
  await client.ok('DELE 1');
  expect(await client.lines('UIDL')).toEqual([ids[1]]);
  await client.ok('QUIT');
  const next = await rig.loggedIn();
  expect(await next.lines('UIDL')).toEqual([ids[1]?.replace(/^2/, '1')]);
});

test('no message', async () => {
  const client = await rig.with();
  expect(await client.lines('UIDL')).toEqual([]);
  expect(await client.command('UIDL 1')).toBe('-ERR There is no such message');
  expect(await client.command('UIDL 1 2')).toMatch(/^-ERR/);
});
