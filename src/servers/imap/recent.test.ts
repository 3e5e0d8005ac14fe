import { expect, test } from 'vitest';
import { ImapRig } from '../../../test/support/imap-rig.ts';

const rig = new ImapRig();

test('a message is recent for the session that is told of it first, and for no other', async () => {
  await rig.start();
  const [first, second] = [await rig.selected(), await rig.selected()];
  await rig.deliver(['Subject: a\n\nb\n']);
  await first.ok('NOOP');
  await second.ok('NOOP');
  const flags = await Promise.all([first, second].map((client) => client.command('FETCH 1 FLAGS')));
  expect(flags.map(({ untagged }) => untagged.join('').includes('\\Recent'))).toEqual([true, false]);
  await rig.deliver(['Subject: c\n\nd\n']);
  const third = await rig.loggedIn();
  expect((await third.command('STATUS INBOX (RECENT)')).untagged.join('\n')).toContain('RECENT 1');
  expect((await third.command('SELECT INBOX')).untagged.join('\n')).toContain('1 RECENT');
  // The number of those that are recent here is as it was.
  expect((await second.command('NOOP')).untagged).toEqual(['2 EXISTS']);
  expect((await third.command('SEARCH RECENT')).untagged.join('\n')).toContain('SEARCH 2');
});
