import { describe, expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['ESEARCH IN (mailboxes ', text('INBOX'), ') SUBJECT ', text('x')],
  states: LOGGED_IN,
});

const rig = new ImapRig();
const FOX = 'Subject: a\n\nfox\n';
const DOG = 'Subject: b\n\ndog\n';

async function start() {
  await rig.start();
  const mail = await rig.mail();
  for (const name of ['Lists', 'Lists/one', 'Lists/one/deep', 'Empty']) await mail.create(name);
  await rig.deliver([FOX, DOG, FOX]);
  await rig.deliver([DOG, FOX], 'Lists');
  await rig.deliver([FOX], 'Lists/one');
  await rig.deliver([FOX], 'Lists/one/deep');
  await (await rig.mail(BERT)).create('Secret');
  await rig.deliver([FOX], 'Secret', BERT);
  return rig.loggedIn();
}

const found = (untagged: readonly string[]) =>
  untagged.map(
    (line) => /MAILBOX (\S+) UIDVALIDITY \d+\) UID ALL (.*)$/.exec(line)?.slice(1).join(' ') ?? line,
  );

describe('ESEARCH', () => {
  test.each([
    ['mailboxes Lists', ['Lists 2']],
    ['mailboxes (Lists INBOX Nowhere)', ['INBOX 1,3', 'Lists 2']],
    ['subtree Lists', ['Lists 2', 'Lists/one 1', 'Lists/one/deep 1']],
    ['subtree-one Lists', ['Lists 2', 'Lists/one 1']],
    ['mailboxes Empty', []],
    ['personal', ['INBOX 1,3', 'Lists 2', 'Lists/one 1', 'Lists/one/deep 1']],
    ['inboxes', ['INBOX 1,3', 'Lists 2', 'Lists/one 1', 'Lists/one/deep 1']],
    [`mailboxes "Other Users/${BERT}/Secret"`, []],
  ])('in (%s)', async (filter, expected) => {
    const client = await start();
    expect(found((await client.ok(`ESEARCH IN (${filter}) BODY fox`)).untagged)).toEqual(expected);
  });

  test('in subscribed mailboxes, with the results asked for', async () => {
    const client = await start();
    await client.ok('SUBSCRIBE Lists');
    const { untagged } = await client.ok('ESEARCH IN (subscribed) RETURN (MIN COUNT) BODY {3}', 'fox');
    expect(untagged).toHaveLength(1);
    expect(untagged[0]).toMatch(/^ESEARCH \(TAG "T3" MAILBOX Lists UIDVALIDITY \d+\) UID MIN 2 COUNT 1$/);
  });

  test('in the open mailbox', async () => {
    const client = await start();
    expect((await client.command('ESEARCH BODY fox')).status).toBe('BAD');
    await client.ok('SELECT INBOX');
    expect(found((await client.ok('ESEARCH 2:* BODY fox')).untagged)).toEqual(['INBOX 3']);
    expect(
      found((await client.ok('ESEARCH IN (selected mailboxes (INBOX Lists)) BODY fox')).untagged),
    ).toEqual(['INBOX 1,3', 'Lists 2']);
  });

  test('keeps what it finds in the open mailbox, and tells of its changes', async () => {
    const client = await start();
    await client.ok('SELECT INBOX');
    expect((await client.ok('ESEARCH RETURN (SAVE) BODY fox')).untagged).toEqual([]);
    expect((await client.ok('UID SEARCH $')).untagged).toEqual(['SEARCH 1 3']);
    const { untagged } = await client.ok('ESEARCH IN (selected) RETURN (SAVE MIN UPDATE) UNSEEN');
    const correlator = /^ESEARCH (\(TAG "(\w+)" MAILBOX INBOX UIDVALIDITY \d+\)) UID MIN 1$/.exec(
      untagged[0] ?? '',
    );
    expect(correlator).not.toBeNull();
    expect((await client.ok('UID SEARCH $')).untagged).toEqual(['SEARCH 1']);
    const stored = await client.ok('STORE 2 +FLAGS (\\Seen)');
    expect(stored.untagged).toContain(`ESEARCH ${correlator?.[1]} UID REMOVEFROM (0 2)`);
    await client.ok(`CANCELUPDATE "${correlator?.[2]}"`);
    expect((await client.ok('STORE 3 +FLAGS (\\Seen)')).untagged).toHaveLength(1);
  });

  test('tells of changes in the open mailbox alone', async () => {
    const client = await start();
    await client.ok('SELECT INBOX');
    const { untagged } = await client.ok('ESEARCH IN (personal) RETURN (COUNT UPDATE) BODY fox');
    expect(untagged).toHaveLength(4);
    await rig.deliver([FOX], 'Lists');
    await rig.deliver([FOX]);
    const after = (await client.ok('NOOP')).untagged.filter((line) => line.startsWith('ESEARCH'));
    expect(after).toEqual([expect.stringMatching(/ MAILBOX INBOX UIDVALIDITY \d+\) UID ADDTO \(0 4\)$/)]);
  });

  test.each([
    'ESEARCH',
    'ESEARCH IN () ALL',
    'ESEARCH IN (nowhere) ALL',
    'ESEARCH IN (personal (x 1)) ALL',
    'ESEARCH IN (mailboxes) ALL',
    'ESEARCH IN (selected) ALL',
    'ESEARCH IN (personal) 1:2',
    'ESEARCH IN (personal) $',
    'ESEARCH IN (personal) RETURN (SAVE) ALL',
    'ESEARCH IN (personal) RETURN (UPDATE) ALL',
    'ESEARCH RETURN (SAVE) ALL',
    'ESEARCH IN (personal) ALL x',
  ])('refuses %s', async (command) => {
    const client = await start();
    expect((await client.command(command)).status).toBe('BAD');
  });

  test('is for those who have logged in', async () => {
    await rig.start();
    expect((await (await rig.client()).command('ESEARCH IN (personal) ALL')).status).toBe('BAD');
  });
});
