import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountFolders, ADMINISTRATOR as ROOT, reason, type TestUsers, testUsers } from './testing-users.ts';
import type { MailEvent, MailUser } from './types.ts';
import type { MailUsers } from './users.ts';

const ANNA = 'anna@example.org';
const BOB = 'bob@example.org';

let store: TestUsers;
let folder: string;
let users: MailUsers;

beforeEach(() => {
  store = testUsers({ groups: [{ name: 'Team', members: ['Bob@example.org'] }] });
  ({ folder, users } = store);
});
afterEach(() => store.dispose());

const names = async (user: MailUser): Promise<string[]> =>
  (await user.list()).filter(({ ref }) => ref !== undefined).map(({ name }) => name);

describe('personal mailboxes', () => {
  it('are made, listed and removed by their names', async () => {
    const anna = await users.user(ANNA);
    await anna.create('Lists/Tamis/');
    expect(await names(anna)).toEqual(['INBOX', 'Lists/Tamis']);
    expect((await anna.list())[1]).toMatchObject({ name: 'Lists', hasChildren: true, ref: undefined });
    expect([...((await anna.mailbox('inbox'))?.rights ?? [])].sort().join('')).toBe('aeiklprstwx');
    await anna.rename('Lists/Tamis', 'Old/Tamis');
    // A level that is no mailbox goes with the last one below it.
    expect(await reason(anna.delete('Old'))).toBe('not-found');
    expect(await names(anna)).toContain('Old/Tamis');
    expect(await names(anna)).not.toContain('Lists');
    await anna.create('Level/One');
    await anna.create('Level');
    await anna.delete('Level');
    expect((await anna.list()).find(({ name }) => name === 'Level')).toMatchObject({ ref: undefined });
    await anna.rename('Level', 'Renamed');
    expect(await names(anna)).toContain('Renamed/One');
    expect(await reason(anna.create('Old/Tamis'))).toBe('exists');
    expect(await reason(anna.delete('Lists'))).toBe('not-found');
    expect(await reason(anna.create('a//b'))).toBe('invalid-name');
  });

  it('keep a subscription to what is not there', async () => {
    const anna = await users.user(ANNA);
    await anna.subscribe('Gone/Deep', true);
    await anna.subscribe('inbox', true);
    const list = await anna.list();
    expect(list.find(({ name }) => name === 'Gone/Deep')).toMatchObject({ ref: undefined, subscribed: true });
    expect(list[0]).toMatchObject({ name: 'INBOX', subscribed: true });
    await anna.subscribe('Gone/Deep', false);
    expect((await anna.list()).map(({ name }) => name)).toEqual(['INBOX']);
    expect(await reason(anna.subscribe('a\0b', true))).toBe('invalid-name');
    expect(await reason(anna.subscribe('a\0b', false))).toBe('ok');
  });

  it('have one mailbox for each special use, in any language', async () => {
    const anna = await users.user(ANNA);
    const uses = async (): Promise<string[]> =>
      (await anna.list())
        .filter(({ specialUse }) => specialUse.length > 0)
        .map(({ name, specialUse }) => `${name} ${specialUse.join(' ')}`);
    await anna.create('Entwürfe');
    expect(await uses()).toEqual(['Entwürfe \\Drafts']);
    await anna.create('Drafts');
    await anna.create('Brouillons');
    expect((await uses()).filter((use) => use.endsWith('\\Drafts'))).toHaveLength(1);
    expect(await reason(anna.create('Mine', { specialUse: ['\\Drafts'] }))).toBe('in-use');
    expect(await reason(anna.create('Mine', { specialUse: ['\\All'] }))).toBe('in-use');
    expect(await reason(anna.create('Mine', { specialUse: ['\\Sent'] }))).toBe('ok');
  });
});

describe('mailboxes of others', () => {
  const SHARED = `Other Users/${ANNA}/Lists`;

  it('are absent until they are shared, and then what the list of rights says', async () => {
    const anna = await users.user(ANNA);
    const bob = await users.user(BOB);
    await anna.create('Lists');
    await anna.create('Secret');
    expect(await bob.mailbox(SHARED)).toBeUndefined();
    expect(await reason(bob.delete(SHARED))).toBe('not-found');
    expect(await reason(bob.create(`${SHARED}/Sub`))).toBe('denied');
    await anna.acl.set('Lists', BOB.toUpperCase(), 'replace', 'lr');
    expect(await names(bob)).toEqual(['INBOX', SHARED]);
    const levels = (await bob.list()).filter(({ ref }) => ref === undefined);
    expect(levels.map(({ name }) => name)).toEqual(['Other Users', `Other Users/${ANNA}`]);
    expect(await bob.acl.myRights(SHARED)).toBe('lr');
    expect(await reason(bob.delete(SHARED))).toBe('denied');
    expect(await reason(bob.create(`${SHARED}/Sub`))).toBe('denied');
    expect(await reason(bob.acl.get(SHARED))).toBe('denied');
    expect(await bob.mailbox(`Other Users/${ANNA}/Secret`)).toBeUndefined();
    await anna.acl.delete('Lists', BOB);
    expect(await names(bob)).toEqual(['INBOX']);
    expect(await bob.mailbox(SHARED)).toBeUndefined();
  });

  it('let those with k make mailboxes, which have the same rights', async () => {
    const anna = await users.user(ANNA);
    const bob = await users.user(BOB);
    await anna.create('Lists');
    await anna.acl.set('Lists', BOB, 'add', 'lrc');
    await bob.create(`${SHARED}/Sub/Deep`);
    await bob.create(`${SHARED}/Sub`);
    expect(await names(bob)).toContain(`${SHARED}/Sub/Deep`);
    expect(await bob.acl.myRights(`${SHARED}/Sub/Deep`)).toBe('lrkxc');
    expect(await names(anna)).toContain('Lists/Sub/Deep');
    expect(await reason(bob.rename(`${SHARED}/Sub`, 'Mine'))).toBe('in-use');
    expect(await reason(bob.rename(`${SHARED}/Sub`, `Other Users/${ANNA}/Top`))).toBe('denied');
    expect(await reason(bob.rename(`${SHARED}/Sub`, `${SHARED}/Other`))).toBe('ok');
    expect(await reason(bob.delete(`${SHARED}/Other/Deep`))).toBe('ok');
  });

  it('are shared as the level above them when mail makes them', async () => {
    const anna = await users.user(ANNA);
    await anna.create('Lists');
    await anna.acl.set('Lists', BOB, 'replace', 'lr');
    const mail = await store.store.open(ANNA);
    await mail.deliver('Lists/New/Deep', [Buffer.from('x')], { create: true });
    expect(await (await users.user(BOB)).acl.myRights(`${SHARED}/New/Deep`)).toBe('lr');
  });

  it('can be dropped into without being seen', async () => {
    const anna = await users.user(ANNA);
    const bob = await users.user(BOB);
    await anna.create('Lists');
    await anna.acl.set('Lists', BOB, 'replace', 'i');
    expect(await names(bob)).toEqual(['INBOX']);
    expect(await bob.mailbox(SHARED)).toMatchObject({ rights: new Set(['i']) });
    expect(await reason(bob.delete(SHARED))).toBe('not-found');
    // The answer for a mailbox that is there and may not be seen is the one for a parent he may not use.
    expect(await reason(bob.create(SHARED))).toBe('denied');
  });

  it('are shared with groups and everybody, less what a negative entry takes away', async () => {
    const anna = await users.user(ANNA);
    await anna.create('Lists');
    await anna.acl.set('Lists', '$team', 'replace', 'lrs');
    await anna.acl.set('Lists', '-bob@example.org', 'replace', 's');
    expect(await (await users.user(BOB)).acl.myRights(SHARED)).toBe('lr');
    expect(await (await users.user('eve@example.org')).mailbox(SHARED)).toBeUndefined();
    await anna.acl.set('Lists', 'anyone', 'replace', 'l');
    expect(await (await users.user('eve@example.org')).acl.myRights(SHARED)).toBe('l');
    expect(await anna.acl.get('Lists')).toEqual([
      { identifier: ANNA, rights: 'lrswipkxteacd' },
      { identifier: '$team', rights: 'lrs' },
      { identifier: '-bob@example.org', rights: 's' },
      { identifier: 'anyone', rights: 'l' },
    ]);
  });

  it('are found again when the table of shares is lost', async () => {
    const anna = await users.user(ANNA);
    await anna.create('Lists');
    await anna.acl.set('Lists', BOB, 'replace', 'lr');
    await store.store.close();
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(folder, `.shares.sqlite${suffix}`), { force: true });
    users = store.again().users;
    expect(await names(await users.user(BOB))).toContain(SHARED);
    expect(await users.rebuildShares()).toBe(2);
  });

  it('make nothing on the disk for accounts that were only tried', async () => {
    const bob = await users.user(BOB);
    await bob.list();
    for (const name of [
      'Other Users/x@example.org/INBOX',
      'Other Users/../INBOX',
      'Public/x',
      'Other Users/a\0/b',
    ])
      expect(await bob.mailbox(name)).toBeUndefined();
    expect(accountFolders(folder)).toEqual([BOB]);
  });
});

describe('the owner', () => {
  it('may limit himself, but not lock himself out', async () => {
    const anna = await users.user(ANNA);
    await anna.create('Archive');
    await anna.acl.set('Archive', 'owner', 'replace', 'r');
    expect(await anna.acl.myRights('Archive')).toBe('lra');
    expect(await reason(anna.delete('Archive'))).toBe('denied');
    await anna.acl.set('Archive', ANNA, 'remove', 'lra');
    expect(await anna.acl.myRights('Archive')).toBe('la');
    await anna.acl.delete('Archive', ANNA);
    expect(await anna.acl.myRights('Archive')).toBe('lrswipkxteacd');
    expect(await anna.acl.listRights('Archive', ANNA)).toEqual({
      required: 'la',
      optional: ['r', 's', 'w', 'i', 'p', 'k', 'x', 't', 'e', 'c', 'd'],
    });
    expect((await anna.acl.listRights('Archive', BOB)).required).toBe('');
    expect(await reason(anna.acl.set('Archive', BOB, 'replace', 'lQ'))).toBe('invalid-name');
    expect(await reason(anna.acl.set('Archive', '', 'replace', 'l'))).toBe('invalid-name');
  });
});

describe('administrators', () => {
  it('manage the mailboxes of all, and read only what they are granted', async () => {
    await users.user(ANNA).then((anna) => anna.create('Lists'));
    const root = await users.user(ROOT);
    const lists = `Other Users/${ANNA}/Lists`;
    expect(root.administrator).toBe(true);
    expect(await root.acl.myRights(lists)).toBe('lkxac');
    await root.create('Other Users/new@example.org/Lists');
    expect(await names(root)).toContain('Other Users/new@example.org/Lists');
    expect(await reason(root.create('Other Users/nobody@example.org/Lists'))).toBe('denied');
    await root.acl.set(lists, ROOT, 'add', 'r');
    expect(await root.acl.myRights(lists)).toBe('lrkxac');
    await root.delete('Other Users/new@example.org/Lists');
    await root.create('Public/News');
    expect(await (await users.user(BOB)).mailbox('Public/News')).toBeUndefined();
    await root.acl.set('Public/News', 'anyone', 'replace', 'lrs');
    expect(await names(await users.user(BOB))).toEqual(['INBOX', 'Public/News']);
    expect(await reason(root.acl.set('Public/News', 'owner', 'replace', 'l'))).toBe('invalid-name');
  });

  it('find an account that is named, however many there are', async () => {
    await store.dispose();
    store = testUsers({ maxListedAccounts: 2 });
    for (const account of ['a@example.org', 'b@example.org', 'z@example.org'])
      await (await store.users.user(account)).create('Lists');
    const root = await store.users.user(ROOT);
    const listed = async (prefix?: string): Promise<boolean> =>
      (await root.list(prefix === undefined ? {} : { prefix })).some(({ name }) =>
        name.includes('z@example.org'),
      );
    expect(await listed()).toBe(false);
    expect(await listed('Other Users/z@example.org/')).toBe(true);
    expect(await listed('Other Users//')).toBe(false);
    expect(await reason(root.quota.get(''))).toBe('not-found');
    expect(await root.mailbox('Other Users/z@example.org/Lists')).toBeDefined();
  });

  it('list only the accounts that are asked for', async () => {
    for (const account of [ANNA, BOB]) await (await users.user(account)).list();
    const root = await users.user(ROOT);
    const asked = await root.list({ prefix: `Other Users/${BOB}/` });
    expect(asked.map(({ name }) => name)).toEqual([
      'Other Users',
      `Other Users/${BOB}`,
      `Other Users/${BOB}/INBOX`,
    ]);
  });
});

describe('events', () => {
  it('tell of mailboxes of others as far as they may be listed', async () => {
    const anna = await users.user(ANNA);
    const bob = await users.user(BOB);
    await anna.create('Lists');
    await anna.create('Secret');
    const heard: MailEvent[] = [];
    const stop = bob.watch((event) => heard.push(event));
    await anna.acl.set('Lists', BOB, 'replace', 'lr');
    await expect.poll(() => heard).toEqual([{ kind: 'acl', account: ANNA, mailbox: 'Lists' }]);
    await store.fill(ANNA, 'Secret', 1, 10);
    await store.fill(ANNA, 'Lists', 1, 10);
    await expect.poll(() => heard.at(-1)).toEqual({ kind: 'messages', account: ANNA, mailbox: 'Lists' });
    expect(heard.some(({ mailbox }) => mailbox === 'Secret')).toBe(false);
    await anna.acl.delete('Lists', BOB);
    await expect.poll(() => heard.at(-1)).toEqual({ kind: 'mailboxes', account: ANNA });
    stop();
    const count = heard.length;
    await anna.create('Later');
    expect(heard).toHaveLength(count);
  });
});
