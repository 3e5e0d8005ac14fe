import { describe, expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['SELECT ', text('INBOX')], states: LOGGED_IN });
describeCommand({ form: ['EXAMINE ', text('INBOX')], states: LOGGED_IN });

const rig = new ImapRig();
const message = (subject: string): string => `From: a@example.org\nSubject: ${subject}\n\nText\n`;

describe('SELECT', () => {
  test('tells what there is', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await rig.deliver([message('one'), message('two')]);
    const { untagged, code, status } = await client.command('SELECT inbox');
    expect([status, code]).toEqual(['OK', 'READ-WRITE']);
    expect(untagged).toEqual([
      'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)',
      'OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags that can be kept',
      '2 EXISTS',
      '2 RECENT',
      'OK [UNSEEN 1] The first',
      expect.stringMatching(/^OK \[UIDVALIDITY [1-9]\d*\]/),
      'OK [UIDNEXT 3] The next',
      expect.stringMatching(/^OK \[HIGHESTMODSEQ [1-9]\d*\]/),
      expect.stringMatching(/^OK \[MAILBOXID \([\w-]+\)\]/),
    ]);
  });

  test('messages are recent once, and never by EXAMINE', async () => {
    await rig.start();
    await rig.deliver([message('one')]);
    const client = await rig.loggedIn();
    const recent = async (command: string): Promise<string | undefined> =>
      (await client.ok(command)).untagged.find((line) => line.endsWith('RECENT'));
    expect(await recent('EXAMINE INBOX')).toBe('1 RECENT');
    expect(await recent('SELECT INBOX')).toBe('1 RECENT');
    expect(await recent('SELECT INBOX')).toBe('0 RECENT');
  });

  test('EXAMINE is for reading only', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    const { code, untagged } = await client.ok('EXAMINE INBOX');
    expect(code).toBe('READ-ONLY');
    expect(untagged).toContain('OK [PERMANENTFLAGS ()] Nothing can be kept');
  });

  test.each([
    ['SELECT missing', 'NONEXISTENT'],
    ['SELECT "&"', 'CANNOT'],
    ['SELECT ""', 'CANNOT'],
    ['SELECT "../etc"', 'NONEXISTENT'],
    ['SELECT "a//b"', 'CANNOT'],
  ])('%s is refused, and what was open is closed', async (command, code) => {
    await rig.start();
    const client = await rig.selected();
    const reply = await client.command(command);
    expect([reply.status, reply.code]).toEqual(['NO', code]);
    expect(reply.untagged).toEqual(['OK [CLOSED] The other mailbox is closed']);
    expect((await client.command('CHECK')).status).toBe('BAD');
  });

  test.each([
    'SELECT',
    'SELECT ',
    'SELECT a b',
    'SELECT INBOX (',
    'SELECT INBOX (FOO)',
    'SELECT INBOX (QRESYNC (1 1))',
  ])('%j is no command, and nothing is closed', async (command) => {
    await rig.start();
    const client = await rig.selected();
    expect((await client.command(command)).status).toBe('BAD');
    expect((await client.command('CHECK')).status).toBe('OK');
  });

  test('names may be literals of both kinds', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    expect((await client.command('SELECT {5}', 'InBoX')).status).toBe('OK');
    expect((await client.command('SELECT {5+}\r\nINBOX')).status).toBe('OK');
  });

  test('nobody is told of what he may not list', async () => {
    await rig.start();
    const bert = await rig.loggedIn(BERT);
    await rig.loggedIn();
    expect((await bert.command('SELECT "Other Users/anna@example.org/INBOX"')).code).toBe('NONEXISTENT');
  });

  test('IMAP4rev2 has LIST, and neither RECENT nor UNSEEN', async () => {
    await rig.start();
    await rig.deliver([message('one')]);
    const client = await rig.loggedIn();
    await client.ok('ENABLE IMAP4rev2');
    const { untagged } = await client.ok('SELECT INBOX');
    expect(untagged).toContain('LIST () "/" INBOX');
    expect(untagged.join()).not.toMatch(/RECENT|UNSEEN/);
  });
});

describe('QRESYNC', () => {
  test('what goes while the mailbox is opened is counted, and told of afterwards', async () => {
    await rig.start();
    await rig.deliver(['1', '2', '3'].map(message));
    const box = await (await rig.mail()).mailbox('INBOX');
    if (box === undefined) throw new Error('no INBOX');
    await box.store([1, 3], { mode: 'add', flags: { system: 8, keywords: [] } });
    const { uidValidity } = box;
    const { highestModseq } = box.status();
    await box.expunge([1]);
    // A commit of another session, between what is counted and what is asked for.
    Object.assign(box, { durable: async () => void (await box.expunge([3])) });
    const client = await rig.loggedIn();
    await client.ok('ENABLE QRESYNC');
    const { untagged } = await client.ok(`SELECT INBOX (QRESYNC (${uidValidity} ${highestModseq}))`);
    expect(untagged.filter((line) => /EXISTS|VANISHED/.test(line))).toEqual([
      '2 EXISTS',
      'VANISHED (EARLIER) 1',
    ]);
    expect((await client.ok('NOOP')).untagged).toEqual(['VANISHED 3', '1 RECENT']);
  });

  test('what comes while the mailbox is opened has a UID that is not less than UIDNEXT', async () => {
    await rig.start();
    await rig.deliver(['1'].map(message));
    const box = await (await rig.mail()).mailbox('INBOX');
    if (box === undefined) throw new Error('no INBOX');
    // A commit of another session, between what is counted and what is told.
    Object.assign(box, { durable: async () => void (await rig.deliver(['2'].map(message))) });
    const client = await rig.loggedIn();
    const { untagged } = await client.ok('SELECT INBOX');
    expect(untagged).toContain('1 EXISTS');
    expect(untagged.join()).toContain('[UIDNEXT 2]');
    Object.assign(box, { durable: () => undefined });
    expect((await client.ok('NOOP')).untagged[0]).toBe('2 EXISTS');
  });

  test('tells what is gone and what has changed since', async () => {
    await rig.start();
    await rig.deliver(['a', 'b', 'c', 'd'].map(message));
    const first = await rig.loggedIn();
    await first.ok('ENABLE QRESYNC');
    const opened = (await first.ok('SELECT INBOX')).untagged.join('\n');
    const validity = /UIDVALIDITY (\d+)/.exec(opened)?.[1];
    const modseq = /HIGHESTMODSEQ (\d+)/.exec(opened)?.[1];
    const box = await (await rig.mail()).mailbox('INBOX');
    await box?.store([2, 4], { mode: 'add', flags: { system: 8, keywords: [] } });
    await box?.expunge([2]);
    await box?.store([3], { mode: 'add', flags: { system: 1, keywords: ['$Label'] } });
    const second = await rig.loggedIn();
    await second.ok('ENABLE QRESYNC');
    const { untagged } = await second.ok(`SELECT INBOX (QRESYNC (${validity} ${modseq}))`);
    expect(untagged.slice(-3)).toEqual([
      'VANISHED (EARLIER) 2',
      expect.stringMatching(/^2 FETCH \(UID 3 FLAGS \(\\Seen \$Label\) MODSEQ \(\d+\)\)$/),
      expect.stringMatching(/^3 FETCH \(UID 4 FLAGS \(\\Deleted\) MODSEQ \(\d+\)\)$/),
    ]);
    const known = await second.ok(`SELECT INBOX (QRESYNC (${validity} ${modseq} 1,4:9 (1 1)))`);
    expect(known.untagged.at(-1)).toMatch(/^3 FETCH \(UID 4 /);
    expect(known.untagged.join()).not.toContain('VANISHED');
    const other = await second.ok(`SELECT INBOX (QRESYNC (77 ${modseq}))`);
    expect(other.untagged.join()).not.toMatch(/VANISHED|FETCH/);
  });
});
