import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings, type StoreSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import { FakeAccounts } from './testing-accounts.ts';
import { createMailUsers, type MailUsers } from './users.ts';

/** For tests: users over accounts in a temporary folder. */
export interface TestUsers {
  readonly folder: string;
  readonly accounts: FakeAccounts;
  readonly users: MailUsers;
  /** The same store as another process sees it. */
  again(): MailUsers;
  dispose(): Promise<void>;
}

export const ADMINISTRATOR = 'postmaster@example.org';

export function testUsers(settings: Partial<StoreSettings> = {}): TestUsers {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-users-'));
  const accounts = new FakeAccounts(folder);
  const opened: MailUsers[] = [];
  const again = (): MailUsers => {
    const users = createMailUsers({
      folder,
      settings: { ...defaultStoreSettings, administrators: [ADMINISTRATOR], ...settings },
      log: silentLog,
      account: accounts.open,
      accountExists: (account) => Promise.resolve(account === 'new@example.org'),
    });
    opened.push(users);
    return users;
  };
  return {
    folder,
    accounts,
    users: again(),
    again,
    async dispose() {
      for (const users of opened) await users.close();
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
