import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['SORT (DATE) UTF-8 SUBJECT ', text('x')], states: SELECTED });
describeCommand({ form: 'UID SORT (DATE) UTF-8 ALL', states: SELECTED });

const rig = new ImapRig();

const MAIL = [
  'From: Zoe <amy@example.org>\nTo: x@example.org\nSubject: Re: beta\nDate: Mon, 2 Feb 2026 10:00:00 +0000\n\nlonger text here\n',
  'From: bob@example.org\nTo: "Ann" <z@example.org>\nCc: c@example.org\nSubject: Alpha\nDate: Mon, 2 Feb 2026 11:00:00 +0200\n\nfox\n',
  'From: =?utf-8?q?=C3=84nne?= <cy@example.org>\nSubject: [list] BETA\nDate: Sun, 1 Feb 2026 10:00:00 +0000\n\n\n',
];

async function start(mail: readonly string[] = MAIL) {
  await rig.start();
  if (mail.length > 0) await rig.deliver(mail);
  return rig.selected();
}

describe('SORT', () => {
  test.each([
    ['(ARRIVAL)', '1 2 3'],
    ['(REVERSE ARRIVAL)', '1 2 3'],
    ['(DATE)', '3 2 1'],
    ['(REVERSE DATE)', '1 2 3'],
    ['(SIZE)', '3 1 2'],
    ['(SUBJECT)', '2 1 3'],
    ['(SUBJECT DATE)', '2 3 1'],
    ['(SUBJECT REVERSE DATE)', '2 1 3'],
    ['(FROM)', '1 2 3'],
    ['(TO)', '3 1 2'],
    ['(CC)', '1 3 2'],
    ['(DISPLAYFROM)', '3 2 1'],
    ['(DISPLAYTO)', '3 2 1'],
    ['(DATE DATE)', '3 2 1'],
  ])('by %s', async (criteria, order) => {
    const client = await start();
    expect((await client.ok(`SORT ${criteria} UTF-8 ALL`)).untagged.at(-1)).toBe(`SORT ${order}`);
  });

  test('with UIDs, of those a search finds', async () => {
    const client = await start();
    await client.ok('STORE 1 +FLAGS (\\Deleted)');
    await client.ok('EXPUNGE');
    expect((await client.ok('UID SORT (REVERSE SUBJECT) US-ASCII NOT BODY none')).untagged).toEqual([
      'SORT 3 2',
    ]);
    expect((await client.ok('SORT (REVERSE SUBJECT) US-ASCII ALL')).untagged).toEqual(['SORT 2 1']);
  });

  test('with the results asked for', async () => {
    const client = await start();
    const answer = async (command: string) => (await client.ok(command)).untagged;
    expect(await answer('SORT RETURN (MIN MAX COUNT ALL) (DATE) UTF-8 ALL')).toEqual([
      'ESEARCH (TAG "T3") MIN 3 MAX 1 ALL 3,2,1 COUNT 3',
    ]);
    expect(await answer('UID SORT RETURN (PARTIAL 1:2) (DATE) UTF-8 ALL')).toEqual([
      'ESEARCH (TAG "T4") UID PARTIAL (1:2 3,2)',
    ]);
    await answer('SORT RETURN (SAVE) (DATE) UTF-8 SUBJECT beta');
    expect(await answer('SEARCH $')).toEqual(['SEARCH 1 3']);
  });

  test('with modification sequences when they are asked for', async () => {
    const client = await start();
    expect((await client.ok('SORT (DATE) UTF-8 MODSEQ 1')).untagged.at(-1)).toMatch(
      /^SORT 3 2 1 \(MODSEQ \d+\)$/,
    );
  });

  test('of nothing', async () => {
    const client = await start([]);
    expect((await client.ok('SORT (DATE) UTF-8 ALL')).untagged).toEqual(['SORT']);
  });

  test('takes the text it looks for as a literal', async () => {
    const client = await start();
    expect((await client.ok('SORT (DATE) UTF-8 BODY {3}', 'fox')).untagged).toEqual(['SORT 2']);
  });

  test('refuses an unknown character set', async () => {
    const client = await start();
    const reply = await client.command('SORT (DATE) x-none ALL');
    expect([reply.status, reply.code]).toEqual(['NO', 'BADCHARSET (US-ASCII UTF-8)']);
  });

  test.each([
    'SORT',
    'SORT ()',
    'SORT () UTF-8 ALL',
    'SORT (NONE) UTF-8 ALL',
    'SORT (REVERSE) UTF-8 ALL',
    'SORT (DATE) ALL',
    'SORT (DATE) UTF-8',
    'SORT (DATE) UTF-8 ALL x',
  ])('refuses %s', async (command) => {
    const client = await start();
    expect((await client.command(command)).status).not.toBe('OK');
  });

  test('needs UIDs under UIDONLY, and an open mailbox', async () => {
    const client = await start();
    await client.ok('ENABLE UIDONLY');
    expect((await client.command('SORT (DATE) UTF-8 ALL')).code).toBe('UIDREQUIRED');
    expect((await (await rig.loggedIn()).command('SORT (DATE) UTF-8 ALL')).status).toBe('BAD');
  });
});
