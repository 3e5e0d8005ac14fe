import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { type Disk, disk } from './durable.ts';
import { createMailStore } from './mail/mail-store.ts';
import { defaultStoreSettings, type StoreSettings } from './settings.ts';
import type { Store } from './types.ts';

const ANNA = 'anna@example.org';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

let folder: string;
let maildir: string;
let store: Store;

const makeStore = (settings: Partial<StoreSettings> = {}, faulty: Partial<Disk> = {}): Store =>
  createMailStore({
    folder,
    settings: { ...defaultStoreSettings, ...settings },
    log: silentLog,
    disk: { ...disk, ...faulty },
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-store-'));
  maildir = join(folder, ANNA, 'Maildir');
  store = makeStore();
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const files = (path: string): string[] => readdirSync(join(maildir, path)).sort();
const fault = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });

describe('delivery', () => {
  test('the bytes come back, in new, readable by the owner alone', async () => {
    const anna = await store.open(ANNA);
    const raw = bytes('Subject: x\r\n\r\nbare\nlf, nul \0, 8bit \xff\r\n');
    const delivered = await anna.deliver('INBOX', [raw.subarray(0, 5), new Uint8Array(0), raw.subarray(5)]);
    expect(delivered.mailbox).toBe('INBOX');
    expect(delivered.path).toMatch(
      new RegExp(
        `/new/\\d+\\.M\\d+P${process.pid}Q\\d+_[0-9a-f]{16}\\.[^/:]+,S=${raw.length},W=${raw.length + 1}$`,
      ),
    );
    expect(new Uint8Array(readFileSync(delivered.path))).toEqual(new Uint8Array(raw));
    expect(lstatSync(delivered.path).mode & 0o777).toBe(0o600);
    for (const name of ['', 'tmp', 'new', 'cur']) {
      expect(lstatSync(join(maildir, name)).mode & 0o777).toBe(0o700);
    }
    expect(files('tmp')).toEqual([]);
  });

  test('shared memory, and more pieces than one system call takes', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(5000)).map((_, index) => index % 251);
    const pieces = Array.from({ length: 2500 }, (_, index) => shared.subarray(index * 2, index * 2 + 2));
    const anna = await store.open(ANNA);
    const { path } = await anna.deliver('INBOX', pieces);
    expect(readFileSync(path).equals(Buffer.from(shared))).toBe(true);
  });

  test('with flags it lies in cur', async () => {
    const anna = await store.open(ANNA);
    const { path } = await anna.deliver('inbox', [bytes('x')], { flags: ['\\Seen', '\\Flagged', 'keyword'] });
    expect(path).toMatch(/\/cur\/[^/]+:2,FSa$/);
    const plain = await anna.deliver('INBOX', [bytes('x')], { flags: ['keyword'] });
    expect(plain.path).toMatch(/\/cur\/[^/]+:2,a$/);
  });

  test('a missing mailbox is not-found, or made, without those above it', async () => {
    const anna = await store.open(ANNA);
    await expect(anna.deliver('Lists/Tamis', [bytes('x')])).rejects.toMatchObject({ reason: 'not-found' });
    const { path } = await anna.deliver('Lists/Tamis', [bytes('x')], { create: true });
    expect(path.startsWith(join(maildir, '.Lists.Tamis', 'new'))).toBe(true);
    expect(files('.Lists.Tamis')).toEqual(['cur', 'maildirfolder', 'new', 'tamis-mailbox.json', 'tmp']);
    expect(await anna.mailboxes()).toEqual(['INBOX', 'Lists/Tamis']);
    expect(await anna.exists('Lists/Tamis')).toBe(true);
    expect(await anna.exists('Lists')).toBe(false);
    expect(await anna.exists('lists')).toBe(false);
  });

  test('three hundred at once, from two stores, none lost', async () => {
    const other = makeStore();
    const accounts = [await store.open(ANNA), await other.open(ANNA)];
    const paths = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const account = accounts[index % 2];
        return (
          await account?.deliver(index % 3 === 0 ? 'A/B' : 'INBOX', [bytes(`n ${index}`)], { create: true })
        )?.path;
      }),
    );
    expect(new Set(paths).size).toBe(300);
    expect(files('new').length).toBe(200);
    expect(files('.A.B/new').length).toBe(100);
    await other.close();
  });

  test('staged mail is in no mailbox until it is committed', async () => {
    const anna = await store.open(ANNA);
    const staged = await anna.stage('INBOX', [bytes('x')]);
    expect([files('tmp').length, files('new').length]).toEqual([1, 0]);
    await staged.commit();
    expect([files('tmp').length, files('new').length]).toEqual([0, 1]);
    expect(await staged.abort()).toBe(true);
    expect(files('new')).toEqual([]);
  });

  test('what another program has picked up cannot be taken back', async () => {
    const anna = await store.open(ANNA);
    const staged = await anna.stage('INBOX', [bytes('x')]);
    const { path } = await staged.commit();
    renameSync(path, `${path.replace('/new/', '/cur/')}:2,S`);
    expect(await staged.abort()).toBe(false);
    expect(files('cur').length).toBe(1);
  });

  test('a mailbox or an account removed behind our back is made again', async () => {
    const anna = await store.open(ANNA);
    await anna.deliver('Old', [bytes('x')], { create: true });
    rmSync(join(maildir, '.Old'), { recursive: true });
    await expect(anna.deliver('Old', [bytes('x')])).rejects.toMatchObject({ reason: 'not-found' });
    await anna.deliver('Old', [bytes('x')], { create: true });
    rmSync(join(folder, ANNA), { recursive: true });
    await anna.deliver('INBOX', [bytes('x')]);
    expect(files('new').length).toBe(1);
  });
});

describe('what others left', () => {
  test('stale files in tmp are removed, young ones stay', async () => {
    mkdirSync(join(maildir, 'tmp'), { recursive: true });
    writeFileSync(join(maildir, 'tmp', 'old'), 'x');
    writeFileSync(join(maildir, 'tmp', 'young'), 'x');
    const then = Date.now() / 1000 - 37 * 3600;
    utimesSync(join(maildir, 'tmp', 'old'), then, then);
    await store.open(ANNA);
    expect(files('tmp')).toEqual(['young']);
  });

  test('folders of other programs are listed when they are mailboxes', async () => {
    const anna = await store.open(ANNA);
    for (const name of ['.Entw&APw-rfe', '.Sent', '.a..b', 'plain']) mkdirSync(join(maildir, name));
    writeFileSync(join(maildir, '.file'), '');
    symlinkSync('/etc', join(maildir, '.Link'));
    expect(await anna.mailboxes()).toEqual(['INBOX', 'Entwürfe', 'Sent']);
    // A bare folder becomes a whole mailbox when the first mail comes.
    await anna.deliver('Sent', [bytes('x')]);
    expect(files('.Sent/new').length).toBe(1);
  });

  test('a symbolic link is never written through', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'tamis-outside-'));
    const anna = await store.open(ANNA);
    symlinkSync(outside, join(maildir, '.Evil'));
    expect(await anna.exists('Evil')).toBe(false);
    await expect(anna.deliver('Evil', [bytes('x')], { create: true })).rejects.toMatchObject({
      reason: 'link',
    });
    mkdirSync(join(maildir, '.Half'));
    symlinkSync(outside, join(maildir, '.Half', 'tmp'));
    await expect(anna.deliver('Half', [bytes('x')])).rejects.toMatchObject({ reason: 'link' });
    symlinkSync(outside, join(folder, 'evil@example.org'));
    await expect(store.open('evil@example.org')).rejects.toMatchObject({ reason: 'link' });
    rmSync(join(maildir, 'new'), { recursive: true });
    symlinkSync(outside, join(maildir, 'new'));
    await expect(anna.deliver('INBOX', [bytes('x')])).rejects.toMatchObject({ reason: 'link' });
    expect(readdirSync(outside)).toEqual([]);
    rmSync(outside, { recursive: true });
  });
});

describe('limits and names', () => {
  test('names that lead out, or cannot be, are invalid', async () => {
    const anna = await store.open(ANNA);
    for (const name of ['../x', 'a/../../b', 'a//b', '~x', '', 'x\0', 'ü'.repeat(200)]) {
      await expect(anna.deliver(name, [bytes('x')], { create: true })).rejects.toMatchObject({
        reason: 'invalid-name',
      });
      await expect(anna.exists(name)).rejects.toMatchObject({ reason: 'invalid-name' });
      await expect(anna.create(name)).rejects.toMatchObject({ reason: 'invalid-name' });
    }
    await expect(store.open('')).rejects.toMatchObject({ reason: 'invalid-name' });
    expect(readdirSync(folder)).toEqual([ANNA]);
  });

  test('an account cannot fill the disk with mailboxes', async () => {
    store = makeStore({ maxMailboxes: 3 });
    const anna = await store.open(ANNA);
    await anna.create('a/b');
    await anna.create('a/b');
    await anna.create('c/d');
    await anna.create('c');
    await expect(anna.create('e')).rejects.toMatchObject({ reason: 'full' });
    expect(await anna.mailboxes()).toEqual(['INBOX', 'a/b', 'c', 'c/d']);
  });

  test('a closed store takes nothing more', async () => {
    await store.close();
    await expect(store.open(ANNA)).rejects.toMatchObject({ reason: 'io' });
  });
});

describe('a disk that fails', () => {
  test.each([
    ['write', 'ENOSPC', 'full'],
    ['write', 'EDQUOT', 'full'],
    ['write', 'EIO', 'io'],
    ['write', 'EROFS', 'read-only'],
    ['rename', 'ENOSPC', 'full'],
    ['rename', 'EIO', 'io'],
    ['syncFolder', 'EIO', 'io'],
  ] as const)('%s: %s is reported as %s and leaves nothing behind', async (step, code, reason) => {
    let failing = false;
    const original: (...args: never[]) => Promise<unknown> = disk[step];
    const faulty = (...args: never[]): Promise<never> =>
      failing ? Promise.reject(fault(code)) : (original(...args) as Promise<never>);
    store = makeStore({}, { [step]: faulty });
    const anna = await store.open(ANNA);
    failing = true;
    await expect(anna.deliver('INBOX', [bytes('x')])).rejects.toMatchObject({ name: 'Error', reason });
    failing = false;
    expect([files('tmp'), files('new'), files('cur')]).toEqual([[], [], []]);
    await anna.deliver('INBOX', [bytes('x')]);
    expect(files('new').length).toBe(1);
  });

  test('an account that could not be made is tried again', async () => {
    let failing = true;
    store = makeStore(
      {},
      { makeFolder: (path) => (failing ? Promise.reject(fault('ENOSPC')) : disk.makeFolder(path)) },
    );
    await expect(store.open(ANNA)).rejects.toMatchObject({ reason: 'full' });
    failing = false;
    await store.open(ANNA);
    expect(existsSync(maildir)).toBe(true);
  });

  test('the file and then the folder are made durable before the answer', async () => {
    const steps: string[] = [];
    const last = (path: string): string => path.split('/').at(-1) ?? '';
    store = makeStore(
      {},
      {
        write: (path, pieces) =>
          disk.write(path, pieces).finally(() => steps.push(`write ${last(path.replace(/\/[^/]*$/, ''))}`)),
        rename: (from, to) => disk.rename(from, to).finally(() => steps.push('rename')),
        syncFolder: (path) => disk.syncFolder(path).finally(() => steps.push(`sync ${last(path)}`)),
      },
    );
    const anna = await store.open(ANNA);
    steps.length = 0;
    await anna.deliver('INBOX', [bytes('x')]);
    expect(steps).toEqual(['write tmp', 'rename', 'sync new']);
  });
});
