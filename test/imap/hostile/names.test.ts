import { lstatSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { literal, type Literal, SessionRig } from '../../support/imap-session.ts';

const ANNA = 'anna@example.org';
const BERT = 'bert@example.org';
const rig = new SessionRig();

/** Ways in which names have led out of mail stores, as they are on the wire. */
const NAMES = [
  '..',
  '../..',
  '../../../../tmp/x',
  '/etc/passwd',
  'a/../../b',
  'a/./b',
  'a//b',
  './a',
  '~',
  '~/x',
  '~root/x',
  '.',
  '.a',
  'a.b',
  '..a',
  'cur',
  'new',
  'tmp',
  '&AC4-&AC4-',
  '&AC8-etc',
  '&AH4-',
  '&AAA-x',
  '&AC4ALg-/x',
  '&2AA-',
  '&2ADfgA-',
  '&',
  '&-',
  '&AGE-',
  'A&AwoA-ngstrom',
  '&AMUA-ngstrom',
  `../${BERT}/Maildir/.Secret`,
  `Other Users/${BERT}/Secret`,
  `Other Users/../${BERT}/Secret`,
  `Other Users/${BERT}%2FMaildir/Secret`,
  'Public/../x',
  'index.sqlite',
  'dovecot-keywords',
  'tamis-mailbox.json',
  'Link',
  'Link/x',
  'INBOX/../x',
  'a\\..\\b',
  'x'.repeat(300),
  'x/'.repeat(100).slice(0, -1),
];
/** As literals, since quoted strings cannot hold them. */
const OCTETS = ['a\0b', '\0', '../\0', '\x01', '\x7f', 'a\tb', '\xff\xfe', '\xc0\xae\xc0\xae/x', 'a\r\nb'];

const COMMANDS: readonly ((name: string | Literal) => readonly (string | Literal)[])[] = [
  (name) => ['CREATE ', name],
  (name) => ['RENAME Mine ', name],
  (name) => ['RENAME ', name, ' Taken'],
  (name) => ['SELECT ', name],
  (name) => ['STATUS ', name, ' (MESSAGES)'],
  (name) => ['APPEND ', name, ' {3+}\n'],
  (name) => ['COPY 1 ', name],
  (name) => ['MOVE 1 ', name],
  (name) => ['SUBSCRIBE ', name],
  (name) => ['LIST "" ', name],
  (name) => ['LIST ', name, ' *'],
  (name) => ['SETACL ', name, ` ${ANNA} lrswipkxtea`],
  (name) => ['GETMETADATA ', name, ' /shared/comment'],
  (name) => ['SETMETADATA ', name, ' (/shared/comment "x")'],
  (name) => ['GETQUOTAROOT ', name],
  (name) => ['DELETE ', name],
];

/** Everything below a folder, without what SQLite and the server itself write. */
const tree = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => !/sqlite|dovecot-|subscriptions|\.tmp/.test(name))
    .sort();

test('no name leads out of the mail of its user, over no command', { timeout: 120_000 }, async () => {
  const bert = await rig.session(undefined, BERT);
  await bert.ok('CREATE Secret');
  await bert.ok('APPEND Secret ', literal('Subject: the secret\r\n\r\n'));
  const maildir = join(rig.folder, ANNA, 'Maildir');
  const setUp = await rig.session();
  await setUp.ok('CREATE Mine');
  symlinkSync(join(rig.folder, BERT, 'Maildir', '.Secret'), join(maildir, '.Link'));
  mkdirSync(join(rig.folder, 'elsewhere'));
  const others = (): string[] => tree(rig.folder).filter((name) => !name.startsWith(ANNA));
  const before = others();
  let answers = 0;
  for (const name of [
    ...NAMES.map((text) => `"${text}"`),
    ...OCTETS.map((text) => literal(Buffer.from(text, 'latin1'))),
  ])
    for (const utf8 of [false, true]) {
      const shown = JSON.stringify(name);
      const session = await rig.session();
      if (utf8) await session.ok('ENABLE UTF8=ACCEPT');
      for (const command of COMMANDS) {
        if (session.session.state !== 'selected') await session.command('SELECT INBOX');
        const { status, result, untagged } = await session.command(...command(name));
        expect(['OK', 'NO', 'BAD'], shown).toContain(status);
        // A link among the folders is a fault of the machine.
        if (!/Link/.test(shown)) expect(result, shown).not.toContain('SERVERBUG');
        expect(untagged.join('\n'), shown).not.toContain('Secret"');
        answers++;
      }
      await session.command('CREATE Mine');
    }
  expect(answers).toBe((NAMES.length + OCTETS.length) * 2 * COMMANDS.length);
  expect(others()).toEqual(before);
  expect(lstatSync(join(maildir, '.Link')).isSymbolicLink()).toBe(true);
  // In anna's folder there is nothing but mailboxes.
  for (const entry of readdirSync(maildir, { withFileTypes: true }))
    if (entry.isDirectory()) expect(entry.name).toMatch(/^(?:cur|new|tmp|\.[^./][^/]*)$/);
  await bert.ok('SELECT Secret');
  expect((await bert.ok('SEARCH ALL'))[0]).toBe('SEARCH 1');
});
