import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANNA, BERT, ImapRig } from '../../support/imap-rig.ts';
import { eventually } from '../../support/mail-daemon.ts';

const rig = new ImapRig();
const secret = 'Subject: of anna\n\nsecret\n';
const own = 'Subject: of bert\n\nown\n';
const home = (account: string): string => join(rig.folder, 'mail', account);

test("a link from one account's folder to another's shows nothing, also to who is logged in", async () => {
  await rig.start();
  await rig.deliver([secret]);
  await rig.deliver([own], 'INBOX', BERT);
  const open = await rig.selected('INBOX', BERT);
  renameSync(home(BERT), join(rig.folder, 'aside'));
  symlinkSync(home(ANNA), home(BERT));
  const later = await rig.loggedIn(BERT);
  for (const command of [
    'SELECT INBOX',
    'STATUS INBOX (MESSAGES)',
    'LIST "" "*" RETURN (STATUS (MESSAGES))',
  ]) {
    const { status, untagged } = await later.command(command);
    expect(untagged.join('\n'), command).not.toContain('MESSAGES 1');
    if (!command.startsWith('LIST')) expect(status, command).toBe('NO');
  }
  const heard = await open.command('FETCH 1 BODY.PEEK[]').then(
    ({ untagged }) => untagged.join('\n'),
    () => '',
  );
  expect(heard).not.toContain('secret');
  unlinkSync(home(BERT));
  renameSync(join(rig.folder, 'aside'), home(BERT));
  const again = await rig.selected('INBOX', BERT);
  expect((await again.ok('FETCH 1 BODY.PEEK[]')).untagged.join('\n')).toContain('own');
});

test.each(['cur', 'new', 'tmp'])('a link in the place of %s leads no file out of the store', async (sub) => {
  await rig.start();
  await (await rig.loggedIn()).ok('CREATE Box');
  await rig.deliver([secret, own, own], 'Box');
  await rig.deliver([own]);
  const client = await rig.selected('Box');
  await client.ok('STORE 3 +FLAGS (\\Flagged)');
  const box = join(home(ANNA), 'Maildir/.Box');
  expect(
    await eventually(
      () => readdirSync(join(box, 'cur')).length,
      (files) => files === 1,
    ),
  ).toBe(1);
  const outside = join(rig.folder, 'outside');
  mkdirSync(outside);
  renameSync(join(box, sub), join(box, `${sub}.aside`));
  symlinkSync(outside, join(box, sub));
  const other = await rig.selected();
  // What was looked at a moment ago is not looked at again.
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const command of ['COPY 1 Box', 'MOVE 1 Box'])
    expect((await other.command(command)).status, command).toBe('NO');
  for (const flags of ['', '(\\Seen) '])
    expect((await other.command(`APPEND Box ${flags}{${own.length}}`, own)).status).toBe('NO');
  for (const command of [
    'STORE 1:3 +FLAGS (\\Seen)',
    'MOVE 1 INBOX',
    'STORE 2 +FLAGS (\\Deleted)',
    'EXPUNGE',
  ])
    await client.command(command).catch(() => undefined);
  await (await rig.store.account(ANNA)).mailbox('INBOX');
  await rig.store.close();
  expect(readdirSync(outside)).toEqual([]);
  expect(existsSync(box)).toBe(true);
  rmSync(outside, { recursive: true });
});
