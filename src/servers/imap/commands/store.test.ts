import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, literal, SessionRig, type TestSession } from '../../../../test/support/imap-session.ts';

describeCommand({ form: 'STORE 1:* +FLAGS (x)', states: SELECTED });
describeCommand({ form: 'UID STORE 1:* +FLAGS (x)', states: SELECTED });

const rig = new SessionRig();

async function withMessages(count: number): Promise<TestSession> {
  const anna = await rig.session();
  for (let n = 0; n < count; n++) await anna.ok('APPEND INBOX ', literal(`Subject: ${n}\r\n\r\n`));
  await anna.ok('SELECT INBOX');
  await (await rig.session('INBOX')).ok('UNSELECT');
  return anna;
}

/** Without \Recent, which is not what these tests are about. */
const plain = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ ?\\Recent/, ''));

describe('STORE', () => {
  test('adds, takes away and replaces, and tells', async () => {
    const anna = await withMessages(2);
    expect(plain(await anna.ok('STORE 1:2 +FLAGS (\\Seen $a)'))).toEqual([
      'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a)',
      expect.stringMatching(/^OK \[PERMANENTFLAGS .*\$a/),
      '1 FETCH (FLAGS (\\Seen $a))',
      '2 FETCH (FLAGS (\\Seen $a))',
    ]);
    expect(plain(await anna.ok('UID STORE 2 -FLAGS \\Seen'))).toEqual(['2 FETCH (UID 2 FLAGS ($a))']);
    expect(plain(await anna.ok('STORE 2 FLAGS \\Draft $b')).at(-1)).toBe('2 FETCH (FLAGS (\\Draft $b))');
    expect(plain(await anna.ok('STORE 2 FLAGS ()'))).toEqual(['2 FETCH (FLAGS ())']);
  });

  test('tells nothing of those that were so already, unless others made them so', async () => {
    const anna = await withMessages(2);
    const other = await rig.session('INBOX');
    await anna.ok('STORE 1 +FLAGS \\Seen');
    expect(await anna.ok('STORE 1 +FLAGS \\Seen')).toEqual([]);
    expect(plain(await other.ok('STORE 1 +FLAGS \\Seen'))).toEqual(['1 FETCH (FLAGS (\\Seen))']);
  });

  test('a keyword that nobody has used does not become known by being taken away', async () => {
    const anna = await withMessages(1);
    expect(await anna.ok('STORE 1 -FLAGS (never)')).toEqual([]);
    expect((await anna.ok('SELECT INBOX')).join()).not.toContain('never');
  });

  test('.SILENT tells this session nothing, and the others', async () => {
    const anna = await withMessages(1);
    const other = await rig.session('INBOX');
    expect(await anna.ok('STORE 1 +FLAGS.SILENT (\\Seen)')).toEqual([]);
    expect(await anna.ok('NOOP')).toEqual([]);
    expect(plain(await other.ok('NOOP'))).toEqual(['1 FETCH (FLAGS (\\Seen))']);
  });

  test('.SILENT hides no change of others', async () => {
    const anna = await withMessages(1);
    const other = await rig.session('INBOX');
    await other.ok('STORE 1 +FLAGS.SILENT (\\Answered)');
    expect(plain(await anna.ok('STORE 1 +FLAGS.SILENT (\\Seen)'))).toEqual([
      '1 FETCH (FLAGS (\\Answered \\Seen))',
    ]);
    await anna.ok('STORE 1 +FLAGS.SILENT (\\Flagged)');
    expect(await anna.ok('STORE 1 -FLAGS.SILENT (\\Seen)')).toEqual([]);
  });

  test('tells of keywords before it uses them, also of those of others', async () => {
    const anna = await withMessages(1);
    const other = await rig.session('INBOX');
    await other.ok('STORE 1 +FLAGS.SILENT ($a)');
    expect(plain(await anna.ok('STORE 1 -FLAGS (\\Seen)')).slice(0, 3)).toEqual([
      'FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a)',
      expect.stringMatching(/^OK \[PERMANENTFLAGS/),
      '1 FETCH (FLAGS ($a))',
    ]);
  });

  test('UNCHANGEDSINCE leaves alone what others have changed', async () => {
    const anna = await withMessages(3);
    const other = await rig.session('INBOX');
    const [, line = ''] = await anna.ok('FETCH 2 MODSEQ');
    const modseq = Number(/MODSEQ \((\d+)\)/.exec(line)?.[1]) + 1;
    await other.ok('STORE 3 +FLAGS (\\Answered)');
    const answer = await anna.command(`UID STORE 1:3 (UNCHANGEDSINCE ${modseq}) +FLAGS.SILENT (\\Seen)`);
    expect(answer).toMatchObject({ status: 'OK', code: 'MODIFIED 3' });
    expect(answer.untagged.slice(0, 2)).toEqual([
      expect.stringMatching(/^1 FETCH \(UID 1 MODSEQ \(\d+\)\)$/),
      expect.stringMatching(/^2 FETCH \(UID 2 MODSEQ \(\d+\)\)$/),
    ]);
    expect(plain(answer.untagged)[2]).toMatch(/^3 FETCH \(UID 3 FLAGS \(\\Answered\) MODSEQ \(\d+\)\)$/);
    expect((await anna.command('STORE 1 (UNCHANGEDSINCE 0) FLAGS ()')).code).toBe('MODIFIED 1');
  });

  test('under UIDONLY', async () => {
    const anna = await withMessages(1);
    await anna.ok('ENABLE UIDONLY');
    expect(plain(await anna.ok('UID STORE 1 +FLAGS (\\Seen)'))).toEqual(['1 UIDFETCH (FLAGS (\\Seen))']);
    expect(await anna.command('STORE 1 +FLAGS (\\Seen)')).toMatchObject({
      status: 'BAD',
      code: 'UIDREQUIRED',
    });
  });

  test('obeys the rights of who shares the mailbox', async () => {
    const anna = await withMessages(1);
    await anna.session.user.acl.set('INBOX', BERT, 'replace', 'lrs');
    const bert = await rig.session(`"Other Users/${ANNA}/INBOX"`, BERT);
    expect(plain(await bert.ok('STORE 1 +FLAGS (\\Seen \\Deleted $x)'))).toEqual([
      '1 FETCH (FLAGS (\\Seen))',
    ]);
    expect(await bert.command('STORE 1 +FLAGS (\\Deleted)')).toMatchObject({ status: 'NO', code: 'NOPERM' });
    await anna.ok('STORE 1 FLAGS (\\Flagged $y)');
    expect(plain(await bert.ok('STORE 1 FLAGS (\\Seen \\Draft)')).at(-1)).toBe(
      '1 FETCH (FLAGS (\\Flagged \\Seen $y))',
    );
  });

  test('changes nothing in a mailbox that is open for reading, and says how it stands', async () => {
    const anna = await withMessages(1);
    await anna.ok('EXAMINE INBOX');
    expect(plain(await anna.ok('STORE 1 +FLAGS (\\Seen)'))).toEqual(['1 FETCH (FLAGS ())']);
    expect(await anna.ok('STORE 1 +FLAGS.SILENT (\\Seen)')).toEqual([]);
    expect(await anna.ok('SEARCH SEEN')).toEqual(['SEARCH']);
    await anna.ok('UNSELECT');
    expect((await anna.command('STORE 1 +FLAGS (\\Seen)')).status).toBe('BAD');
  });

  test.each([
    'STORE 1',
    'STORE 1 FLAGS',
    'STORE 1 FLAG (\\Seen)',
    'STORE 1 *FLAGS (\\Seen)',
    'STORE 1 +FLAGS (\\Recent)',
    'STORE 1 +FLAGS (\\Nonsense)',
    'STORE 1 +FLAGS (\\Seen) x',
    'STORE 1 +FLAGS (\\Seen',
    'STORE 1 (UNCHANGEDSINCE) +FLAGS (\\Seen)',
    'STORE 1 (CHANGEDSINCE 1) +FLAGS (\\Seen)',
    'STORE 2 +FLAGS (\\Seen)',
  ])('%s is BAD', async (command) => {
    const anna = await withMessages(1);
    expect((await anna.command(command)).status).toBe('BAD');
  });

  test('takes no keywords without measure', async () => {
    const anna = await withMessages(1);
    expect(await anna.command(`STORE 1 +FLAGS ($${'a'.repeat(300)})`)).toMatchObject({ code: 'LIMIT' });
    const many = Array.from({ length: 200 }, (_, n) => `$k${n}`).join(' ');
    expect(await anna.command(`STORE 1 +FLAGS (${many})`)).toMatchObject({ code: 'LIMIT' });
  });
});
