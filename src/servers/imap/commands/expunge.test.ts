import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, literal, SessionRig, type TestSession } from '../../../../test/support/imap-session.ts';

describeCommand({ form: 'EXPUNGE', states: SELECTED });
describeCommand({ form: 'UID EXPUNGE 1', states: SELECTED });

const rig = new SessionRig();

async function withMessages(count: number, deleted: string): Promise<TestSession> {
  const anna = await rig.session();
  for (let n = 1; n <= count; n++) await anna.ok('APPEND INBOX ', literal(`Subject: ${n}\r\n\r\n`));
  await anna.ok('SELECT INBOX');
  if (deleted !== '') await anna.ok(`STORE ${deleted} +FLAGS.SILENT (\\Deleted)`);
  return anna;
}

describe('EXPUNGE', () => {
  test('removes those with \\Deleted', async () => {
    const anna = await withMessages(4, '2,4');
    expect(await anna.ok('EXPUNGE')).toEqual(['4 EXPUNGE', '2 EXPUNGE', '2 RECENT']);
    expect(await anna.ok('FETCH 1:* UID')).toEqual(['1 FETCH (UID 1)', '2 FETCH (UID 3)']);
    expect(await anna.ok('EXPUNGE')).toEqual([]);
  });

  test('what the client has not been told of stays', async () => {
    const anna = await withMessages(2, '1');
    const other = await rig.session();
    await other.ok('APPEND INBOX (\\Deleted) ', literal('Subject: x\r\n\r\n'));
    expect(await anna.ok('EXPUNGE')).toEqual(['1 EXPUNGE', '2 EXISTS']);
    expect(await anna.ok('EXPUNGE')).toEqual(['2 EXPUNGE', '1 RECENT']);
    await other.ok('APPEND INBOX (\\Deleted) ', literal('Subject: x\r\n\r\n'));
    await anna.ok('CLOSE');
    expect(await other.ok('STATUS INBOX (MESSAGES DELETED)')).toEqual([
      'STATUS INBOX (MESSAGES 2 DELETED 1)',
    ]);
  });

  test('UID EXPUNGE removes those of the set', async () => {
    const anna = await withMessages(4, '2:4');
    expect(await anna.ok('UID EXPUNGE 1:2,4')).toEqual(['4 EXPUNGE', '2 EXPUNGE', '2 RECENT']);
    expect(await anna.ok('UID EXPUNGE 100')).toEqual([]);
    expect(await anna.ok('UID EXPUNGE *')).toEqual(['2 EXPUNGE', '1 RECENT']);
  });

  test('tells the modification sequence to those who ask for them', async () => {
    const anna = await withMessages(2, '1');
    await anna.ok('ENABLE QRESYNC');
    const answer = await anna.command('EXPUNGE');
    expect(answer.untagged).toEqual(['VANISHED 1', '1 RECENT']);
    expect(answer.code).toMatch(/^HIGHESTMODSEQ \d+$/);
    expect((await anna.command('EXPUNGE')).code).toBe('');
  });

  test('tells those who may not hear of it yet from where they have to ask again', async () => {
    const anna = await withMessages(3, '1');
    await anna.ok('ENABLE QRESYNC');
    await anna.ok('SELECT INBOX');
    const other = await rig.session('INBOX');
    await other.ok('EXPUNGE');
    await other.ok('UID STORE 3 +FLAGS.SILENT (\\Seen)');
    const held = await anna.command('FETCH 2 UID');
    const told = Number(/\(UID 3 .* MODSEQ \((\d+)\)\)/.exec(held.untagged.join())?.[1]);
    const modseq = ({ code }: { readonly code: string }): number =>
      Number(/^HIGHESTMODSEQ (\d+)$/.exec(code)?.[1]);
    expect(modseq(held)).toBeLessThan(told);
    expect(modseq(await anna.command('SEARCH UID 3'))).toBe(modseq(held));
    const { untagged, code } = await anna.command('NOOP');
    expect(untagged[0]).toBe('VANISHED 1');
    expect(modseq({ code })).toBe(told);
    expect((await anna.command('NOOP')).code).toBe('');
    const again = await anna.ok(`UID FETCH 1:* FLAGS (CHANGEDSINCE ${modseq(held)} VANISHED)`);
    expect(again[0]).toBe('VANISHED (EARLIER) 1');
  });

  test('counts what they have changed themselves as heard', async () => {
    const anna = await withMessages(3, '1');
    await anna.ok('ENABLE QRESYNC');
    await anna.ok('SELECT INBOX');
    const other = await rig.session('INBOX');
    await other.ok('EXPUNGE');
    // From here on the session knows that it is gone, and its client does not.
    await anna.ok('FETCH 2 UID');
    const stored = await anna.command('STORE 3 +FLAGS (\\Seen)');
    const told = Number(/MODSEQ \((\d+)\)/.exec(stored.untagged.join())?.[1]);
    expect(Number(/^HIGHESTMODSEQ (\d+)$/.exec(stored.code)?.[1])).toBeLessThan(told);
    expect((await anna.command('NOOP')).code).toBe(`HIGHESTMODSEQ ${told}`);
  });

  test('needs the right', async () => {
    const anna = await withMessages(1, '1');
    await anna.session.user.acl.set('INBOX', BERT, 'replace', 'lrstw');
    const bert = await rig.session(`"Other Users/${ANNA}/INBOX"`, BERT);
    expect(await bert.command('EXPUNGE')).toMatchObject({ status: 'NO', code: 'NOPERM' });
    expect(await bert.command('UID EXPUNGE 1')).toMatchObject({ status: 'NO', code: 'NOPERM' });
    await anna.ok('EXAMINE INBOX');
    for (const command of ['EXPUNGE', 'UID EXPUNGE 1'])
      expect(await anna.command(command)).toMatchObject({ status: 'OK', untagged: [] });
    expect(await anna.ok('UID SEARCH DELETED')).toEqual(['SEARCH 1']);
  });

  test.each(['EXPUNGE x', 'EXPUNGE )', 'UID EXPUNGE', 'UID EXPUNGE x', 'UID EXPUNGE 1 2'])(
    '%s is BAD',
    async (command) => {
      const anna = await withMessages(1, '');
      expect((await anna.command(command)).status).toBe('BAD');
    },
  );

  test('not without a mailbox', async () => {
    expect((await (await rig.session()).command('EXPUNGE')).status).toBe('BAD');
  });
});
