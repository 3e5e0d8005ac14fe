import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program } from '../../../test/support/peers.ts';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import { respell } from './odd-names.ts';
import { SystemFlag } from './types.ts';

const ANNA = 'anna@example.org';

let folder: string;
let maildir: string;
let store: OpenMailStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-odd-'));
  maildir = join(folder, ANNA, 'Maildir');
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(maildir, name), { recursive: true });
  store = createMailStore({
    folder,
    settings: { ...defaultStoreSettings, index: { ...defaultStoreSettings.index, scanInterval: 0 } },
    log: silentLog,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const inFolder = (name: string, octets: Uint8Array | string): Buffer =>
  Buffer.concat([Buffer.from(`${join(maildir, name)}/`), Buffer.from(octets)]);
const put = (path: Buffer | string, subject: string): void =>
  writeFileSync(path, `Subject: ${subject}\r\n\r\n${subject}\r\n`);

async function inbox() {
  const mailbox = await (await store.account(ANNA)).mailbox('INBOX');
  if (mailbox === undefined) throw new Error('no inbox');
  await mailbox.sync();
  return mailbox;
}

async function subjects(): Promise<string[]> {
  const mailbox = await inbox();
  const found: string[] = [];
  for (const uid of mailbox.uids()) found.push((await mailbox.content(uid))?.envelope.subject ?? '');
  return found.sort();
}

describe('names of files', () => {
  test('of any octets are messages, once, and keep their flags', async () => {
    put(inFolder('cur', Buffer.from('1700\xff\xe9.host:2,S', 'latin1')), 'one');
    put(inFolder('new', Buffer.from('1701\x80', 'latin1')), 'two');
    put(inFolder('new', '1702\uFFFD'), 'three');
    put(inFolder('cur', Buffer.concat([Buffer.alloc(250, 0xfe), Buffer.from(':2,F')])), 'four');
    put(inFolder('new', '1703\n"\x01'), 'five');
    put(inFolder('new', '-rf'), 'six');
    expect(await subjects()).toEqual(['five', 'four', 'one', 'six', 'three', 'two']);
    const mailbox = await inbox();
    const uids = [...mailbox.uids()];
    const systems = [...mailbox.facts([[1, 100]])]
      .map(({ system }) => system)
      .filter((system) => system !== 0);
    expect(new Set(systems)).toEqual(new Set([SystemFlag.seen, SystemFlag.flagged]));
    expect([...(await inbox()).uids()]).toEqual(uids);
    expect((await store.check(ANNA)).faults).toEqual([]);
  });

  test('are never given to a file in the place of another', async () => {
    const cur = join(maildir, 'cur');
    put(inFolder('cur', Buffer.from('a\xff', 'latin1')), 'odd');
    put(join(cur, 'a=FF'), 'plain');
    mkdirSync(inFolder('cur', Buffer.from('folder\xff', 'latin1')));
    expect(await respell(cur)).toEqual([]);
    expect(readFileSync(join(cur, 'a=FF'), 'utf8')).toContain('plain');
    expect(readdirSync(cur)).toHaveLength(3);
  });
});

test('what is no file is no message, and no fault of the index', async () => {
  put(join(maildir, 'cur', '1.host:2,S'), 'one');
  mkdirSync(join(maildir, 'cur', '2.host:2,S'));
  execFileSync(program('mkfifo'), [join(maildir, 'new', '3.host')]);
  symlinkSync('/etc/passwd', join(maildir, 'cur', '4.host:2,'));
  symlinkSync('/dev/zero', join(maildir, 'new', '5.host'));
  expect(await subjects()).toEqual(['one']);
  expect((await store.check(ANNA)).faults).toEqual([]);
});

describe('a mailbox with something odd in it', () => {
  test.each<[string, (path: string) => void]>([
    ['a pipe for tmp', (path) => execFileSync(program('mkfifo'), [join(path, 'tmp')])],
    ['a file for cur', (path) => writeFileSync(join(path, 'cur'), '')],
    ['a link for new', (path) => symlinkSync('/tmp', join(path, 'new'))],
  ])('%s does not close the others', async (_, make) => {
    mkdirSync(join(maildir, '.Odd'));
    make(join(maildir, '.Odd'));
    put(join(maildir, 'cur', '1.host:2,S'), 'one');
    const delivery = await store.open(ANNA);
    await delivery.deliver('INBOX', [Buffer.from('Subject: two\r\n\r\n')]);
    await expect(delivery.deliver('Odd', [Buffer.from('Subject: three\r\n\r\n')])).rejects.toBeInstanceOf(
      StoreError,
    );
    expect(await subjects()).toEqual(['one', 'two']);
    expect(await (await store.user(ANNA)).mailbox('INBOX')).toBeDefined();
    const { faults } = await store.check(ANNA);
    expect(faults.every(({ mailbox }) => mailbox === 'Odd')).toBe(true);
  });

  test.each<[string, (path: string) => void]>([
    ['a pipe', (path) => execFileSync(program('mkfifo'), [path])],
    ['a folder', (path) => mkdirSync(path)],
    ['a link', (path) => symlinkSync('/etc/passwd', path)],
  ])('%s in the place of its facts gives it an id once', async (_, make) => {
    make(join(maildir, 'tamis-mailbox.json'));
    put(join(maildir, 'cur', '1.host:2,S'), 'one');
    const first = await inbox();
    await (await store.account(ANNA)).create('Other');
    const again = await inbox();
    expect([again.mailboxId, again.uidValidity]).toEqual([first.mailboxId, first.uidValidity]);
    expect(await subjects()).toEqual(['one']);
  });
});
