import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { type Disk, disk } from './durable.ts';
import { createMailStore } from './mail/mail-store.ts';
import { defaultStoreSettings } from './settings.ts';
import type { AccountStore } from './types.ts';

let folder: string;
let account: AccountStore;
const failing: Disk = { ...disk };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-move-'));
  Object.assign(failing, disk);
  const store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog, disk: failing });
  account = await store.open('anna@here.example');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (...parts: string[]): string => join(folder, 'anna@here.example', 'Maildir', ...parts);
const list = (...parts: string[]): string[] => readdirSync(path(...parts));

async function filed(flags: readonly string[] = []): Promise<string> {
  const staged = await account.stage('Snoozed', [Buffer.from('mail')], { flags, create: true });
  await staged.commit();
  return staged.name;
}

test('a message goes to another mailbox by its name, and is new there', async () => {
  const name = await filed();
  expect(list('.Snoozed', 'new')).toEqual([name]);
  expect(await account.move(name, 'Snoozed', 'inbox')).toEqual({ mailbox: 'INBOX', path: path('new', name) });
  expect([list('.Snoozed', 'new'), list('new')]).toEqual([[], [name]]);
  expect(readFileSync(path('new', name), 'utf8')).toBe('mail');
});

test('flags are added and removed; those a reader has set stay, but not letters that mean nothing', async () => {
  const name = await filed(['\\Flagged']);
  renameSync(path('.Snoozed', 'cur', `${name}:2,F`), path('.Snoozed', 'cur', `${name}:2,FRSab`));
  await account.move(name, 'Snoozed', 'INBOX', { addFlags: ['\\Draft', '$Work'], removeFlags: ['\\SEEN'] });
  expect(list('cur')).toEqual([`${name}:2,DFRa`]);
});

test('without flags it has no letters any more', async () => {
  const name = await filed(['\\Seen']);
  await account.move(name, 'Snoozed', 'INBOX', { removeFlags: ['\\Seen'] });
  expect([list('cur'), list('new')]).toEqual([[], [name]]);
});

test('one that somebody has moved or deleted is left alone, as is a mailbox that is gone', async () => {
  const name = await filed();
  rmSync(path('.Snoozed', 'new', name));
  expect(await account.move(name, 'Snoozed', 'INBOX')).toBeUndefined();
  rmSync(path('.Snoozed'), { recursive: true });
  expect(await account.move(name, 'Snoozed', 'INBOX')).toBeUndefined();
  expect(list()).not.toContain('.Snoozed');
});

test('a mailbox that is not there is made only when it may be', async () => {
  const name = await filed();
  await expect(account.move(name, 'Snoozed', 'Later')).rejects.toMatchObject({ reason: 'not-found' });
  await expect(account.move(name, 'Snoozed', '../x')).rejects.toMatchObject({ reason: 'invalid-name' });
  expect(list('.Snoozed', 'new')).toEqual([name]);
  expect(await account.move(name, 'Snoozed', 'Later', { create: true })).toMatchObject({ mailbox: 'Later' });
  expect(list('.Later', 'new')).toEqual([name]);
});

test('a reader that sets a flag at that moment does not lose it', async () => {
  const name = await filed();
  let first = true;
  failing.rename = async (from, to) => {
    if (first) renameSync(from, path('.Snoozed', 'cur', `${name}:2,S`));
    first = false;
    return disk.rename(from, to);
  };
  await account.move(name, 'Snoozed', 'INBOX');
  expect(list('cur')).toEqual([`${name}:2,S`]);
});

test('a disk that fails leaves it where it was', async () => {
  const name = await filed();
  failing.rename = () => Promise.reject(Object.assign(new Error('broken'), { code: 'EIO' }));
  await expect(account.move(name, 'Snoozed', 'INBOX')).rejects.toMatchObject({ reason: 'io' });
  expect(list('.Snoozed', 'new')).toEqual([name]);
});
