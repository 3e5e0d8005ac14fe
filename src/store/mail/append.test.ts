import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { type Disk, disk } from '../durable.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import type { IndexedMailbox } from './mailbox.ts';
import type { Mailbox, MailEvent, NewMessage } from './types.ts';

const ANNA = 'anna@example.org';
let folder: string;
let store: OpenMailStore;
let inbox: Mailbox;
/** What a folder's fsync does beside its work. */
let whileSyncing: (path: string) => Promise<void>;

const observed: Disk = {
  ...disk,
  async syncFolder(path) {
    await whileSyncing(path);
    return disk.syncFolder(path);
  },
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-append-'));
  whileSyncing = () => Promise.resolve();
  store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog, disk: observed });
  inbox = (await (await store.account(ANNA)).mailbox('INBOX')) as Mailbox;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const message = (text: string): NewMessage => ({ pieces: [Buffer.from(`Subject: ${text}\r\n\r\n`)] });
const files = (): string[] =>
  ['tmp', 'new', 'cur'].flatMap((sub) => readdirSync(join(folder, ANNA, 'Maildir', sub)));

describe('the folder and the index are made durable at the same time', () => {
  test('nobody is answered before the folder is', async () => {
    const order: string[] = [];
    const events: MailEvent[] = [];
    const stop = inbox.watch((event) => events.push(event));
    let recorded: number | undefined;
    whileSyncing = async () => {
      // The transaction needs no folder: it is there before its fsync ends.
      while (inbox.status().messages === 0) await new Promise((resolve) => setImmediate(resolve));
      recorded = inbox.status().messages;
      expect(events).toEqual([]);
      order.push('synced');
    };
    await inbox.append([message('one')]).then(() => order.push('answered'));
    stop();
    expect(recorded).toBe(1);
    expect(order).toEqual(['synced', 'answered']);
    expect(events.map(({ kind }) => kind)).toContain('messages');
  });

  test('a folder that fails takes back what the index knows, and UIDs are not used again', async () => {
    const before = inbox.status();
    whileSyncing = () => Promise.reject(new Error('no fsync'));
    await expect(inbox.append([message('one'), message('two')])).rejects.toThrow('no fsync');
    expect(inbox.status()).toMatchObject({ messages: 0, unseen: 0, size: 0, uidNext: before.uidNext + 2 });
    expect([...inbox.uids()]).toEqual([]);
    expect(files()).toEqual([]);
    whileSyncing = () => Promise.resolve();
    expect((await inbox.append([message('three')])).uids).toEqual([before.uidNext + 2]);
    await inbox.sync();
    expect(inbox.status().messages).toBe(1);
  });

  test('an index that fails leaves no files', async () => {
    const { index } = inbox as IndexedMailbox;
    await index.write((db) => db.run('UPDATE mailbox SET uid_next = ?', 2 ** 32));
    await expect(inbox.append([message('one'), message('two')])).rejects.toThrow('no UIDs left');
    expect(files()).toEqual([]);
    expect(inbox.status().messages).toBe(0);
  });
});
