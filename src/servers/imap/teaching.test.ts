import { describe, expect, test } from 'vitest';
import { ANNA, BERT, ImapRig } from '../../../test/support/imap-rig.ts';

const rig = new ImapRig();
const teaching = { spamKeywords: ['$Junk'], hamKeywords: ['$NotJunk'] };
const start = (): Promise<void> => rig.start({ server: { teaching } });

const mail = (subject: string): string => `Subject: ${subject}\r\n\r\nof ${subject}\r\n`;

/** What waits to be learned: `spam one`, with who said it when that is not anna. */
async function lessons(account = ANNA): Promise<string[]> {
  const waiting = await rig.store.lessons.next(account, 100);
  const texts = await Promise.all(
    waiting.map(async ({ kind, by, octets }) => {
      const subject = /Subject: (\S+)/.exec(String(await octets()))?.[1];
      return `${kind} ${subject}${by === ANNA ? '' : ` by ${by}`}`;
    }),
  );
  await rig.store.lessons.done(
    account,
    waiting.map(({ id }) => id),
  );
  return texts;
}

async function withMailboxes(...subjects: readonly string[]) {
  await start();
  const client = await rig.loggedIn();
  for (const name of ['Spam', 'Trash', 'Work']) await client.ok(`CREATE ${name}`);
  await rig.deliver(subjects.map(mail));
  await client.ok('SELECT INBOX');
  return client;
}

describe('what users say of their mail', () => {
  test.each(['COPY', 'MOVE', 'UID COPY', 'UID MOVE'])(
    'by %s into the mailbox for spam, and out of it',
    async (verb) => {
      const client = await withMailboxes('one', 'two');
      await client.ok(`${verb} 1 Work`);
      expect(await lessons()).toEqual([]);
      await client.ok(`${verb} ${verb.endsWith('COPY') ? '1:2' : verb.startsWith('UID') ? 2 : 1} Spam`);
      expect(await lessons()).toEqual(verb.endsWith('COPY') ? ['spam one', 'spam two'] : ['spam two']);
      await client.ok('SELECT Spam');
      await client.ok(`${verb} 1 Work`);
      expect(await lessons()).toEqual([verb.endsWith('COPY') ? 'ham one' : 'ham two']);
    },
  );

  test('nothing by throwing away, and nothing within the mailbox for spam', async () => {
    const client = await withMailboxes('one', 'two');
    await client.ok('MOVE 1 Trash');
    await client.ok('MOVE 1 Spam');
    expect(await lessons()).toEqual(['spam two']);
    await client.ok('SELECT Spam');
    await client.ok('COPY 1 Spam');
    await client.ok('MOVE 1:2 Trash');
    expect(await lessons()).toEqual([]);
    await client.ok('SELECT Trash');
    await client.ok('MOVE 1 Spam');
    expect(await lessons()).toEqual(['spam one']);
  });

  test('by APPEND and REPLACE into the mailbox for spam', async () => {
    const client = await withMailboxes();
    const [text, other] = [mail('one'), mail('two')];
    await client.ok(`APPEND Spam {${text.length}}`, text);
    await client.ok(`APPEND Work {${other.length}}`, other);
    expect(await lessons()).toEqual(['spam one']);
    await client.ok('SELECT Work');
    await client.ok(`REPLACE 1 Spam {${other.length}}`, other);
    expect(await lessons()).toEqual(['spam two']);
  });

  test('by keywords', async () => {
    const client = await withMailboxes('one', 'two');
    await client.ok('STORE 1 +FLAGS ($junk)');
    await client.ok('STORE 2 FLAGS.SILENT ($NotJunk \\Seen)');
    expect(await lessons()).toEqual(['spam one', 'ham two']);
    await client.ok('STORE 1 +FLAGS ($Junk)');
    await client.ok('STORE 1 -FLAGS ($Junk)');
    await client.ok('STORE 1 +FLAGS ($Junk $NotJunk)');
    expect(await lessons()).toEqual([]);
  });

  test('whose mailbox it is does not matter, but who says it', async () => {
    const client = await withMailboxes('one');
    await client.ok(`SETACL Spam ${BERT} lrswit`);
    await client.ok(`SETACL INBOX ${BERT} lrswite`);
    const other = await rig.loggedIn(BERT);
    await other.ok(`SELECT "Other Users/${ANNA}/INBOX"`);
    await other.ok(`MOVE 1 "Other Users/${ANNA}/Spam"`);
    expect(await lessons()).toEqual([`spam one by ${BERT}`]);
    expect(await lessons(BERT)).toEqual([]);
  });

  test('is nothing where it is switched off', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE Junk');
    await rig.deliver([mail('one')]);
    await client.ok('SELECT INBOX');
    await client.ok('STORE 1 +FLAGS ($Junk)');
    await client.ok('MOVE 1 Junk');
    expect(await lessons()).toEqual([]);
    expect(await rig.store.lessons.accounts()).toEqual([]);
  });
});
