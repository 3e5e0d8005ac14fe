import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import {
  ANNA,
  BERT,
  literal,
  literal8,
  SessionRig,
  type TestSession,
} from '../../../../test/support/imap-session.ts';

describeCommand({
  form: ['APPEND ', text('INBOX'), ' {3+}\r\na\r\n'],
  states: LOGGED_IN,
  message: true,
  leftOver: [' )'],
});

const rig = new SessionRig();

/** Octets of a message of INBOX. */
async function octets(session: TestSession, uid: number): Promise<Buffer> {
  await session.ok('EXAMINE INBOX');
  const [line = ''] = await session.ok(`UID FETCH ${uid} BODY.PEEK[]`);
  const start = line.indexOf('}\r\n') + 3;
  return Buffer.from(line.slice(start, -1), 'latin1');
}

describe('APPEND', () => {
  test('stores octets, flags and date', async () => {
    const anna = await rig.session();
    const raw = Buffer.concat([Buffer.from('Subject: ä\r\n\r\n'), Buffer.from([0xff, 0xfe, 13, 10])]);
    const answer = await anna.command('APPEND INBOX (\\Seen $x) " 1-Feb-2026 10:00:00 +0100" ', literal(raw));
    expect(answer.code).toMatch(/^APPENDUID \d+ 1$/);
    expect(await octets(anna, 1)).toEqual(raw);
    expect((await anna.ok('FETCH 1 (FLAGS INTERNALDATE)'))[0]).toMatch(
      /^1 FETCH \(FLAGS \(\\Seen \$x(?: \\Recent)?\) INTERNALDATE "01-Feb-2026 09:00:00 \+0000"\)$/,
    );
  });

  test('keeps NUL of a literal8', async () => {
    const anna = await rig.session();
    const raw = Buffer.from('Subject: a\r\n\r\na\0b');
    await anna.ok('APPEND INBOX ', literal8(raw));
    // No literal may hold NUL (RFC 9051 §9).
    expect((await octets(anna, 1)).toString('latin1')).toBe('Subject: a\r\n\r\na\x80b');
    await anna.ok('SELECT INBOX');
    expect(await anna.ok('FETCH 1 BINARY.PEEK[1]')).toEqual(['1 FETCH (BINARY[1] ~{3}\r\na\0b)']);
  });

  test('tells of the message in the mailbox that is open', async () => {
    const anna = await rig.session('INBOX');
    expect(await anna.ok('APPEND INBOX ', literal('Subject: a\r\n\r\n'))).toEqual([
      '1 EXISTS',
      expect.any(String),
    ]);
  });

  test('takes several, all or none', async () => {
    const anna = await rig.session();
    const answer = await anna.command(
      'APPEND INBOX ',
      literal('Subject: 1\r\n\r\n'),
      ' (\\Seen) ',
      literal('Subject: 2\r\n\r\n'),
    );
    expect(answer.code).toMatch(/^APPENDUID \d+ 1:2$/);
    const none = await anna.command('APPEND INBOX ', literal('Subject: 3\r\n\r\n'), ' ', literal(''));
    expect(none.status).toBe('NO');
    await anna.ok('SELECT INBOX');
    expect(await anna.ok('FETCH 1:* UID')).toHaveLength(2);
  });

  test('says TRYCREATE, TOOBIG, NOPERM', async () => {
    rig.options = { appendLimit: 100 };
    const anna = await rig.session();
    expect(await anna.command('APPEND Nowhere ', literal('x'))).toMatchObject({
      status: 'NO',
      code: 'TRYCREATE',
    });
    expect((await anna.command('APPEND INBOX ', literal('x'.repeat(101)))).code).toBe('TOOBIG');
    await anna.session.user.acl.set('INBOX', BERT, 'replace', 'lr');
    const bert = await rig.session(undefined, BERT);
    const theirs = `"Other Users/${ANNA}/INBOX"`;
    expect((await bert.command(`APPEND ${theirs} `, literal('x'))).code).toBe('NOPERM');
    await anna.session.user.acl.set('INBOX', BERT, 'replace', 'lrit');
    await bert.ok(`APPEND ${theirs} (\\Seen \\Deleted $x) `, literal('Subject: a\r\n\r\n'));
    await anna.ok('SELECT INBOX');
    expect((await anna.ok('FETCH 1 FLAGS'))[0]).toMatch(/\(\\Deleted(?: \\Recent)?\)/);
  });

  test('takes UTF8 where it is enabled', async () => {
    const anna = await rig.session();
    expect((await anna.command('APPEND INBOX UTF8 (', literal8('Subject: ä\r\n\r\n'), ')')).status).toBe(
      'BAD',
    );
    await anna.ok('ENABLE UTF8=ACCEPT');
    await anna.ok('APPEND INBOX UTF8 (', literal8('Subject: ä\r\n\r\n'), ')');
    expect(await octets(anna, 1)).toEqual(Buffer.from('Subject: ä\r\n\r\n'));
  });

  test.each([
    [['APPEND']],
    [['APPEND INBOX']],
    [['APPEND INBOX ']],
    [['APPEND INBOX "x"']],
    [['APPEND INBOX (\\Recent) ', literal('x')]],
    [['APPEND INBOX "no date" ', literal('x')]],
    [['APPEND INBOX ', literal('x'), 'y']],
    [['APPEND INBOX ', literal('x'), ' )']],
    [['APPEND INBOX CATENATE ()']],
    [['APPEND INBOX CATENATE (TEXT "x")']],
    [['APPEND INBOX CATENATE (URL)']],
    [['APPEND INBOX UTF8 (', literal('x'), ')']],
  ])('%j is BAD', async (pieces) => {
    const anna = await rig.session();
    expect((await anna.command(...pieces)).status).toBe('BAD');
  });

  test('not before login', async () => {
    expect((await rig.greeted().command('APPEND INBOX ', literal('x'))).status).toBe('BAD');
  });

  test('gives back what it was given', async () => {
    const anna = await rig.session();
    const sent: string[] = [];
    for (let n = 0; n < 20; n++) {
      const raw = Buffer.from(`Subject: ${n}\r\n\r\n${'x'.repeat(n * 5000)}${n % 2 === 0 ? '\r\n' : ''}`);
      sent.push(createHash('sha256').update(raw).digest('hex'));
      await anna.ok('APPEND INBOX ', literal(raw));
    }
    for (const [n, hash] of sent.entries())
      expect(
        createHash('sha256')
          .update(await octets(anna, n + 1))
          .digest('hex'),
      ).toBe(hash);
  });
});

describe('CATENATE', () => {
  const SOURCE =
    'Subject: draft\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nfirst\r\n--x\r\n\r\nsecond\r\n--x--\r\n';

  test('puts a message together from texts and parts', async () => {
    const anna = await rig.session();
    await anna.ok('APPEND INBOX ', literal(SOURCE));
    await anna.ok('SELECT INBOX');
    const uidValidity = anna.session.selected.mailbox.uidValidity;
    await anna.ok(
      'APPEND INBOX (\\Draft) CATENATE (TEXT ',
      literal('Subject: new\r\n\r\n'),
      ` URL "/INBOX;UIDVALIDITY=${uidValidity}/;UID=1/;SECTION=2" URL ";UID=1/;SECTION=HEADER.FIELDS%20(Subject)" URL "/INBOX/;UID=1/;PARTIAL=0.7" TEXT `,
      literal('end'),
      ')',
    );
    expect((await octets(anna, 2)).toString()).toBe(
      'Subject: new\r\n\r\nsecondSubject: draft\r\n\r\nSubjectend',
    );
  });

  test.each([
    'imap://other.example/INBOX/;UID=1',
    '//other.example/INBOX/;UID=1',
    '/INBOX/;UID=9',
    '/Nowhere/;UID=1',
    '/INBOX;UIDVALIDITY=1/;UID=1',
    '/INBOX/;UID=1/;SECTION=9',
    '/INBOX/;UID=1/;SECTION=nonsense',
    '/INBOX',
    'x y] z',
    '/%zz/;UID=1',
  ])('refuses %s', async (url) => {
    const anna = await rig.session();
    await anna.ok('APPEND INBOX ', literal(SOURCE));
    const answer = await anna.command(`APPEND INBOX CATENATE (URL "${url}")`);
    expect(answer.status).toBe('NO');
    expect(answer.code).toMatch(/^BADURL (?:\/|imap:|x%20y%5D%20z$)[^\]]*$/);
    await anna.ok('SELECT INBOX');
    expect(await anna.ok('FETCH 1:* UID')).toHaveLength(1);
  });

  test('reads no mailbox that the user may not read', async () => {
    const anna = await rig.session();
    await anna.ok('APPEND INBOX ', literal(SOURCE));
    const bert = await rig.session(undefined, BERT);
    const url = `/Other%20Users/${ANNA}/INBOX/;UID=1`;
    expect((await bert.command(`APPEND INBOX CATENATE (URL "${url}")`)).code).toMatch(/^BADURL/);
    await anna.session.user.acl.set('INBOX', BERT, 'replace', 'lr');
    await bert.ok(`APPEND INBOX CATENATE (URL "${url}")`);
    expect((await octets(bert, 1)).toString()).toBe(SOURCE);
  });

  test('has the limit of a message', async () => {
    rig.options = { appendLimit: 150 };
    const anna = await rig.session();
    await anna.ok('APPEND INBOX ', literal(SOURCE));
    const twice = await anna.command('APPEND INBOX CATENATE (URL "/INBOX/;UID=1" URL "/INBOX/;UID=1")');
    expect(twice).toMatchObject({ status: 'NO', code: 'TOOBIG' });
  });
});
