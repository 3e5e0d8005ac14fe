import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, string, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['SETMETADATA ', text('INBOX'), ' (', text('/private/comment'), ' ', string('x'), ')'],
  states: LOGGED_IN,
  binary: true,
});

const rig = new ImapRig();

test('values of all kinds, and none', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok(
    'SETMETADATA INBOX (/private/comment "a" /private/comment/deep {4}',
    'long',
    ' /shared/comment ~{2+}\r\n\0\xff)',
  );
  expect((await client.ok('GETMETADATA INBOX /shared/comment')).untagged).toEqual([
    'METADATA INBOX (/shared/comment ~{2}\r\n\0\xff)',
  ]);
  await client.ok('SETMETADATA INBOX (/private/comment NIL)');
  expect((await client.ok('GETMETADATA INBOX /private/comment')).untagged).toEqual([
    'METADATA INBOX (/private/comment NIL)',
  ]);
  await client.ok('SETMETADATA "" (/private/comment "mine")');
  expect((await client.ok('GETMETADATA "" /private/comment')).untagged).toEqual([
    'METADATA "" (/private/comment "mine")',
  ]);
  expect((await client.command('SETMETADATA "" (/shared/comment "x")')).code).toBe('NOPERM');
  expect((await client.command('SETMETADATA missing (/private/comment "x")')).code).toBe('NONEXISTENT');
  for (const list of ['(/private/x)', '(/private/x* "y")'])
    expect((await client.command(`SETMETADATA INBOX ${list}`)).status, list).toBe('BAD');
});

test('a value that is too large', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect(
    (await client.command(`SETMETADATA INBOX (/private/x {200000+}\r\n${'x'.repeat(200_000)})`)).code,
  ).toMatch(/^METADATA MAXSIZE \d+$/);
});

test('special uses of mailboxes, which LIST and deliveries follow', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const uses = async (): Promise<string> =>
    (await client.ok('LIST (SPECIAL-USE) "" "*"')).untagged.map((line) => line.slice(5)).join();
  const annotation = async (name: string): Promise<string | undefined> =>
    (await client.ok(`GETMETADATA ${name} /private/specialuse`)).untagged[0]?.slice(9);
  await client.ok('CREATE Given (USE (\\Drafts \\Archive))');
  await client.ok('CREATE Sent');
  await client.ok('CREATE Plain');
  expect(await annotation('Given')).toBe('Given (/private/specialuse "\\\\Drafts \\\\Archive")');
  expect(await annotation('Sent')).toBe('Sent (/private/specialuse "\\\\Sent")');
  expect(await annotation('Plain')).toBe('Plain (/private/specialuse NIL)');
  for (const value of ['\\\\Archive', '\\\\Nothing'])
    expect((await client.command(`SETMETADATA Plain (/private/specialuse "${value}")`)).code).toBe('USEATTR');
  await client.ok('SETMETADATA Given (/private/comment "x" /private/SpecialUse "\\\\archive")');
  await client.ok('SETMETADATA Plain (/private/specialuse "\\\\Drafts  \\\\drafts")');
  expect(await uses()).toBe('(\\Archive) "/" Given,(\\Drafts) "/" Plain,(\\Sent) "/" Sent');
  expect((await client.ok('GETMETADATA (DEPTH infinity) Given /private')).untagged[0]).toContain(
    'comment "x"',
  );
  const delivery = await rig.store.open(ANNA);
  expect(await delivery.hasSpecialUse('Plain', '\\Drafts')).toBe(true);
  expect(await delivery.hasSpecialUse('Given', '\\Drafts')).toBe(false);
  await client.ok('SETMETADATA Given (/private/specialuse NIL)');
  expect(await uses()).toBe('(\\Drafts) "/" Plain,(\\Sent) "/" Sent');
  await client.ok(`SETACL Plain ${BERT} lr`);
  const bert = await rig.loggedIn(BERT);
  const refused = await bert.command(
    `SETMETADATA "Other Users/${ANNA}/Plain" (/private/specialuse "\\\\Junk")`,
  );
  expect(refused.code).toBe('USEATTR');
});
