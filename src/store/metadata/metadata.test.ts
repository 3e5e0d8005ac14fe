import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountFolder } from '../account-folder.ts';
import { ADMINISTRATOR, reason, type TestUsers, testUsers } from '../mail/testing-users.ts';
import type { MailUser } from '../mail/types.ts';
import { MetadataError } from './entries.ts';

const ANNA = 'anna@example.org';
const BOB = 'bob@example.org';
const SHARED = `Other Users/${ANNA}/Lists`;

let store: TestUsers;
let anna: MailUser;
let bob: MailUser;

beforeEach(async () => {
  store = testUsers({ metadata: { maxValueBytes: 1024, maxEntries: 3 } });
  anna = await store.users.user(ANNA);
  bob = await store.users.user(BOB);
  await anna.create('Lists');
});
afterEach(() => store.dispose());

const set = (user: MailUser, mailbox: string, entry: string, value: string | Buffer | null): Promise<void> =>
  user.metadata.set(mailbox, [{ entry, value: typeof value === 'string' ? Buffer.from(value) : value }]);
const get = async (user: MailUser, mailbox: string, ...entries: string[]): Promise<(string | null)[]> =>
  (await user.metadata.get(mailbox, entries)).map(({ value }) =>
    value === null ? null : Buffer.from(value).toString(),
  );

describe('annotations of a mailbox', () => {
  it('are shared, or of one user', async () => {
    await anna.acl.set('Lists', BOB, 'replace', 'lrw');
    await set(anna, 'Lists', '/shared/comment', 'ours');
    await set(anna, 'Lists', '/private/comment', 'mine');
    expect(await get(bob, SHARED, '/SHARED/Comment', '/private/comment')).toEqual([null, 'ours']);
    await set(bob, SHARED, '/private/comment', "bob's");
    await set(bob, SHARED, '/shared/comment', 'changed');
    expect(await get(anna, 'Lists', '/private/comment', '/shared/comment')).toEqual(['mine', 'changed']);
    expect(await get(bob, SHARED, '/private/comment')).toEqual(["bob's"]);
    const file = join(store.folder, accountFolder(ANNA), 'Maildir', '.Lists', 'tamis-mailbox.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      metadata: { '/shared/comment': 'changed', '/private/comment': 'mine' },
    });
    await set(bob, SHARED, '/private/comment', null);
    expect(await get(bob, SHARED, '/private/comment')).toEqual([null]);
  });

  it('need the rights that RFC 5464 names', async () => {
    await anna.acl.set('Lists', BOB, 'replace', 'l');
    expect(await reason(get(bob, SHARED, '/shared/comment'))).toBe('denied');
    await anna.acl.set('Lists', BOB, 'replace', 'lr');
    expect(await reason(get(bob, SHARED, '/shared/comment'))).toBe('ok');
    expect(await reason(set(bob, SHARED, '/private/x', 'v'))).toBe('ok');
    expect(await reason(set(bob, SHARED, '/shared/x', 'v'))).toBe('denied');
    await anna.acl.set('Lists', BOB, 'replace', 'r');
    expect(await reason(get(bob, SHARED, '/shared/comment'))).toBe('not-found');
  });

  it('are any octets', async () => {
    const odd = Buffer.from([0, 255, 13, 10, 1]);
    await set(anna, 'INBOX', '/private/x', odd);
    const [found] = await anna.metadata.get('INBOX', ['/private/x']);
    expect(Buffer.from(found?.value ?? []).equals(odd)).toBe(true);
    await set(anna, 'INBOX', '/private/x', '\ufefftext');
    expect(await get(anna, 'INBOX', '/private/x')).toEqual(['\ufefftext']);
    await set(anna, 'INBOX', '/private/x', '');
    expect(await get(anna, 'INBOX', '/private/x')).toEqual(['']);
  });

  it('are found by depth', async () => {
    await anna.metadata.set(
      'INBOX',
      ['/private/a', '/private/a/b', '/private/a/b/c'].map((entry) => ({ entry, value: Buffer.from('v') })),
    );
    const names = async (entry: string, depth: 0 | 1 | 'infinity'): Promise<string[]> =>
      (await anna.metadata.get('INBOX', [entry], { depth })).map((one) => one.entry);
    expect(await names('/private/a', 1)).toEqual(['/private/a', '/private/a/b']);
    expect(await names('/private/a', 'infinity')).toHaveLength(3);
    expect(await names('/private', 1)).toEqual(['/private/a']);
    expect(await names('/shared', 'infinity')).toEqual([]);
    for (const bad of ['private/a', '/private/', '/private//a', '/private/*', '/shared/ä', '/other/a'])
      expect(await reason(names(bad, 0)), bad).toBe('invalid-name');
  });

  it('have limits that the client is told', async () => {
    const error = await set(anna, 'INBOX', '/private/x', 'x'.repeat(1025)).catch((reject: unknown) => reject);
    expect(error).toBeInstanceOf(MetadataError);
    expect(error).toMatchObject({ reason: 'limit', fact: 'max-size', octets: 1024 });
    for (const name of ['a', 'b', 'c']) await set(anna, 'INBOX', `/private/${name}`, 'v');
    expect(await set(anna, 'INBOX', '/private/d', 'v').catch((reject: unknown) => reject)).toMatchObject({
      fact: 'too-many',
    });
    await set(anna, 'INBOX', '/private/a', 'other');
    await anna.metadata.set('INBOX', [
      { entry: '/private/a', value: null },
      { entry: '/private/d', value: Buffer.from('v') },
    ]);
    expect(await get(anna, 'INBOX', '/private/a', '/private/d')).toEqual([null, 'v']);
  });
});

describe('annotations of the server', () => {
  it('are written by administrators, and read by all; private ones by each user', async () => {
    const root = await store.users.user(ADMINISTRATOR);
    expect(await reason(set(anna, '', '/shared/admin', 'mailto:x'))).toBe('denied');
    await set(root, '', '/shared/admin', 'mailto:postmaster@example.org');
    expect(await get(anna, '', '/shared/admin')).toEqual(['mailto:postmaster@example.org']);
    await set(anna, '', '/private/theme', 'dark');
    expect(await get(anna, '', '/private/theme')).toEqual(['dark']);
    expect(await get(bob, '', '/private/theme')).toEqual([null]);
  });
});

describe('changes of two processes', () => {
  it('do not lose each other', async () => {
    const other = await store.again().user(ANNA);
    await Promise.all([
      set(anna, 'Lists', '/private/a', '1'),
      set(other, 'Lists', '/private/b', '2'),
      anna.acl.set('Lists', BOB, 'replace', 'lr'),
      other.acl.set('Lists', 'eve@example.org', 'replace', 'lr'),
      set(anna, 'Lists', '/private/c', '3'),
    ]);
    expect(await get(anna, 'Lists', '/private/a', '/private/b', '/private/c')).toEqual(['1', '2', '3']);
    expect((await other.acl.get('Lists')).map(({ identifier }) => identifier)).toEqual([
      ANNA,
      BOB,
      'eve@example.org',
    ]);
  });
});
