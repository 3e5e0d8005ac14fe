import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { createMailStore } from './mail/mail-store.ts';
import { defaultStoreSettings } from './settings.ts';
import type { AccountStore } from './types.ts';

let folder: string;
let anna: AccountStore;
const maildir = (): string => join(folder, 'anna@here.example/Maildir');
const open = (): Promise<AccountStore> =>
  createMailStore({ folder, settings: defaultStoreSettings, log: silentLog }).open('anna@here.example');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-facts-'));
  anna = await open();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const idOf = (mailbox: string): string => {
  const text = readFileSync(join(maildir(), mailbox, 'tamis-mailbox.json'), 'utf8');
  return (JSON.parse(text) as { id: string }).id;
};

describe('MAILBOXID', () => {
  test('is given to each mailbox that is made, and stays when it is renamed', async () => {
    for (const name of ['Lists', 'Lists/Tamis']) await anna.create(name);
    const [parent, id] = [idOf('.Lists'), idOf('.Lists.Tamis')];
    expect(parent).not.toBe(id);
    expect(await anna.mailboxById(id)).toBe('Lists/Tamis');
    renameSync(join(maildir(), '.Lists.Tamis'), join(maildir(), '.Other'));
    expect(await anna.mailboxById(id)).toBe('Other');
    rmSync(join(maildir(), '.Other'), { recursive: true });
    await anna.create('Other');
    expect(await anna.mailboxById(id)).toBeUndefined();
    expect(await (await open()).mailboxById(idOf('.Other'))).toBe('Other');
  });
});

test('an account that is removed while it is open begins anew', async () => {
  await anna.create('A');
  for (const mailbox of ['B', 'A', 'INBOX']) {
    rmSync(join(folder, 'anna@here.example'), { recursive: true });
    expect(await anna.mailboxes()).toEqual(['INBOX']);
    expect(await anna.specialUse('\\Junk')).toBeUndefined();
    const { path } = await anna.deliver(mailbox, [Buffer.from('x')], { create: true });
    expect(readFileSync(path, 'utf8')).toBe('x');
  }
});

describe('special use', () => {
  test('by the usual name, when there is such a mailbox', async () => {
    expect(await anna.specialUse('\\Junk')).toBeUndefined();
    await anna.create('Junk');
    expect(await anna.specialUse('\\junk')).toBe('Junk');
    expect(await anna.hasSpecialUse('Junk', '\\Junk')).toBe(true);
    expect(await anna.hasSpecialUse('Junk', '\\Sent')).toBe(false);
    expect(await anna.hasSpecialUse('Sent', '\\Sent')).toBe(false);
    expect(await anna.specialUse('\\Unknown')).toBeUndefined();
  });

  test('a mailbox that was made for it goes before the one of that name', async () => {
    await anna.create('Junk');
    await anna.deliver('Werbung', [Buffer.from('x')], { create: true, specialUse: '\\Junk' });
    expect(await anna.specialUse('\\Junk')).toBe('Werbung');
    expect(await anna.hasSpecialUse('Werbung', '\\Junk')).toBe(true);
    expect(await anna.hasSpecialUse('Junk', '\\Junk')).toBe(false);
  });
});

describe('annotations', () => {
  test('of a mailbox and of the account', async () => {
    expect(await anna.annotation('INBOX', '/private/comment')).toBeUndefined();
    const text = (value: string): string => JSON.stringify({ metadata: { '/private/Comment': value } });
    writeFileSync(join(maildir(), 'tamis-mailbox.json'), text('mine'));
    writeFileSync(join(maildir(), '../tamis-mailbox.json'), text('ours'));
    expect(await anna.annotation('inbox', '/PRIVATE/comment')).toBe('mine');
    expect(await anna.annotation(undefined, '/private/comment')).toBe('ours');
    expect(await anna.annotation('Missing', '/private/comment')).toBeUndefined();
    expect(await anna.annotation('INBOX', '__proto__')).toBeUndefined();
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another shape', '{"metadata": 7}'],
  ])('a damaged file is no facts: %s', async (_, text) => {
    writeFileSync(join(maildir(), 'tamis-mailbox.json'), text);
    expect(await anna.annotation('INBOX', '/private/comment')).toBeUndefined();
    mkdirSync(join(maildir(), '.A'));
    mkdirSync(join(maildir(), '.A/tamis-mailbox.json'));
    expect(await anna.mailboxById('x')).toBeUndefined();
  });
});
