import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings, type StoreSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import type { MailUsers } from './users.ts';

/** For tests: the users of a store in a temporary folder. */
export interface TestUsers {
  readonly folder: string;
  readonly store: OpenMailStore;
  readonly users: MailUsers;
  /** The same store as another process sees it. */
  again(): OpenMailStore;
  /** Puts messages of so many octets altogether into a mailbox. */
  fill(account: string, mailbox: string, messages: number, octets: number): Promise<void>;
  dispose(): Promise<void>;
}

export const ADMINISTRATOR = 'postmaster@example.org';

export function testUsers(settings: Partial<StoreSettings> = {}): TestUsers {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-users-'));
  const opened: OpenMailStore[] = [];
  const again = (): OpenMailStore => {
    const store = createMailStore({
      folder,
      settings: { ...defaultStoreSettings, administrators: [ADMINISTRATOR], ...settings },
      log: silentLog,
      accountExists: (account) => Promise.resolve(account === 'new@example.org'),
    });
    opened.push(store);
    return store;
  };
  const store = again();
  return {
    folder,
    store,
    users: store.users,
    again,
    async fill(account, mailbox, messages, octets) {
      const box = await (await store.account(account)).mailbox(mailbox);
      const each = Math.floor(octets / messages);
      const lengths = Array.from({ length: messages }, (_, at) =>
        at === 0 ? octets - each * (messages - 1) : each,
      );
      await box?.append(lengths.map((length) => ({ pieces: [Buffer.alloc(length, 'x')] })));
    },
    async dispose() {
      for (const one of opened) await one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `ok`, or why the store refused it; any other error is thrown. */
export async function reason(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof StoreError) return error.reason;
    throw error;
  }
}

/** The folders of accounts, for a test that nothing was made for a name that a client tried. */
export const accountFolders = (folder: string): string[] =>
  readdirSync(folder).filter((name) => !name.startsWith('.'));
