import { expect, test } from 'vitest';
import { describeCommand, SELECTED } from '../../../../test/support/imap-command.ts';
import { literal, SessionRig } from '../../../../test/support/imap-session.ts';

describeCommand({ form: 'UIDBATCHES 1000', states: SELECTED });

const rig = new SessionRig();

test('UIDBATCHES cuts the mailbox into ranges of UIDs, the newest first', async () => {
  const anna = await rig.session();
  const mailbox = await (await rig.store.account('anna@example.org')).mailbox('INBOX');
  const pieces = [Buffer.from('Subject: a\r\n\r\n')];
  await mailbox?.append(Array.from({ length: 1101 }, () => ({ pieces })));
  await anna.ok('SELECT INBOX');
  await anna.ok('UID STORE 1,600 +FLAGS.SILENT (\\Deleted)');
  await anna.ok('EXPUNGE');
  const batches = async (args: string): Promise<readonly string[]> => anna.ok(`UIDBATCHES ${args}`);
  expect(await batches('500')).toEqual([
    expect.stringMatching(/^UIDBATCHES \(TAG "T\d+"\) 1101:602,601:101,100:2$/),
  ]);
  expect(await batches('500 2:2')).toEqual([expect.stringMatching(/\) 601:101$/)]);
  expect(await batches('500 2:9')).toEqual([expect.stringMatching(/\) 601:101,100:2$/)]);
  expect(await batches('500 7:9')).toEqual([expect.stringMatching(/^UIDBATCHES \(TAG "T\d+"\)$/)]);
  expect(await anna.command('UIDBATCHES 499')).toMatchObject({ status: 'NO', code: 'TOOFEW' });
  for (const command of [
    'UIDBATCHES',
    'UIDBATCHES x',
    'UIDBATCHES 500 0:1',
    'UIDBATCHES 500 1',
    'UIDBATCHES 500 1:2 x',
  ])
    expect((await anna.command(command)).status).toBe('BAD');
});

test('UIDBATCHES of an empty mailbox, and of none', async () => {
  const anna = await rig.session('INBOX');
  expect(await anna.ok('UIDBATCHES 1000')).toEqual([expect.stringMatching(/^UIDBATCHES \(TAG "T\d+"\)$/)]);
  await anna.ok('UNSELECT');
  expect((await anna.command('UIDBATCHES 1000')).status).toBe('BAD');
  await anna.ok('APPEND INBOX ', literal('x'));
});
