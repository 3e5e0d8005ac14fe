import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMINISTRATOR, reason, type TestUsers, testUsers } from '../mail/testing-users.ts';
import type { MailUser } from '../mail/types.ts';

const ANNA = 'anna@example.org';
const BOB = 'bob@example.org';

let store: TestUsers;
let anna: MailUser;
let bob: MailUser;
let root: MailUser;

beforeEach(async () => {
  store = testUsers({ quota: { storage: 10_240, messages: 0, mailboxes: 4, annotations: 2048 } });
  anna = await store.users.user(ANNA);
  bob = await store.users.user(BOB);
  root = await store.users.user(ADMINISTRATOR);
});
afterEach(() => store.dispose());

const uses = (mailbox: string, messages: number, octets: number): Promise<void> =>
  store.fill(ANNA, mailbox, messages, octets);
const comes = (name: string, messages: number, octets: number): Promise<string> =>
  reason(store.users.quota.check({ account: ANNA, name }, { messages, octets }));

describe('an account', () => {
  it('has the limits of the settings, in the units of RFC 9208', async () => {
    await uses('INBOX', 3, 4097);
    expect(await anna.quota.roots('INBOX')).toEqual([
      {
        name: ANNA,
        resources: [
          { resource: 'STORAGE', usage: 5, limit: 10 },
          { resource: 'MAILBOX', usage: 1, limit: 4 },
          { resource: 'ANNOTATION-STORAGE', usage: 0, limit: 2 },
        ],
      },
    ]);
    expect((await anna.quota.get(ANNA)).resources).toHaveLength(3);
  });

  it('takes what fits exactly, and no octet more', async () => {
    await uses('INBOX', 3, 4097);
    expect(await comes('INBOX', 1, 10_240 - 4097)).toBe('ok');
    expect(await comes('INBOX', 1, 10_240 - 4096)).toBe('over-quota');
  });

  it('counts what others write into it', async () => {
    await uses('INBOX', 1, 10_240);
    await anna.create('Lists');
    await anna.acl.set('Lists', BOB, 'replace', 'lri');
    const shared = await bob.mailbox(`Other Users/${ANNA}/Lists`);
    expect(shared).toBeDefined();
    expect(
      await reason(
        store.users.quota.check(
          { account: shared?.mailbox.account ?? '', name: 'Lists' },
          { messages: 1, octets: 1 },
        ),
      ),
    ).toBe('over-quota');
    expect((await bob.quota.roots(`Other Users/${ANNA}/Lists`))[0]?.name).toBe(ANNA);
    expect(await reason(bob.quota.get(ANNA))).toBe('not-found');
  });

  it('has limits for mailboxes and annotations', async () => {
    for (const name of ['a/b/c', 'a/b', 'a']) await anna.create(name);
    expect(await reason(anna.create('d'))).toBe('over-quota');
    expect(await reason(anna.create('a/b/c/d/e'))).toBe('over-quota');
    const value = Buffer.alloc(2000, 'x');
    expect(await reason(anna.metadata.set('INBOX', [{ entry: '/private/comment', value }]))).toBe('ok');
    expect(await reason(anna.metadata.set('a', [{ entry: '/shared/comment', value }]))).toBe('over-quota');
    expect(await reason(anna.metadata.set('INBOX', [{ entry: '/private/comment', value: null }]))).toBe('ok');
    expect(await reason(anna.metadata.set('a', [{ entry: '/shared/comment', value }]))).toBe('ok');
  });
});

describe('an administrator', () => {
  it('sets what an account may have, in place of all limits it had', async () => {
    expect(await reason(anna.quota.set(ANNA, [{ resource: 'STORAGE', limit: 1000 }]))).toBe('denied');
    const set = await root.quota.set(ANNA, [{ resource: 'MESSAGE', limit: 2 }]);
    expect(set).toEqual({ name: ANNA, resources: [{ resource: 'MESSAGE', usage: 0, limit: 2 }] });
    await uses('INBOX', 2, 10_000);
    expect(await comes('INBOX', 0, 100_000)).toBe('ok');
    expect(await comes('INBOX', 1, 1)).toBe('over-quota');
    await root.quota.set(ANNA, []);
    expect(await comes('INBOX', 100, 1)).toBe('ok');
    expect(await reason(root.quota.set('nobody@example.org', []))).toBe('not-found');
    expect(await reason(root.quota.get('new@example.org'))).toBe('ok');
    expect(await reason(root.quota.get('../x'))).toBe('not-found');
  });

  it('may limit a mailbox with all below it', async () => {
    await anna.create('Lists');
    await anna.create('Lists/Tamis');
    await root.quota.set(`${ANNA}/Lists`, [{ resource: 'MESSAGE', limit: 3 }]);
    await uses('Lists/Tamis', 2, 10);
    expect(await comes('Lists', 1, 1)).toBe('ok');
    expect(await comes('Lists/Tamis', 2, 1)).toBe('over-quota');
    expect(await comes('INBOX', 100, 1)).toBe('ok');
    expect((await anna.quota.roots('Lists/Tamis')).map(({ name }) => name)).toEqual([ANNA, `${ANNA}/Lists`]);
    expect((await anna.quota.get(`${ANNA}/Lists`)).resources).toEqual([
      { resource: 'MESSAGE', usage: 2, limit: 3 },
    ]);
    await root.quota.set(`${ANNA}/Lists`, []);
    expect(await reason(anna.quota.get(`${ANNA}/Lists`))).toBe('not-found');
  });

  it('is told when an account is nearly full', async () => {
    const heard: string[] = [];
    anna.watch(({ kind }) => heard.push(kind));
    expect(await comes('INBOX', 1, 9000)).toBe('ok');
    expect(heard.filter((kind) => kind === 'quota')).toEqual([]);
    await uses('INBOX', 1, 9000);
    expect(await comes('INBOX', 1, 1000)).toBe('ok');
    expect(heard.filter((kind) => kind === 'quota')).toEqual(['quota']);
  });
});
