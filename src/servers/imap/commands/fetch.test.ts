import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED, text } from '../../../../test/support/imap-command.ts';
import { ANNA, literal, SessionRig, type TestSession } from '../../../../test/support/imap-session.ts';

describeCommand({
  form: ['FETCH 1 BODY.PEEK[HEADER.FIELDS (', text('Subject'), ')]'],
  before: (client) => client.ok('APPEND INBOX {3+}\r\na\r\n'),
  states: SELECTED,
});
describeCommand({ form: 'UID FETCH 1:* FLAGS', states: SELECTED });

const rig = new SessionRig();

const MIXED = [
  'From: Ida <ida@example.org>',
  'To: anna@example.org',
  'Subject: =?utf-8?q?gr=C3=BCn?=',
  'Date: Thu, 15 Jan 2026 10:00:00 +0100',
  'Message-ID: <1@example.org>',
  'Content-Type: multipart/mixed; boundary=x',
  '',
  'preamble',
  '--x',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'gr=C3=BCn',
  '--x',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: multipart/alternative; boundary=y',
  '',
  '--y',
  '',
  'first',
  '--y',
  'Content-Type: text/html',
  '',
  '<p>second',
  '--y--',
  '--x',
  'Content-Type: application/octet-stream',
  'Content-Transfer-Encoding: base64',
  '',
  'AAEC',
  '--x',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: x-secret',
  '',
  'abc',
  '--x--',
  '',
].join('\r\n');

async function withMessages(...messages: readonly string[]): Promise<TestSession> {
  const anna = await rig.session();
  for (const message of messages)
    await anna.ok('APPEND INBOX (\\Flagged $Work) "17-Jul-1996 02:44:25 -0700" ', literal(message));
  await anna.ok('SELECT INBOX');
  return anna;
}

const lit = (text: string): string => `{${Buffer.byteLength(text)}}\r\n${text}`;

describe('what the index knows', () => {
  test('is told, with the UID in UID FETCH', async () => {
    const anna = await withMessages(MIXED);
    const [fast] = await anna.ok('FETCH 1 FAST');
    expect(fast).toBe(
      `1 FETCH (FLAGS (\\Flagged $Work \\Recent) INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822.SIZE ${MIXED.length})`,
    );
    const [line] = await anna.ok('UID FETCH 1:* (EMAILID THREADID SAVEDATE UID)');
    expect(line).toMatch(
      /^1 FETCH \(UID 1 EMAILID \(\S+\) THREADID (?:NIL|\(\S+\)) SAVEDATE "\S+ \S+ \+0000"\)$/,
    );
    expect(await anna.ok('FETCH 1 (UID UID UID)')).toEqual(['1 FETCH (UID 1)']);
  });

  test('is told of many in their order', async () => {
    const anna = await withMessages(...Array.from({ length: 30 }, (_, n) => `Subject: ${n}\r\n\r\n`));
    expect(await anna.ok('FETCH 28:*,2,1:3 UID')).toEqual(
      [1, 2, 3, 28, 29, 30].map((number) => `${number} FETCH (UID ${number})`),
    );
  });

  test('MODSEQ switches CONDSTORE on', async () => {
    const anna = await withMessages('Subject: a\r\n\r\n');
    const lines = await anna.ok('FETCH 1 MODSEQ');
    expect(lines[0]).toMatch(/^OK \[HIGHESTMODSEQ \d+\]/);
    expect(lines[1]).toMatch(/^1 FETCH \(MODSEQ \(\d+\)\)$/);
    expect(await anna.ok('FETCH 1 MODSEQ')).toHaveLength(1);
  });
});

describe('what the content says', () => {
  test('ENVELOPE, BODY, BODYSTRUCTURE, PREVIEW', async () => {
    const anna = await withMessages(MIXED);
    const [envelope] = await anna.ok('FETCH 1 ENVELOPE');
    const ida = '(("Ida" NIL "ida" "example.org"))';
    expect(envelope).toBe(
      `1 FETCH (ENVELOPE ("Thu, 15 Jan 2026 10:00:00 +0100" "=?utf-8?q?gr=C3=BCn?=" ${ida} ${ida} ${ida} ((NIL NIL "anna" "example.org")) NIL NIL NIL "<1@example.org>"))`,
    );
    const [body] = await anna.ok('FETCH 1 BODY');
    const inner = `(NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL)`;
    const alternative =
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 0)("text" "html" ("charset" "us-ascii") NIL NIL "7bit" 9 0) "alternative")';
    expect(body).toBe(
      '1 FETCH (BODY (("text" "plain" ("charset" "utf-8") NIL NIL "quoted-printable" 9 0)' +
        `("message" "rfc822" NIL NIL NIL "7bit" ${innerSize()} ${inner} ${alternative} 11)` +
        '("application" "octet-stream" NIL NIL NIL "base64" 4)' +
        '("text" "plain" ("charset" "us-ascii") NIL NIL "x-secret" 3 0) "mixed"))',
    );
    const [structure] = await anna.ok('FETCH 1 BODYSTRUCTURE');
    expect(structure).toContain('"base64" 4 NIL NIL NIL NIL)');
    expect(structure).toContain('"mixed" ("boundary" "x") NIL NIL NIL))');
    expect(await anna.ok('FETCH 1 (PREVIEW (LAZY))')).toEqual([`1 FETCH (PREVIEW ${latin1(lit('grün'))})`]);
    await anna.ok('ENABLE UTF8=ACCEPT');
    expect(await anna.ok('FETCH 1 PREVIEW')).toEqual([`1 FETCH (PREVIEW ${latin1('"grün"')})`]);
  });
});

/** The line ending behind `--y--` belongs to it. */
function innerSize(): number {
  return MIXED.indexOf('--x\r\nContent-Type: application') - MIXED.indexOf('Subject: inner');
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

describe('sections', () => {
  test('give the octets of parts', async () => {
    const anna = await withMessages(MIXED);
    const expected: readonly (readonly [string, string])[] = [
      ['', MIXED],
      ['HEADER', MIXED.slice(0, MIXED.indexOf('preamble'))],
      ['TEXT', MIXED.slice(MIXED.indexOf('preamble'))],
      ['1', 'gr=C3=BCn'],
      [
        '1.MIME',
        'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n',
      ],
      ['2.MIME', 'Content-Type: message/rfc822\r\n\r\n'],
      ['2.HEADER', 'Subject: inner\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n'],
      ['2.TEXT', '--y\r\n\r\nfirst\r\n--y\r\nContent-Type: text/html\r\n\r\n<p>second\r\n--y--\r\n'],
      ['2.1', 'first'],
      ['2.1.1', 'first'],
      ['2.2', '<p>second'],
      ['2.2.MIME', 'Content-Type: text/html\r\n\r\n'],
      ['3', 'AAEC'],
      ['HEADER.FIELDS (SUBJECT X)', 'Subject: =?utf-8?q?gr=C3=BCn?=\r\n\r\n'],
      ['2.HEADER.FIELDS.NOT (SUBJECT)', 'Content-Type: multipart/alternative; boundary=y\r\n\r\n'],
      ['HEADER.FIELDS (X)', '\r\n'],
    ];
    for (const [section, text] of expected)
      expect(await anna.ok(`FETCH 1 BODY.PEEK[${section}]`)).toEqual([
        `1 FETCH (BODY[${section}] ${lit(text)})`,
      ]);
    for (const section of ['5', '1.2', '1.1.1', '2.3', '1.HEADER', '3.TEXT', '0', '01.0', '99999999999999'])
      expect(await anna.ok(`FETCH 1 BODY.PEEK[${section}]`)).toEqual([
        `1 FETCH (BODY[${section}] ${lit('')})`,
      ]);
  });

  test('of a message that is no multipart', async () => {
    const anna = await withMessages('Subject: a\r\n\r\nbody\r\n');
    expect(await anna.ok('FETCH 1 (BODY.PEEK[1] BODY.PEEK[TEXT] RFC822.HEADER)')).toEqual([
      `1 FETCH (BODY[1] ${lit('body\r\n')} BODY[TEXT] ${lit('body\r\n')} RFC822.HEADER ${lit('Subject: a\r\n\r\n')})`,
    ]);
    expect(await anna.ok('FETCH 1 BODY.PEEK[2]')).toEqual(['1 FETCH (BODY[2] {0}\r\n)']);
  });

  test('are cut where a range says', async () => {
    const anna = await withMessages('Subject: a\r\n\r\nbody\r\n');
    expect(await anna.ok('FETCH 1 (BODY.PEEK[]<0.7> BODY.PEEK[]<9.1000> BODY.PEEK[]<100.1>)')).toEqual([
      `1 FETCH (BODY[]<0> ${lit('Subject')} BODY[]<9> ${lit('a\r\n\r\nbody\r\n')} BODY[]<100> ${lit('')})`,
    ]);
    expect(await anna.ok('FETCH 1 (BODY.PEEK[]<9> BODY.PEEK[]<0.0>)')).toEqual([
      `1 FETCH (BODY[]<9> ${lit('a\r\n\r\nbody\r\n')} BODY[]<0> ${lit('')})`,
    ]);
    expect(await anna.ok('FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]<3.4>')).toEqual([
      `1 FETCH (BODY[HEADER.FIELDS (SUBJECT)]<3> ${lit('ject')})`,
    ]);
  });

  test('BINARY is decoded, and refused where it cannot be', async () => {
    const anna = await withMessages(MIXED);
    expect(await anna.ok('FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])')).toEqual([
      `1 FETCH (BINARY[1] ${latin1(lit('grün'))} BINARY.SIZE[1] 5)`,
    ]);
    expect(await anna.ok('FETCH 1 BINARY.PEEK[3]')).toEqual(['1 FETCH (BINARY[3] ~{3}\r\n\0\x01\x02)']);
    expect(await anna.ok('FETCH 1 BINARY.PEEK[1]<1.2>')).toEqual(['1 FETCH (BINARY[1]<1> {2}\r\nr\xc3)']);
    expect(await anna.command('FETCH 1 (UID BINARY.PEEK[4])')).toMatchObject({
      status: 'NO',
      code: 'UNKNOWN-CTE',
      untagged: [],
    });
    expect((await anna.command('FETCH 1 BINARY.SIZE[4]')).code).toBe('UNKNOWN-CTE');
    expect(await anna.ok('FETCH 1 BINARY.PEEK[9]')).toEqual(['1 FETCH (BINARY[9] {0}\r\n)']);
  });

  test('long ones go out in pieces, whole', async () => {
    const text = `Subject: a\r\n\r\n${'0123456789abcde\n'.repeat(100_000)}`.replace(/(?<!\r)\n/g, '\r\n');
    const anna = await withMessages(text);
    expect(await anna.ok('FETCH 1 BODY.PEEK[]')).toEqual([`1 FETCH (BODY[] ${lit(text)})`]);
    expect(await anna.ok('FETCH 1 BODY.PEEK[TEXT]<500000.600000>')).toEqual([
      `1 FETCH (BODY[TEXT]<500000> ${lit(text.slice(14 + 500_000, 14 + 1_100_000))})`,
    ]);
  });
});

describe('\\Seen', () => {
  test('is set by what is no peek, and told once', async () => {
    const anna = await withMessages('Subject: a\r\n\r\nb');
    expect(await anna.ok('FETCH 1 BODY[TEXT]')).toEqual([
      `1 FETCH (BODY[TEXT] ${lit('b')} FLAGS (\\Flagged \\Seen $Work \\Recent))`,
    ]);
    expect(await anna.ok('FETCH 1 BODY[TEXT]')).toEqual([`1 FETCH (BODY[TEXT] ${lit('b')})`]);
    expect(await anna.ok('NOOP')).toEqual([]);
  });

  test('is not set in a mailbox that is open for reading', async () => {
    const anna = await withMessages('Subject: a\r\n\r\nb');
    await anna.ok('EXAMINE INBOX');
    expect(await anna.ok('FETCH 1 RFC822.TEXT')).toEqual([`1 FETCH (RFC822.TEXT ${lit('b')})`]);
    expect((await anna.ok('FETCH 1 FLAGS'))[0]).not.toContain('Seen');
  });
});

describe('modifiers', () => {
  test('CHANGEDSINCE and VANISHED', async () => {
    const anna = await withMessages('Subject: a\r\n\r\n', 'Subject: b\r\n\r\n', 'Subject: c\r\n\r\n');
    await anna.ok('ENABLE QRESYNC');
    const status = (await rig.store.account(ANNA)).mailbox('INBOX');
    const since = (await status)?.status().highestModseq ?? 0;
    await anna.ok('STORE 2 +FLAGS (\\Answered)');
    await anna.ok('STORE 3 +FLAGS.SILENT (\\Deleted)');
    await anna.ok('EXPUNGE');
    const lines = await anna.ok(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${since} VANISHED)`);
    expect(lines).toEqual([
      // Behind the last that is there, and all the same within `1:*`.
      'VANISHED (EARLIER) 3',
      expect.stringMatching(/^2 FETCH \(UID 2 FLAGS \(\\Answered .*\) MODSEQ \(\d+\)\)$/),
    ]);
    const some = await anna.ok(`UID FETCH *:2 (FLAGS) (CHANGEDSINCE ${since} VANISHED)`);
    expect(some[0]).toBe('VANISHED (EARLIER) 3');
    const all = await anna.ok(`UID FETCH 1:100 (FLAGS) (VANISHED CHANGEDSINCE ${since})`);
    expect(all[0]).toBe('VANISHED (EARLIER) 3');
    expect(await anna.ok(`FETCH 1:* UID (CHANGEDSINCE 100000)`)).toEqual([]);
  });

  test('PARTIAL takes some from either end', async () => {
    const anna = await withMessages(...Array.from({ length: 5 }, (_, n) => `Subject: ${n}\r\n\r\n`));
    const uids = async (range: string): Promise<number[]> =>
      (await anna.ok(`UID FETCH 1:* FLAGS (PARTIAL ${range})`)).map((line) => Number.parseInt(line, 10));
    expect(await uids('1:2')).toEqual([1, 2]);
    expect(await uids('2:1')).toEqual([1, 2]);
    expect(await uids('4:10')).toEqual([4, 5]);
    expect(await uids('-1:-2')).toEqual([4, 5]);
    expect(await uids('-5:-9')).toEqual([1]);
    expect(await uids('6:9')).toEqual([]);
    expect((await anna.command('UID FETCH 1:* FLAGS (PARTIAL 1:-2)')).status).toBe('BAD');
    expect((await anna.command('FETCH 1:* FLAGS (PARTIAL 1:2)')).status).toBe('BAD');
  });

  test('under UIDONLY messages have UIDs alone', async () => {
    const anna = await withMessages('Subject: a\r\n\r\nb', 'Subject: c\r\n\r\nd');
    await anna.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await anna.ok('EXPUNGE');
    await anna.ok('ENABLE UIDONLY');
    expect(await anna.ok('UID FETCH 1:* BODY.PEEK[TEXT]')).toEqual([`2 UIDFETCH (BODY[TEXT] ${lit('d')})`]);
    expect(await anna.command('FETCH 1 FLAGS')).toMatchObject({ status: 'BAD', code: 'UIDREQUIRED' });
  });
});

describe('faults', () => {
  test.each([
    'FETCH',
    'FETCH 1',
    'FETCH 1 ',
    'FETCH 0 FLAGS',
    'FETCH 9 FLAGS',
    'FETCH 1 NONSENSE',
    'FETCH 1 (FLAGS ALL)',
    'FETCH 1 ()',
    'FETCH 1 FLAGS UID',
    'FETCH 1 BODY[MIME]',
    'FETCH 1 BODY[1.]',
    'FETCH 1 BODY[HEADER.FIELDS]',
    'FETCH 1 BODY[HEADER.FIELDS ()]',
    'FETCH 1 BODY[',
    'FETCH 1 BINARY[1.HEADER]',
    'FETCH 1 BINARY[TEXT]',
    'FETCH 1 PREVIEW (EAGER)',
    'FETCH 1 FLAGS (CHANGEDSINCE)',
    'FETCH 1 FLAGS (VANISHED)',
    'UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)',
    'UID FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)',
    `FETCH 1 BODY[${'1.'.repeat(100)}1]`,
    `FETCH 1 (${'UID '.repeat(300)}UID)`,
  ])('%s', async (command) => {
    const anna = await withMessages('Subject: a\r\n\r\n');
    expect(await anna.command(command)).toMatchObject({ status: 'BAD', untagged: [] });
  });

  test('not without a mailbox', async () => {
    const anna = await rig.session();
    expect((await anna.command('FETCH 1 FLAGS')).status).toBe('BAD');
  });

  test('a message that another session has expunged is left out', async () => {
    const anna = await withMessages('Subject: a\r\n\r\n', 'Subject: b\r\n\r\n');
    const other = await rig.session('INBOX');
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await other.ok('EXPUNGE');
    const answer = await anna.command('FETCH 1:2 (UID BODY.PEEK[])');
    expect(answer).toMatchObject({ status: 'OK', code: 'EXPUNGEISSUED' });
    expect(answer.untagged).toEqual([`2 FETCH (UID 2 BODY[] ${lit('Subject: b\r\n\r\n')})`]);
    // What the index knew can be had until the client may be told.
    expect(await anna.command('FETCH 1 (UID FLAGS)')).toMatchObject({
      code: '',
      untagged: ['1 FETCH (UID 1 FLAGS (\\Flagged \\Deleted $Work \\Recent))'],
    });
    expect(await anna.ok('NOOP')).toEqual(['1 EXPUNGE', '1 RECENT']);
    expect(await anna.ok('UID FETCH 1 FLAGS')).toEqual([]);
  });
});
