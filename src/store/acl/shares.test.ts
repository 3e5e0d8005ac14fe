import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testUsers } from '../mail/testing-users.ts';
import { openShares, type Shares } from './shares.ts';

let folder: string;
let opened: Shares[];
const open = (): Shares => {
  const shares = openShares(join(folder, 'shares.sqlite'));
  opened.push(shares);
  return shares;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-shares-'));
  opened = [];
});
afterEach(async () => {
  for (const shares of opened) await shares.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the table of shares', () => {
  it('finds accounts by any of the identifiers, once', async () => {
    const shares = open();
    await shares.add('anna', ['bob', 'anyone']);
    await shares.add('carl', ['bob']);
    expect(shares.accounts(['bob', 'anyone', '$none'])).toEqual(['anna', 'carl']);
    expect(shares.accounts([])).toEqual([]);
    await shares.exclusive(async () => shares.replace('anna', ['eve']));
    expect(shares.accounts(['bob', 'anyone'])).toEqual(['carl']);
    expect(open().accounts(['eve'])).toEqual(['anna']);
    expect(statSync(join(folder, 'shares.sqlite')).mode & 0o777).toBe(0o600);
  });

  it('lets one change at a time run, of all processes', async () => {
    const [one, other] = [open(), open()];
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running--;
    };
    await Promise.all([1, 2, 3].flatMap(() => [one.exclusive(work), other.exclusive(work)]));
    expect(most).toBe(1);
  });

  it('takes back what a change wrote that failed', async () => {
    const shares = open();
    await shares.add('anna', ['bob']);
    await expect(
      shares.exclusive(async () => {
        shares.replace('anna', []);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(shares.accounts(['bob'])).toEqual(['anna']);
    await shares.add('anna', ['eve']);
    expect(shares.accounts(['eve'])).toEqual(['anna']);
  });

  it('is not opened when its file is something else, which the store replaces', async () => {
    writeFileSync(join(folder, 'shares.sqlite'), 'x'.repeat(8192));
    expect(() => open()).toThrow(expect.objectContaining({ reason: 'io' }));
    const store = testUsers();
    try {
      const anna = await store.users.user('anna@example.org');
      await anna.create('Lists');
      await anna.acl.set('Lists', 'bob@example.org', 'replace', 'lr');
      await store.store.close();
      for (const suffix of ['-wal', '-shm'])
        rmSync(join(store.folder, `.shares.sqlite${suffix}`), { force: true });
      writeFileSync(join(store.folder, '.shares.sqlite'), 'x'.repeat(8192));
      const bob = await store.again().user('bob@example.org');
      expect(await bob.acl.myRights('Other Users/anna@example.org/Lists')).toBe('lr');
    } finally {
      await store.dispose();
    }
  });

  const changed = (sql: string) => (path: string) => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  it.each<[string, (path: string) => void]>([
    ['of other tables', changed('DROP TABLE share; CREATE TABLE share (x)')],
    [
      'with a page of zeros',
      (path) => {
        changed('PRAGMA wal_checkpoint(TRUNCATE)')(path);
        const octets = readFileSync(path);
        writeFileSync(path, octets.fill(0, 4096, 8192));
      },
    ],
  ])('is made anew from a file %s', async (_, damage) => {
    const store = testUsers();
    try {
      const anna = await store.users.user('anna@example.org');
      await anna.create('Lists');
      await anna.acl.set('Lists', 'bob@example.org', 'replace', 'lr');
      await store.store.close();
      damage(join(store.folder, '.shares.sqlite'));
      const bob = await store.again().user('bob@example.org');
      expect((await bob.list()).map(({ name }) => name)).toContain('Other Users/anna@example.org/Lists');
    } finally {
      await store.dispose();
    }
  });

  it('is replaced when it is found to be damaged, while sessions go on', async () => {
    const store = testUsers();
    try {
      const anna = await store.users.user('anna@example.org');
      await anna.create('Lists');
      await anna.acl.set('Lists', 'bob@example.org', 'replace', 'lr');
      const bob = await store.users.user('bob@example.org');
      const lists = 'Other Users/anna@example.org/Lists';
      changed('ALTER TABLE share RENAME COLUMN account TO other')(join(store.folder, '.shares.sqlite'));
      await expect(bob.mailbox(lists)).rejects.toMatchObject({ reason: 'io' });
      await store.users.user('carl@example.org');
      expect(await bob.mailbox(lists)).toBeDefined();
    } finally {
      await store.dispose();
    }
  });

  it('is made though an account cannot be read, which is looked at again at the next start', async () => {
    const store = testUsers();
    try {
      const anna = await store.users.user('anna@example.org');
      await anna.create('Lists');
      await anna.acl.set('Lists', 'bob@example.org', 'replace', 'lr');
      await (await store.store.account('aaron@example.org')).create('Lists');
      await store.store.close();
      rmSync(join(store.folder, '.shares.sqlite'));
      const maildir = join(store.folder, 'aaron@example.org', 'Maildir');
      rmSync(maildir, { recursive: true });
      writeFileSync(maildir, '');
      const again = store.again();
      const lists = 'Other Users/anna@example.org/Lists';
      expect(await (await again.user('bob@example.org')).mailbox(lists)).toBeDefined();
      await again.close();
      const shares = openShares(join(store.folder, '.shares.sqlite'));
      expect(shares.complete()).toBe(false);
      await shares.close();
    } finally {
      await store.dispose();
    }
  });
});
