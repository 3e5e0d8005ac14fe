import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { describeCommand, SELECTED, text } from '../../../../test/support/imap-command.ts';
import { ANNA, ImapRig } from '../../../../test/support/imap-rig.ts';
import { defaultSearchSettings } from '../../../store/search/settings.ts';

describeCommand({ form: ['SEARCH SUBJECT ', text('x')], states: SELECTED });
describeCommand({ form: 'UID SEARCH ALL', states: SELECTED });

const rig = new ImapRig();

const MAIL = [
  'From: Ann <ann@example.org>\nTo: bob@example.net\nSubject: First\nDate: Mon, 2 Feb 2026 23:30:00 -0800\n\nThe quick brown fox\n',
  'From: Bob <bob@example.net>\nCc: Cy <cy@example.com>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\nDate: Wed, 4 Feb 2026 10:00:00 +0000\n\njumps over\n',
  'From: Cy <cy@example.com>\nBcc: dan@example.com\nSubject: Third\nX-Empty:\nX-Level: high\nDate: Fri, 6 Feb 2026 10:00:00 +0000\n\n' +
    'the lazy dog, again and again and again\n',
  'Subject: no date\n\nfox and dog\n',
];

async function start() {
  await rig.start();
  await rig.deliver(MAIL);
  return rig.selected();
}

describe('SEARCH', () => {
  test('answers every key', async () => {
    const client = await start();
    await client.ok('STORE 2 +FLAGS (\\Seen $Work)');
    await client.ok('STORE 3 +FLAGS (\\Answered \\Flagged \\Deleted \\Draft \\Seen)');
    const searches: Record<string, string> = {
      ALL: '1 2 3 4',
      ANSWERED: '3',
      UNANSWERED: '1 2 4',
      DELETED: '3',
      UNDELETED: '1 2 4',
      DRAFT: '3',
      UNDRAFT: '1 2 4',
      FLAGGED: '3',
      UNFLAGGED: '1 2 4',
      SEEN: '2 3',
      UNSEEN: '1 4',
      RECENT: '1 2 3 4',
      NEW: '1 4',
      OLD: '',
      'KEYWORD $work': '2',
      'UNKEYWORD $Work': '1 3 4',
      'BCC dan': '3',
      'CC CY': '2',
      'FROM "ann <ann@"': '1',
      'TO net': '1',
      'SUBJECT first': '1',
      'BODY fox': '1 4',
      'BODY First': '',
      'TEXT First': '1',
      'TEXT FOX': '1 4',
      'HEADER X-Level HIGH': '3',
      'HEADER X-Empty ""': '3',
      'HEADER X-None ""': '',
      '2:3': '2 3',
      '*': '4',
      '3:*': '3 4',
      'UID 2,4:9': '2 4',
      'LARGER 150': '3',
      'SMALLER 100': '4',
      'SENTON 2-Feb-2026': '1',
      // One has no date: it is before any.
      'SENTBEFORE 4-Feb-2026': '1 4',
      'SENTSINCE "4-Feb-2026"': '2 3',
      'SINCE 1-Jan-2020': '1 2 3 4',
      'BEFORE 1-Jan-2020': '',
      'YOUNGER 3600': '1 2 3 4',
      'OLDER 3600': '',
      'SAVEDSINCE 1-Jan-2020': '1 2 3 4',
      'SAVEDBEFORE 1-Jan-2020': '',
      SAVEDATESUPPORTED: '1 2 3 4',
      // Not written as the grammar has it.
      'KEYWORD "$WORK"': '2',
      'KEYWORD \\Seen': '',
      '(SEEN)(FLAGGED)': '3',
      'SMALLER "100"': '4',
      'SUBJECT fir*': '',
      'BEFORE " 32-Jan-2020"': '',
      'UID 1,': '1',
      '4:9': '4',
      '9': '',
      'MODSEQ /flags/x all 1': '1 2 3 4 (MODSEQ 4)',
      'CHARSET iso-8859-1 SUBJECT first': '1',
      'NOT SEEN': '1 4',
      'NOT BODY dog': '1 2',
      'OR FROM ann FROM cy': '1 3',
      '(SEEN BODY over)': '2',
      'OR (SEEN FLAGGED) NOT (BODY o)': '3',
      'UNSEEN BODY fox SUBJECT first': '1',
      'FUZZY BODY "dog fox"': '4',
      'FUZZY (SEEN BODY "lazy, the")': '3',
    };
    const answers: Record<string, string> = {};
    for (const keys of Object.keys(searches)) {
      const { untagged } = await client.ok(`SEARCH ${keys}`);
      answers[keys] = untagged.find((line) => line.startsWith('SEARCH'))?.slice(7) ?? 'none';
    }
    expect(answers).toEqual(searches);
  });

  test('finds the same through the index, and when that is removed', async () => {
    await rig.start({ store: { search: { ...defaultSearchSettings, delay: 0 } } });
    await rig.deliver(MAIL);
    const client = await rig.selected();
    const mailbox = await (await rig.mail()).mailbox('INBOX');
    if (mailbox === undefined) throw new Error('there is no INBOX');
    await vi.waitFor(async () => expect((await rig.store.search.of(mailbox).find([]))?.upTo).toBe(4), 10_000);
    const answers = async () => [
      (await client.ok('SEARCH BODY "dog"')).untagged,
      (await client.ok('UID SEARCH SUBJECT {4}', Buffer.from('grü'))).untagged,
      (await client.ok('SEARCH UNSEEN SENTON 2-Feb-2026')).untagged,
      (await client.ok('SORT (REVERSE DATE) UTF-8 NOT HEADER X-Level ""')).untagged,
    ];
    const indexed = await answers();
    expect(indexed[0]).toEqual(['SEARCH 3 4']);
    rmSync(join(rig.folder, 'mail', ANNA, 'search.sqlite'));
    expect(await answers()).toEqual(indexed);
  });

  test('reads texts in both kinds of literals and in UTF-8', async () => {
    const client = await start();
    const text = Buffer.from('grüß');
    expect((await client.ok(`SEARCH CHARSET UTF-8 SUBJECT {${text.length}}`, text)).untagged).toEqual([
      'SEARCH 2',
    ]);
    const tag = client.tag();
    client.send(Buffer.concat([Buffer.from(`${tag} SEARCH BODY {3+}\r\nfox SUBJECT {5+}\r\nFIRST\r\n`)]));
    expect((await client.reply(tag)).untagged).toEqual(['SEARCH 1']);
  });

  test('tells what was asked for', async () => {
    const client = await start();
    const answers = async (command: string) => (await client.ok(command)).untagged;
    expect(await answers('SEARCH RETURN (MIN MAX COUNT) BODY o')).toEqual([
      'ESEARCH (TAG "T3") MIN 1 MAX 4 COUNT 4',
    ]);
    expect(await answers('UID SEARCH RETURN () 2:*')).toEqual(['ESEARCH (TAG "T4") UID ALL 2:4']);
    expect(await answers('SEARCH RETURN (MIN COUNT) BODY nothing')).toEqual(['ESEARCH (TAG "T5") COUNT 0']);
    expect(await answers('UID SEARCH RETURN (PARTIAL 2:3) ALL')).toEqual([
      'ESEARCH (TAG "T6") UID PARTIAL (2:3 2:3)',
    ]);
    expect(await answers('UID SEARCH RETURN (PARTIAL -1:-2) ALL')).toEqual([
      'ESEARCH (TAG "T7") UID PARTIAL (-1:-2 3:4)',
    ]);
    expect(await answers('UID SEARCH RETURN (PARTIAL 9:12 COUNT) ALL')).toEqual([
      'ESEARCH (TAG "T8") UID COUNT 4 PARTIAL (9:12 NIL)',
    ]);
    expect(await answers('SEARCH RETURN (ALL RELEVANCY) FUZZY TEXT "fox dog"')).toEqual([
      'ESEARCH (TAG "T9") ALL 4 RELEVANCY (50)',
    ]);
  });

  test('saves results', async () => {
    const client = await start();
    expect((await client.ok('SEARCH RETURN (SAVE) BODY fox')).untagged).toEqual([]);
    expect((await client.ok('SEARCH $')).untagged).toEqual(['SEARCH 1 4']);
    expect((await client.ok('SEARCH NOT $ SMALLER 300')).untagged).toEqual(['SEARCH 2 3']);
    await client.ok('SEARCH RETURN (SAVE MIN) ALL');
    expect((await client.ok('FETCH $ UID')).untagged).toEqual(['1 FETCH (UID 1)']);
    expect((await client.command('SEARCH RETURN (SAVE) CHARSET x-none ALL')).code).toBe(
      'BADCHARSET (US-ASCII UTF-8)',
    );
    expect((await client.ok('SEARCH $')).untagged).toEqual(['SEARCH']);
  });

  test('names no charset once the client writes UTF-8', async () => {
    const client = await start();
    await client.ok('ENABLE UTF8=ACCEPT');
    expect((await client.command('SEARCH CHARSET UTF-8 ALL')).status).toBe('BAD');
    expect((await client.ok('SEARCH SUBJECT "\xc3\xa9"')).untagged).toEqual(['SEARCH']);
    expect((await client.ok('SORT (ARRIVAL) UTF-8 1')).untagged).toEqual(['SORT 1']);
  });

  test('tells modification sequences when it is asked about them', async () => {
    const client = await start();
    await client.ok('STORE 2 +FLAGS (\\Seen)');
    const { untagged } = await client.ok('SEARCH MODSEQ 1 2');
    expect(untagged.at(-1)).toMatch(/^SEARCH 2 \(MODSEQ \d+\)$/);
    const extended = await client.ok('SEARCH RETURN (MIN) MODSEQ "/flags/\\\\seen" all 1');
    expect(extended.untagged.at(-1)).toMatch(/^ESEARCH \(TAG "T5"\) MIN 1 MODSEQ \d+$/);
  });

  test('answers with ESEARCH in IMAP4rev2', async () => {
    const client = await start();
    await client.ok('ENABLE IMAP4rev2');
    expect((await client.ok('SEARCH BODY fox')).untagged).toEqual(['ESEARCH (TAG "T4") ALL 1,4']);
    expect((await client.ok('SEARCH BODY none')).untagged).toEqual(['ESEARCH (TAG "T5")']);
  });

  test('needs UIDs under UIDONLY', async () => {
    const client = await start();
    await client.ok('ENABLE UIDONLY');
    expect((await client.command('SEARCH ALL')).code).toBe('UIDREQUIRED');
    expect((await client.command('UID SEARCH 1:2')).code).toBe('UIDREQUIRED');
    expect((await client.ok('UID SEARCH UID 1:2')).untagged).toEqual(['SEARCH 1 2']);
  });

  test('finds nothing in an empty mailbox', async () => {
    await rig.start();
    const client = await rig.selected();
    expect((await client.ok('SEARCH 1:* UNSEEN')).untagged).toEqual(['SEARCH']);
    expect((await client.ok('UID SEARCH UID 1:*')).untagged).toEqual(['SEARCH']);
  });

  test.each([
    'SEARCH',
    'SEARCH ',
    'SEARCH NONE',
    'SEARCH ALL)',
    'SEARCH (ALL',
    'SEARCH ()',
    'SEARCH OR ALL',
    'SEARCH NOT',
    'SEARCH SINCE yesterday',
    'SEARCH 0',
    'SEARCH YOUNGER 0',
    'SEARCH SUBJECT "\xff"',
    'SEARCH CHARSET UTF-8 SUBJECT "\xff"',
    'SEARCH LARGER x',
    'SEARCH BODY',
    'SEARCH RETURN (ALL PARTIAL 1:2) ALL',
    'SEARCH RETURN (NONE) ALL',
    'SEARCH RETURN (PARTIAL 0:2) ALL',
    'SEARCH RETURN (ALL)',
    `SEARCH ${'NOT '.repeat(40)}ALL`,
    `SEARCH ${'('.repeat(40)}ALL${')'.repeat(40)}`,
    `SEARCH ${Array(1100).fill('ALL').join(' ')}`,
    `SEARCH ${Array.from({ length: 101 }, (_, at) => `BODY w${at}`).join(' ')}`,
  ])('refuses %s', async (command) => {
    const client = await start();
    expect((await client.command(command)).status).toBe('BAD');
  });

  test('is for an open mailbox', async () => {
    await rig.start();
    expect((await (await rig.loggedIn()).command('SEARCH ALL')).status).toBe('BAD');
    expect((await (await rig.client()).command('UID SEARCH ALL')).status).toBe('BAD');
  });
});
