import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';

test('does nothing, and takes nothing', async () => {
  const client = await rig.with(ONE);
  expect(await client.command('noop')).toBe('+OK Nothing done');
  expect(await client.command('NOOP x')).toMatch(/^-ERR/);
});
