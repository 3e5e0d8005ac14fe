import { expect, test } from 'vitest';
import { ANY, describeCommand } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'NOOP', states: ANY });

const rig = new ImapRig();

test('what has happened is told', async () => {
  await rig.start();
  const client = await rig.selected();
  expect((await client.ok('NOOP')).untagged).toEqual([]);
  await rig.deliver(['Subject: x\n\nx\n', 'Subject: y\n\ny\n']);
  expect((await client.ok('NOOP')).untagged).toContain('2 EXISTS');
  const other = await rig.selected();
  await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
  await other.ok('EXPUNGE');
  expect((await client.ok('NOOP')).untagged).toContain('1 EXPUNGE');
  expect((await client.ok('NOOP')).untagged).toEqual([]);
});
