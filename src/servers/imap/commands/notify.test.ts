import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['NOTIFY SET (mailboxes ', text('INBOX'), ' (MailboxName))'], states: LOGGED_IN });

const rig = new ImapRig();
const MESSAGE = 'Subject: x\n\nx\n';
const ALL = 'MessageNew MessageExpunge FlagChange';

describe('the open mailbox', () => {
  test('is told between commands, with what is asked of new messages', async () => {
    await rig.start();
    await rig.deliver([MESSAGE]);
    const client = await rig.selected();
    await client.ok(
      `NOTIFY SET (selected (MessageNew (uid body.peek[header.fields (subject)]) MessageExpunge FlagChange))`,
    );
    await rig.deliver([MESSAGE]);
    expect(await client.line()).toBe('* 2 EXISTS');
    expect(await client.line()).toMatch(/RECENT$/);
    expect(await client.line()).toMatch(
      /^\* 2 FETCH \(UID 2 BODY\[HEADER\.FIELDS \(subject\)\] \{14\}\r\nSubject: x/i,
    );
    const other = await rig.selected();
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    expect(await client.line()).toBe('* 1 FETCH (FLAGS (\\Deleted \\Recent))');
    await other.ok('EXPUNGE');
    expect(await client.line()).toBe('* 1 EXPUNGE');
  });

  test('a new message that cannot be decoded keeps nobody from hearing of the others', async () => {
    await rig.start();
    const client = await rig.selected();
    await client.ok('NOTIFY SET (selected (MessageNew (binary.peek[1]) MessageExpunge))');
    const encoded = (encoding: string): string => `Content-Transfer-Encoding: ${encoding}\n\nYQ==\n`;
    await rig.deliver([encoded('unheard-of'), encoded('base64')]);
    expect(await client.line()).toBe('* 2 EXISTS');
    expect(await client.line()).toMatch(/RECENT$/);
    expect(await client.line()).toMatch(/^\* NO \[UNKNOWN-CTE\]/);
    expect(await client.line()).toMatch(/^\* 2 FETCH \(UID 2 BINARY\[1\] ~?\{1\}\r\na\)$/);
    await client.ok('NOOP');
  });

  test('delayed: EXPUNGE waits for a command', async () => {
    await rig.start();
    await rig.deliver([MESSAGE, MESSAGE]);
    const client = await rig.selected();
    await client.ok(`NOTIFY SET (selected-delayed (${ALL}))`);
    const box = await (await rig.mail()).mailbox('INBOX');
    await box?.store([1], { mode: 'add', flags: { system: 8, keywords: [] } });
    expect(await client.line()).toBe('* 1 FETCH (FLAGS (\\Deleted \\Recent))');
    await box?.expunge();
    await rig.deliver([MESSAGE]);
    expect(await client.line()).toBe('* 3 EXISTS');
    await client.until(/RECENT/);
    expect((await client.ok('NOOP')).untagged).toEqual(['1 EXPUNGE', '2 RECENT']);
  });

  test('nothing changes while a command is half way in', async () => {
    await rig.start();
    await rig.deliver([MESSAGE, MESSAGE]);
    const client = await rig.selected();
    await client.ok(`NOTIFY SET (selected (${ALL}))`);
    client.send('a FETCH 2 ');
    await sleep(50);
    const box = await (await rig.mail()).mailbox('INBOX');
    await box?.store([1], { mode: 'add', flags: { system: 8, keywords: [] } });
    await box?.expunge();
    await sleep(50);
    expect(client.unread).toBe('');
    client.send('UID\r\n');
    expect(await client.line()).toBe('* 2 FETCH (UID 2)');
    expect(await client.line()).toBe('a OK Fetch completed');
    expect(await client.line()).toBe('* 1 EXPUNGE');
  });

  test('NONE: nothing is told', async () => {
    await rig.start();
    const client = await rig.selected();
    await client.ok(`NOTIFY SET (selected (${ALL}))`);
    await client.ok('NOTIFY NONE');
    await rig.deliver([MESSAGE]);
    await sleep(100);
    expect(client.unread).toBe('');
    expect((await client.ok('NOOP')).untagged[0]).toBe('1 EXISTS');
  });
});

describe('other mailboxes', () => {
  test('STATUS at first, and when messages come', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE a');
    const { untagged } = await client.ok(`NOTIFY SET STATUS (personal (${ALL}))`);
    expect(untagged.map((line) => line.replace(/\d{5,}/, 'N'))).toEqual([
      'STATUS INBOX (MESSAGES 0 UIDNEXT 1 UNSEEN 0 UIDVALIDITY N)',
      'STATUS a (MESSAGES 0 UIDNEXT 1 UNSEEN 0 UIDVALIDITY N)',
    ]);
    await rig.deliver([MESSAGE], 'a');
    expect(await client.line()).toBe('* STATUS a (MESSAGES 1 UIDNEXT 2 UNSEEN 1)');
  });

  test('changes of flags: UNSEEN and the sequence, each when it is another', async () => {
    await rig.start();
    await (await rig.mail()).create('a');
    await rig.deliver([MESSAGE], 'a');
    const other = await rig.selected('a');
    const client = await rig.loggedIn();
    await client.ok(`NOTIFY SET (personal (MessageNew MessageExpunge))`);
    await other.ok('STORE 1 +FLAGS (\\Seen)');
    // Nobody has asked for it.
    expect((await client.ok(`NOTIFY SET (personal (${ALL}))`)).untagged).toEqual([]);
    await other.ok('STORE 1 +FLAGS (\\Answered)');
    await other.ok('STORE 1 -FLAGS (\\Seen)');
    expect(await client.line()).toBe('* STATUS a (UNSEEN 1)');
    await client.ok('ENABLE CONDSTORE');
    await other.ok('STORE 1 +FLAGS (\\Flagged)');
    expect(await client.line()).toMatch(/^\* STATUS a \(HIGHESTMODSEQ \d+\)$/);
  });

  test('the first group that names a mailbox decides', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE a/b');
    await client.ok('CREATE c');
    await client.ok(`NOTIFY SET (subtree a NONE) (mailboxes (c INBOX) (${ALL}))`);
    await rig.deliver([MESSAGE], 'a/b');
    await rig.deliver([MESSAGE], 'c');
    expect(await client.line()).toMatch(/^\* STATUS c /);
    expect((await client.ok('NOOP')).untagged).toEqual([]);
  });

  test('names and subscriptions', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('NOTIFY SET (personal (MailboxName SubscriptionChange))');
    const other = await rig.loggedIn();
    await other.ok('CREATE a');
    expect(await client.line()).toBe('* LIST () "/" a');
    await other.ok('RENAME a b');
    expect(await client.line()).toBe('* LIST () "/" b ("OLDNAME" (a))');
    await other.ok('SUBSCRIBE b');
    expect(await client.line()).toBe('* LIST (\\Subscribed) "/" b');
    await other.ok('DELETE b');
    expect(await client.line()).toBe('* LIST (\\NonExistent \\Subscribed) "/" b');
  });

  test('annotations: their names, to those who may read them', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok(`SETACL INBOX ${BERT} lr`);
    const bert = await rig.loggedIn(BERT);
    await bert.ok('NOTIFY SET (mailboxes "Other Users/anna@example.org/INBOX" (MailboxMetadataChange))');
    await client.ok('NOTIFY SET (personal (MailboxMetadataChange ServerMetadataChange))');
    const other = await rig.loggedIn();
    await other.ok('SETMETADATA INBOX (/private/comment "x" /shared/comment "y")');
    expect(await client.line()).toBe('* METADATA INBOX /private/comment /shared/comment');
    expect(await bert.line()).toBe(`* METADATA "Other Users/${ANNA}/INBOX" /shared/comment`);
    await other.ok('SETMETADATA "" (/private/comment "x")');
    expect(await client.line()).toBe('* METADATA "" /private/comment');
  });

  test('mailboxes of others, when they are shared', async () => {
    await rig.start();
    const anna = await rig.loggedIn();
    await anna.ok('CREATE a');
    const client = await rig.loggedIn(BERT);
    await client.ok(`NOTIFY SET (subtree "Other Users" (MailboxName ${ALL}))`);
    await anna.ok(`SETACL a ${BERT} lr`);
    expect(await client.line()).toBe(`* LIST () "/" "Other Users/${ANNA}/a"`);
    await rig.deliver([MESSAGE], 'a');
    expect(await client.line()).toMatch(/^\* STATUS "Other Users\/anna@example\.org\/a" \(MESSAGES 1 /);
    await rig.deliver([MESSAGE]);
    expect((await client.ok('NOOP')).untagged).toEqual([]);
  });
});

describe('what cannot be', () => {
  test.each([
    'NOTIFY',
    'NOTIFY FOO',
    'NOTIFY SET',
    'NOTIFY SET (personal)',
    'NOTIFY SET (foo (MailboxName))',
    'NOTIFY SET (selected (MessageNew))',
    'NOTIFY SET (selected (FlagChange))',
    'NOTIFY SET (selected (MailboxName))',
    'NOTIFY SET (personal (MessageNew (uid) MessageExpunge))',
    'NOTIFY SET (selected (MessageNew (uid MessageExpunge))',
    'NOTIFY SET (selected (MessageNew (foo) MessageExpunge))',
    'NOTIFY SET (selected (MessageNew () MessageExpunge))',
    'NOTIFY SET (selected (MessageNew (body[1.2.x]) MessageExpunge))',
    `NOTIFY SET (selected (${ALL})) (selected-delayed (${ALL}))`,
    'NOTIFY SET (mailboxes () (MailboxName))',
  ])('%s', async (command) => {
    await rig.start();
    const client = await rig.selected();
    expect((await client.command(command)).status).toBe('BAD');
  });

  test('an event nobody knows', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    const { status, code } = await client.command('NOTIFY SET (personal (AnnotationChange))');
    expect([status, code]).toEqual([
      'NO',
      'BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)',
    ]);
  });
});
