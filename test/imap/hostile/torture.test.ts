import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cpuTimer } from '../../support/cpu.ts';
import { ANNA, SessionRig } from '../../support/imap-session.ts';
import { HOSTILE } from '../../support/hostile-mail.ts';
import { describeShared, unpackCorpus } from '../../support/shared.ts';

const ITEMS = [
  'FLAGS',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'PREVIEW',
  'RFC822.SIZE',
  'EMAILID',
  'THREADID',
  'BODY.PEEK[]',
  'BODY.PEEK[HEADER]',
  'BODY.PEEK[TEXT]',
  'BODY.PEEK[1]',
  'BODY.PEEK[1.MIME]',
  'BODY.PEEK[1.HEADER]',
  'BODY.PEEK[1.1.1]',
  'BODY.PEEK[2.TEXT]',
  'BODY.PEEK[HEADER.FIELDS (From To Subject)]',
  'BODY.PEEK[]<100.1000>',
  'RFC822.HEADER',
];
const PROGRAMS = [
  'SEARCH TEXT lorem',
  'SEARCH BODY viagra NOT SUBJECT re',
  'SEARCH OR FROM example HEADER Message-ID @',
  'SEARCH SENTSINCE 1-Jan-1990 LARGER 10',
  'SORT (SUBJECT FROM TO CC DATE ARRIVAL SIZE) UTF-8 ALL',
  'SORT (DISPLAYFROM DISPLAYTO) UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
  'THREAD REFS UTF-8 ALL',
  'THREAD ORDEREDSUBJECT UTF-8 ALL',
];
/** Milliseconds in which each message must be described, and the mailbox searched: what it takes here, many times over. */
const PATIENCE = 5000;

const rig = new SessionRig();

async function fill(messages: readonly Buffer[]): Promise<void> {
  const inbox = await (await rig.store.account(ANNA)).mailbox('INBOX');
  for (let at = 0; at < messages.length; at += 50)
    await inbox?.append(messages.slice(at, at + 50).map((octets) => ({ pieces: [octets] })));
}

/** Every item of every message, and everything that looks at all of them. */
async function readAll(count: number): Promise<void> {
  const session = await rig.session('INBOX');
  for (let uid = 1; uid <= count; uid++) {
    const used = cpuTimer();
    const lines = await session.ok(`FETCH ${uid} (${ITEMS.join(' ')})`);
    expect(lines.filter((line) => line.startsWith(`${uid} FETCH (`)).length, String(uid)).toBe(1);
    for (const item of ['BINARY.PEEK[1]', 'BINARY.SIZE[1]', 'BINARY.PEEK[2.1]<0.10>']) {
      const { status, code } = await session.command(`FETCH ${uid} ${item}`);
      if (status !== 'OK') expect(code, item).toBe('UNKNOWN-CTE');
    }
    expect(used(), `message ${uid}`).toBeLessThan(PATIENCE);
  }
  for (const program of PROGRAMS) {
    const used = cpuTimer();
    await session.ok(program);
    expect(used(), program).toBeLessThan(PATIENCE);
  }
}

describeShared('corpora/torture.tar.zst', 'a mailbox of crafted messages', () => {
  test('can be read, searched, sorted and threaded', { timeout: 120_000 }, async () => {
    const folder = unpackCorpus('torture');
    const messages = globSync('**/*', { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
      .filter((octets) => octets.length > 0 && octets.length < 5_000_000);
    expect(messages.length).toBeGreaterThan(900);
    await fill(messages);
    await readAll(messages.length);
  });
});

test('a mailbox of mail that is made to be slow can be read, searched, sorted and threaded', {
  timeout: 120_000,
}, async () => {
  const messages = Object.values(HOSTILE)
    .map((make) => Buffer.from(make(), 'latin1'))
    .filter(({ length }) => length < 30_000_000);
  await fill(messages);
  await readAll(messages.length);
});

test('messages of nothing, of one octet, and without an end of a line', async () => {
  const messages = [
    '\r\n',
    '\n',
    '\0',
    ' ',
    ':',
    'x',
    '\r',
    '\n\n',
    'a:b',
    '\r\n\r\n\0\0',
    '\xff\xfe',
    'a: \xff\r\n',
  ];
  await fill(messages.map((text) => Buffer.from(text, 'latin1')));
  await readAll(messages.length);
});
