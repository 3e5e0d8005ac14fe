import { expect, test } from 'vitest';
import { describeCommand, SELECTED } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'CHECK', states: SELECTED });

const rig = new ImapRig();

test('what has happened is told, and nothing else', async () => {
  await rig.start();
  const client = await rig.selected();
  expect((await client.ok('CHECK')).untagged).toEqual([]);
  await rig.deliver(['Subject: x\n\nx\n']);
  expect((await client.ok('CHECK')).untagged).toContain('1 EXISTS');
});
