import { describe, expect, test } from 'vitest';
import { ADMIN, ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

const rig = new ImapRig();

describe('CREATE', () => {
  test('gives the identity; levels above are none until they are made', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    const made = await client.ok('CREATE a/b/');
    expect(made.code).toMatch(/^MAILBOXID \([\w-]+\)$/);
    const { untagged } = await client.ok('STATUS a/b (MAILBOXID)');
    expect(`${untagged[0]}`).toContain(made.code);
    expect((await client.command('SELECT a')).code).toBe('NONEXISTENT');
    await client.ok('CREATE a');
    expect((await client.command('CREATE a')).code).toBe('ALREADYEXISTS');
    expect((await client.command('CREATE inbox')).code).toBe('ALREADYEXISTS');
  });

  test.each([
    'CREATE ""',
    'CREATE a//b',
    'CREATE "../x"',
    'CREATE "~x"',
    'CREATE "&"',
    'CREATE {3+}\r\na\tb',
    'CREATE /etc',
  ])('%j cannot be', async (command) => {
    await rig.start();
    const client = await rig.loggedIn();
    const { status, code } = await client.command(command);
    expect([status, code]).toEqual(['NO', 'CANNOT']);
  });

  test('special use', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE Weg (USE (\\trash))');
    expect((await client.command('CREATE Weg2 (USE (\\Trash))')).code).toBe('USEATTR');
    expect((await client.command('CREATE Alles (USE (\\All))')).code).toBe('USEATTR');
    expect((await client.command('CREATE x (USE (Foo))')).status).toBe('BAD');
    expect((await client.command('CREATE x (FOO (\\Junk))')).status).toBe('BAD');
  });
});

describe('DELETE', () => {
  test('what is open is closed', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE a');
    await client.ok('SELECT a');
    expect((await client.ok('DELETE a')).untagged).toEqual(['OK [CLOSED] The mailbox that was open is gone']);
    expect((await client.command('CHECK')).status).toBe('BAD');
    expect((await client.command('DELETE a')).code).toBe('NONEXISTENT');
    expect((await client.command('DELETE INBOX')).code).toBe('CANNOT');
  });

  test('under another session ends that', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE a');
    const other = await rig.selected('a');
    await client.ok('DELETE a');
    const { untagged } = await other.command('NOOP');
    expect(untagged[0]).toMatch(/^BYE/);
    await other.hungUp();
  });
});

describe('RENAME', () => {
  test('what is open stays open', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE a/b');
    await client.ok('SELECT a/b');
    await client.ok('RENAME a c');
    await client.ok('NOOP');
    expect((await client.ok('STATUS c/b (MESSAGES)')).untagged).toEqual(['STATUS c/b (MESSAGES 0)']);
    expect((await client.command('RENAME a d')).code).toBe('NONEXISTENT');
    expect((await client.command('RENAME c INBOX')).code).toBe('ALREADYEXISTS');
  });

  test('INBOX stays, and its mail goes', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await rig.deliver(['Subject: x\n\nx\n']);
    await client.ok('RENAME INBOX old');
    const { untagged } = await client.ok('LIST "" * RETURN (STATUS (MESSAGES))');
    expect(untagged.filter((line) => line.startsWith('STATUS'))).toEqual([
      'STATUS INBOX (MESSAGES 0)',
      'STATUS old (MESSAGES 1)',
    ]);
  });
});

describe('STATUS', () => {
  test('every item', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    const text = 'Subject: x\r\n\r\nx\r\n';
    await client.ok(`APPEND INBOX (\\Seen) {${text.length}+}\r\n${text}`);
    await client.ok(`APPEND INBOX (\\Deleted) {${text.length}+}\r\n${text}`);
    const { untagged } = await client.ok(
      'STATUS inbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED DELETED-STORAGE SIZE RECENT HIGHESTMODSEQ MAILBOXID APPENDLIMIT)',
    );
    expect(untagged[0]).toMatch(
      /^STATUS INBOX \(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \d+ UNSEEN 1 DELETED 1 DELETED-STORAGE 17 SIZE 34 RECENT 2 HIGHESTMODSEQ \d+ MAILBOXID \(\S+\) APPENDLIMIT 10000000\)$/,
    );
    expect((await client.command('STATUS missing (MESSAGES)')).code).toBe('NONEXISTENT');
    for (const command of [
      'STATUS INBOX ()',
      'STATUS INBOX (FOO)',
      'STATUS INBOX MESSAGES',
      'STATUS INBOX (constructor)',
    ])
      expect((await client.command(command)).status).toBe('BAD');
  });
});

test('NAMESPACE', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.ok('NAMESPACE')).untagged).toEqual([
    'NAMESPACE (("" "/")) (("Other Users/" "/")) (("Public/" "/"))',
  ]);
});

describe('ACL', () => {
  test('is given, shown, taken', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('CREATE a');
    await client.ok(`SETACL a ${BERT} lrs`);
    await client.ok(`SETACL a ${BERT} +w`);
    await client.ok(`SETACL a ${BERT} -s`);
    expect((await client.ok('GETACL a')).untagged).toEqual([`ACL a ${ANNA} lrswipkxteacd ${BERT} lrw`]);
    expect((await client.ok(`LISTRIGHTS a ${BERT}`)).untagged[0]).toMatch(
      /^LISTRIGHTS a bert@example\.org "" l r s w i p k x t e a c d$/,
    );
    const bert = await rig.loggedIn(BERT);
    expect((await bert.ok(`MYRIGHTS "Other Users/${ANNA}/a"`)).untagged).toEqual([
      `MYRIGHTS "Other Users/${ANNA}/a" lrw`,
    ]);
    expect((await bert.command(`GETACL "Other Users/${ANNA}/a"`)).code).toBe('NOPERM');
    await client.ok(`DELETEACL a ${BERT}`);
    expect((await bert.command(`GETACL "Other Users/${ANNA}/a"`)).code).toBe('NONEXISTENT');
    expect((await client.command(`SETACL a ${BERT} lz`)).status).toBe('BAD');
    expect((await client.command(`SETACL missing ${BERT} l`)).code).toBe('NONEXISTENT');
  });
});

describe('quota', () => {
  test('administrators set it, users see it', async () => {
    await rig.start();
    const admin = await rig.loggedIn(ADMIN);
    const client = await rig.loggedIn();
    expect((await client.ok('GETQUOTAROOT INBOX')).untagged[0]).toBe(`QUOTAROOT INBOX ${ANNA}`);
    expect((await client.command(`SETQUOTA ${ANNA} (STORAGE 100)`)).code).toBe('NOPERM');
    expect((await admin.ok(`SETQUOTA ${ANNA} (STORAGE 100 MESSAGE 10)`)).untagged).toEqual([
      `QUOTA ${ANNA} (STORAGE 0 100 MESSAGE 0 10)`,
    ]);
    expect((await client.ok(`GETQUOTA ${ANNA}`)).untagged).toEqual([
      `QUOTA ${ANNA} (STORAGE 0 100 MESSAGE 0 10)`,
    ]);
    expect((await client.command(`GETQUOTA ${BERT}`)).status).toBe('NO');
    expect((await admin.command(`SETQUOTA ${ANNA} (FOO 1)`)).status).toBe('NO');
    expect((await admin.command(`SETQUOTA ${ANNA} (STORAGE 1 STORAGE 2)`)).status).toBe('BAD');
    expect((await admin.command(`SETQUOTA ${ANNA} (STORAGE -1)`)).status).toBe('BAD');
  });
});

describe('METADATA', () => {
  test('is set, read at depths and sizes, removed', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok(
      'SETMETADATA INBOX (/private/comment "a" /private/comment/deep {4}',
      'long',
      ' /shared/comment ~{2+}\r\n\0\xff)',
    );
    expect((await client.ok('GETMETADATA INBOX /private/comment')).untagged).toEqual([
      'METADATA INBOX (/private/comment "a")',
    ]);
    expect((await client.ok('GETMETADATA (DEPTH 1) INBOX (/private/comment)')).untagged).toEqual([
      'METADATA INBOX (/private/comment "a" /private/comment/deep "long")',
    ]);
    const short = await client.ok('GETMETADATA (MAXSIZE 3 DEPTH infinity) INBOX /private');
    expect([short.code, short.untagged]).toEqual([
      'METADATA LONGENTRIES 4',
      ['METADATA INBOX (/private/comment "a")'],
    ]);
    expect((await client.ok('GETMETADATA INBOX /shared/comment')).untagged).toEqual([
      'METADATA INBOX (/shared/comment ~{2}\r\n\0\xff)',
    ]);
    await client.ok('SETMETADATA INBOX (/private/comment NIL)');
    expect((await client.ok('GETMETADATA INBOX /private/comment')).untagged).toEqual([
      'METADATA INBOX (/private/comment NIL)',
    ]);
    expect((await client.ok('SETMETADATA "" (/private/comment "mine")')).status).toBe('OK');
    expect((await client.ok('GETMETADATA "" /private/comment')).untagged).toEqual([
      'METADATA "" (/private/comment "mine")',
    ]);
    expect((await client.command('SETMETADATA "" (/shared/comment "x")')).code).toBe('NOPERM');
    expect((await client.command('SETMETADATA missing (/private/comment "x")')).code).toBe('NONEXISTENT');
    for (const command of [
      'GETMETADATA (FOO 1) INBOX /private/x',
      'GETMETADATA (DEPTH 2) INBOX /private/x',
      'SETMETADATA INBOX (/private/x)',
      'GETMETADATA INBOX /other/x',
      'SETMETADATA INBOX (/private/x* "y")',
    ])
      expect((await client.command(command)).status, command).toBe('BAD');
  });

  test('a value that is too large', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    expect(
      (await client.command(`SETMETADATA INBOX (/private/x {200000+}\r\n${'x'.repeat(200_000)})`)).code,
    ).toMatch(/^METADATA MAXSIZE \d+$/);
  });
});
