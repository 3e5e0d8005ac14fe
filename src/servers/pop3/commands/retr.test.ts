import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';
import { SystemFlag } from '../../../store/mail/types.ts';

const rig = new Pop3Rig();
const append = async (...octets: readonly Buffer[]): Promise<void> => {
  await (await rig.inbox()).append(octets.map((one) => ({ pieces: [one] })));
};

test.each([
  ['dots', 'Subject: x\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n'],
  ['a dot at the beginning', '.Subject: x\r\n\r\n'],
  ['octets above 127 and NUL', 'Subject: \xe4\r\n\r\n\0\xff\r\n'],
  ['no header', 'x\r\n'],
])('%s come as they were put there', async (_, text) => {
  await rig.start();
  const octets = Buffer.from(text, 'latin1');
  await append(octets);
  const client = await rig.loggedIn();
  expect(await client.command('RETR 1')).toBe(`+OK ${octets.length} octets`);
  expect(await client.body()).toEqual(octets);
});

test('a message that does not end in a line gets one', async () => {
  await rig.start();
  await append(Buffer.from('Subject: x\r\n\r\nend'));
  const client = await rig.loggedIn();
  await client.ok('RETR 1');
  expect((await client.body()).toString()).toBe('Subject: x\r\n\r\nend\r\n');
  expect(await client.command('NOOP')).toBe('+OK Nothing done');
});

test('an empty message', async () => {
  await rig.start();
  await append(Buffer.alloc(0));
  const client = await rig.loggedIn();
  await client.ok('RETR 1');
  expect(await client.body()).toHaveLength(0);
  expect(await client.command('NOOP')).toBe('+OK Nothing done');
});

test('a dot behind a bare LF does not end the message for those who read lines that way', async () => {
  await rig.start();
  await append(Buffer.from('Subject: x\r\n\r\na\n.\r\n+OK forged\r\n'));
  const client = await rig.loggedIn();
  client.send('RETR 1\r\nNOOP\r\n');
  await client.line();
  expect((await client.body()).toString()).toContain('a\n..\r\n+OK forged');
  expect(await client.line()).toBe('+OK Nothing done');
});

test('large ones, with dots where pieces meet', async () => {
  await rig.start();
  const mebi = 1024 * 1024;
  const large = Buffer.alloc(3 * mebi + 7, 'x');
  large.write('Subject: x\r\n\r\n');
  for (let at = 1000; at < large.length - 100; at += 70) large.write('\r\n', at);
  for (const at of [mebi - 2, 2 * mebi - 1, 3 * mebi - 3]) large.write('\r\n..\r\n', at);
  large.write('\r\n', large.length - 2);
  const lf = Buffer.from(`Subject: lf\n\n${'.line\n'.repeat(400_000)}`);
  await append(large, lf);
  const client = await rig.loggedIn();
  expect((await client.octets('RETR 1')).equals(large)).toBe(true);
  const crlf = Buffer.from(lf.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
  expect((await client.octets('RETR 2')).equals(crlf)).toBe(true);
});

test.each([
  [true, [SystemFlag.seen, 0]],
  [false, [0, 0]],
])('what was fetched whole has been seen after QUIT: %j', async (markSeen, flags) => {
  await rig.start({ settings: { markSeen } });
  await rig.imap.deliver(['Subject: a\n\nx\n', 'Subject: b\n\nx\n']);
  const client = await rig.loggedIn();
  await client.octets('RETR 1');
  await client.octets('TOP 2 0');
  await client.ok('QUIT');
  const facts = [...(await rig.inbox()).facts([[1, 10]])];
  expect(facts.map(({ system }) => system)).toEqual(flags);
});

test('what IMAP has removed meanwhile is refused, and the other numbers stay', async () => {
  await rig.start();
  await rig.imap.deliver(['Subject: a\n\n1\n', 'Subject: b\n\n2\n', 'Subject: c\n\n3\n']);
  const client = await rig.loggedIn();
  const imap = await rig.imap.selected();
  await imap.ok('STORE 1:2 +FLAGS (\\Deleted)');
  await imap.ok('EXPUNGE');
  expect(await client.command('RETR 1')).toBe('-ERR Message 1 is not there any more');
  expect(await client.command('TOP 2 0')).toBe('-ERR Message 2 is not there any more');
  expect((await client.octets('RETR 3')).toString()).toContain('3\r\n');
  await client.ok('DELE 2');
  expect(await client.command('QUIT')).toBe('+OK Bye');
  expect((await rig.inbox()).status().messages).toBe(1);
});

test('a file that somebody has removed', async () => {
  await rig.start();
  await append(Buffer.from(`Subject: x\r\n\r\n${'y'.repeat(3_000_000)}\r\n`));
  const client = await rig.loggedIn();
  for (const path of globSync(join(rig.imap.folder, 'mail/*/Maildir/new/*'))) rmSync(path);
  expect(await client.command('RETR 1')).toMatch(/^-ERR/);
});

test('no number, too many', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  for (const line of ['RETR', 'RETR x', 'RETR 1', 'RETR 1 2'])
    expect(await client.command(line)).toMatch(/^-ERR/);
});
