import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountFolders, reason, type TestUsers, testUsers } from './testing-users.ts';
import type { MailUser } from './types.ts';

const ANNA = 'anna@example.org';
const BOB = 'bob@example.org';
const SECRET = 'the secret';

let store: TestUsers;
let bob: MailUser;

beforeEach(async () => {
  store = testUsers();
  const anna = await store.users.user(ANNA);
  await anna.create('Secret');
  await anna.create('Shared');
  await anna.acl.set('Shared', BOB, 'replace', 'lr');
  await store.fill(ANNA, 'Secret', 1, SECRET.length);
  bob = await store.users.user(BOB);
  await bob.create('Mine');
});
afterEach(() => store.dispose());

/** All files and folders of anna's, by their names. */
const annas = (): string[] =>
  readdirSync(join(store.folder, ANNA, 'Maildir'), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('dovecot'))
    .sort();

/** Ways in which names have led out of mail stores. */
const WAYS = [
  `Other Users/${ANNA}/Secret`,
  `Other Users/${ANNA}/secret`,
  `Other Users/${ANNA}/INBOX`,
  `Other Users/${ANNA}/Shared/../Secret`,
  `Other Users/${ANNA}/./Secret`,
  `Other Users/${ANNA}//Secret`,
  `Other Users/${ANNA}/Shared/.Secret`,
  `Other Users/${ANNA}/Shared.Secret`,
  `Other Users/${ANNA}%2FMaildir/Secret`,
  `Other Users/..%2F${ANNA}/Secret`,
  `Other Users/%2e%2e/${ANNA}/Secret`,
  `Other Users/${BOB}%2F..%2F${ANNA}/Secret`,
  `Other Users/${ANNA.toUpperCase()}/Secret`,
  `Other Users/${ANNA}\0/Secret`,
  `Other Users/${ANNA}/Secret\0`,
  `Other Users/${BOB}/../${ANNA}/Secret`,
  `../${ANNA}/Maildir/.Secret`,
  `../../${ANNA}/Maildir`,
  `..`,
  `../`,
  `/etc/passwd`,
  `//`,
  `~`,
  `~anna`,
  `~/Maildir`,
  `~${ANNA}/Secret`,
  `INBOX/../../${ANNA}/Maildir/.Secret`,
  `Mine/../../../${ANNA}`,
  `.Secret`,
  `Mine/.`,
  `&AC4-&AC4-/Secret`,
  `&AC8-etc`,
  `&-`,
  `Public/../${ANNA}/Secret`,
  `Public/`,
  `#shared/${ANNA}/Secret`,
  `user/${ANNA}/Secret`,
  `user.${ANNA}.Secret`,
  'tmp',
  'cur',
  'new',
  '.tmp',
  'Secret',
];

describe("another user's mail", () => {
  it('is not found by any way of writing names', async () => {
    for (const name of WAYS) expect((await bob.mailbox(name))?.mailbox.account ?? BOB, name).toBe(BOB);
    expect(await bob.mailbox(`Other Users/${ANNA}/Shared`)).toBeDefined();
  });

  it('stays as it is whatever is tried', async () => {
    const before = annas();
    for (const name of WAYS) {
      // Each is done, or refused as a fault of the name or the rights: nothing else comes out.
      for (const work of [
        () => bob.create(name),
        () => bob.delete(name),
        () => bob.rename('Mine', name),
        () => bob.rename(name, 'Taken'),
        () => bob.subscribe(name, true),
        () => bob.acl.set(name, BOB, 'replace', 'lrswipkxtea'),
        () => bob.acl.get(name),
        () => bob.metadata.set(name, [{ entry: '/shared/comment', value: Buffer.from('x') }]),
        () => bob.quota.roots(name),
      ])
        expect(['ok', 'not-found', 'denied', 'invalid-name', 'exists', 'in-use'], name).toContain(
          await reason(work()),
        );
      if ((await bob.mailbox('Mine')) === undefined) await bob.create('Mine');
    }
    expect(annas()).toEqual(before);
    expect(accountFolders(store.folder)).toEqual([ANNA, BOB]);
    for (const { ref } of await bob.list())
      if (ref?.mailbox.account === ANNA) expect(ref.mailbox.name).toBe('Shared');
  });

  it('is not found by names made of their pieces', async () => {
    const piece = fc.constantFrom(
      'Other Users',
      'Public',
      ANNA,
      BOB,
      'Secret',
      'Shared',
      'INBOX',
      '..',
      '.',
      '',
      '~',
      '%2F',
      '%25',
      '\0',
      '/',
      '&AC8-',
      '&AC4-',
      'A\u030a',
      '\u00c5',
      '\u212b',
      'Maildir',
      'cur',
    );
    const names = fc
      .array(piece, { minLength: 1, maxLength: 6 })
      .chain((pieces) => fc.constantFrom('/', '', '.').map((separator) => pieces.join(separator)));
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const found = await bob.mailbox(name);
        if (found !== undefined && found.mailbox.account !== BOB)
          expect([found.mailbox.account, found.mailbox.name]).toEqual([ANNA, 'Shared']);
        if (found !== undefined)
          expect((await bob.mailbox(found.name))?.mailbox.mailboxId).toBe(found.mailbox.mailboxId);
      }),
      { numRuns: 300 },
    );
    expect(accountFolders(store.folder)).toEqual([ANNA, BOB]);
  });

  it('is not reached through symbolic links', async () => {
    const anna = join(store.folder, ANNA, 'Maildir');
    symlinkSync(join(anna, '.Secret'), join(store.folder, BOB, 'Maildir', '.Link'));
    mkdirSync(join(store.folder, BOB, 'Maildir', '.Half'));
    symlinkSync(join(anna, '.Secret', 'new'), join(store.folder, BOB, 'Maildir', '.Half', 'new'));
    symlinkSync(join(anna, '.Secret', 'cur'), join(store.folder, BOB, 'Maildir', '.Half', 'cur'));
    const other = await store.again().user(BOB);
    expect((await other.list()).map(({ name }) => name)).not.toContain('Link');
    expect(await other.mailbox('Link')).toBeUndefined();
    const half = await other.mailbox('Half');
    await half?.mailbox.sync().catch(() => undefined);
    expect(half?.mailbox.status().messages ?? 0).toBe(0);
    expect(await reason(other.create('Link'))).not.toBe('ok');
    expect(annas().some((name) => name.startsWith('.Secret/new/'))).toBe(true);
  });

  it('is not told of by a file with facts that is a link', async () => {
    const facts = join(store.folder, ANNA, 'Maildir', '.Secret', 'tamis-mailbox.json');
    rmSync(facts);
    const elsewhere = join(store.folder, '.elsewhere.json');
    writeFileSync(elsewhere, JSON.stringify({ acl: { [BOB]: 'lr' } }));
    symlinkSync(elsewhere, facts);
    expect(await bob.mailbox(`Other Users/${ANNA}/Secret`)).toBeUndefined();
  });
});

describe('names of one mailbox', () => {
  it('are one in all forms of their letters', async () => {
    await bob.create('A\u030angstrom');
    expect(await reason(bob.create('\u00c5ngstrom'))).toBe('exists');
    expect((await bob.mailbox('\u212bngstrom'))?.name).toBe('\u00c5ngstrom');
    expect((await bob.mailbox('InBoX'))?.name).toBe('INBOX');
    expect((await bob.mailbox(`Other Users/${ANNA.toUpperCase()}/Shared`))?.name).toBe(
      `Other Users/${ANNA}/Shared`,
    );
  });
});
