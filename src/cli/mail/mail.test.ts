import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandRun, runCommand } from '../../../test/support/cli.ts';
import { loadConfig } from '../../config/load.ts';
import { openAccounts, openConfiguredState } from '../../daemon/accounts.ts';
import { silentLog } from '../../log.ts';
import { createMailStore } from '../../store/mail/mail-store.ts';
import { EXIT } from '../io.ts';
import { octetsOf, octetsText } from './sizes.ts';

const ANNA = 'anna@example.org';
const BOB = 'bob@example.org';
const folder = mkdtempSync(join(tmpdir(), 'tamis-mail-cli-'));
const file = join(folder, 'tamis.yaml');
const { config } = (() => {
  writeFileSync(file, 'data: data\npolicy: {domains: [example.org]}\n');
  return loadConfig(file, {});
})();

beforeAll(async () => {
  const state = await openConfiguredState(config, silentLog);
  const accounts = openAccounts(config, state);
  await accounts.add(ANNA, 'correct horse battery', { aliases: ['ann@example.org'] });
  await accounts.add(BOB, 'correct horse battery');
  await state.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `json` reads the objects it printed. */
async function tamis(...args: readonly string[]) {
  const ran: CommandRun = await runCommand(file, ...args);
  return {
    ...ran,
    json: () =>
      ran.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('tamis mailbox', () => {
  it('makes, lists, renames and deletes the mailboxes of an account', async () => {
    expect(await tamis('mailbox', 'create', 'Ann@example.org', 'Lists/Tamis')).toMatchObject({
      code: 0,
      stdout: 'Lists/Tamis made\n',
    });
    await tamis('mailbox', 'create', ANNA, 'Mine', '--use', 'junk');
    await tamis('mailbox', 'create', ANNA, 'Lists');
    await tamis('mailbox', 'rename', ANNA, 'Lists', 'Old');
    await tamis('mailbox', 'subscribe', ANNA, 'Old');
    const { stdout } = await tamis('mailbox', 'list', ANNA);
    expect(stdout.split('\n')[0]).toMatch(/^mailbox +messages +unseen +size +use +subscribed$/);
    expect(stdout).toMatch(/^Old .* yes$/m);
    const listed = (await tamis('mailbox', 'list', ANNA, '--json')).json();
    expect(listed.map(({ mailbox }) => mailbox)).toEqual(['INBOX', 'Mine', 'Old', 'Old/Tamis']);
    expect(listed[1]).toMatchObject({ special_use: ['\\Junk'], messages: 0, subscribed: false });
    expect(typeof listed[1]?.['uid_validity']).toBe('number');
    await tamis('mailbox', 'unsubscribe', ANNA, 'Old');
    expect((await tamis('mailbox', 'delete', ANNA, 'Old/Tamis', '--json')).json()).toEqual([
      { deleted: 'Old/Tamis' },
    ]);
    expect((await tamis('mailbox', 'list', ANNA, '--json')).json().map(({ mailbox }) => mailbox)).toEqual([
      'INBOX',
      'Mine',
      'Old',
    ]);
  });

  it('says what is wrong, and makes no account of a mistyped address', async () => {
    expect(await tamis('mailbox', 'delete', ANNA, 'Nope')).toMatchObject({
      code: EXIT.input,
      stderr: 'tamis: there is no mailbox Nope\n',
    });
    expect(await tamis('mailbox', 'create', ANNA, '../x')).toMatchObject({ code: EXIT.input });
    expect(await tamis('mailbox', 'list', 'nobody@example.org')).toMatchObject({
      code: EXIT.input,
      stderr: 'tamis: there is no account nobody@example.org\n',
    });
    expect(() => statSync(join(folder, 'data', 'mail', 'nobody@example.org'))).toThrow('ENOENT');
    expect((await tamis('mailbox', 'list')).code).toBe(EXIT.usage);
    expect((await tamis('mailbox', 'list', '--help')).stdout).toContain('address of the account');
  });
});

describe('tamis acl', () => {
  it('shares a mailbox, while a server has the account open', async () => {
    const server = createMailStore({
      folder: join(folder, 'data', 'mail'),
      settings: config.store,
      log: silentLog,
    });
    try {
      const bob = await server.user(BOB);
      await tamis('mailbox', 'create', ANNA, 'Shared');
      expect(await bob.mailbox(`Other Users/${ANNA}/Shared`)).toBeUndefined();
      expect((await tamis('acl', 'set', ANNA, 'Shared', BOB, 'lr')).stdout).toMatch(/^bob@example.org +lr$/m);
      expect(await bob.acl.myRights(`Other Users/${ANNA}/Shared`)).toBe('lr');
      await tamis('acl', 'set', '--add', ANNA, 'Shared', BOB, 's');
      await tamis('acl', 'set', ANNA, 'Shared', 'anyone', 'l');
      await tamis('acl', 'set', ANNA, 'Shared', '--', `-${BOB}`, 'r');
      expect((await tamis('acl', 'show', ANNA, 'Shared', '--json')).json().slice(1)).toEqual([
        { mailbox: 'Shared', identifier: `-${BOB}`, rights: 'r' },
        { mailbox: 'Shared', identifier: 'anyone', rights: 'l' },
        { mailbox: 'Shared', identifier: BOB, rights: 'lrs' },
      ]);
      expect(await bob.acl.myRights(`Other Users/${ANNA}/Shared`)).toBe('ls');
      expect((await tamis('mailbox', 'list', BOB)).stdout).toContain(`Other Users/${ANNA}/Shared`);
      await tamis('acl', 'delete', ANNA, 'Shared', BOB);
      await tamis('acl', 'delete', ANNA, 'Shared', 'anyone');
      expect(await bob.mailbox(`Other Users/${ANNA}/Shared`)).toBeUndefined();
      expect((await tamis('acl', 'set', ANNA, 'Shared', BOB, 'z')).code).toBe(EXIT.input);
      expect((await tamis('acl', 'set', ANNA, 'Shared', BOB, 'l', '--add', '--remove')).code).toBe(
        EXIT.input,
      );
    } finally {
      await server.close();
    }
  });

  it('makes public mailboxes', async () => {
    await tamis('mailbox', 'create', 'public', 'News');
    expect((await tamis('acl', 'set', 'public', 'News', 'anyone', 'lrs')).stdout).toBe('anyone  lrs\n');
    expect((await tamis('mailbox', 'list', BOB)).stdout).toMatch(/^Public\/News /m);
  });
});

describe('tamis quota', () => {
  it('sets limits that hold at once, and leaves those that are not named', async () => {
    const server = createMailStore({
      folder: join(folder, 'data', 'mail'),
      settings: config.store,
      log: silentLog,
    });
    try {
      const inbox = await (await server.account(BOB)).mailbox('INBOX');
      const append = (): Promise<unknown> =>
        inbox?.append([{ pieces: [Buffer.from('Subject: x\r\n\r\ntext\r\n')] }]) ??
        Promise.reject(new Error());
      await append();
      await tamis('quota', 'set', BOB, 'storage=1G', 'messages=2');
      await append();
      await expect(append()).rejects.toMatchObject({ reason: 'over-quota' });
      expect((await tamis('quota', 'show', BOB)).stdout).toMatch(/messages +2 +2 +100 %$/m);
      expect((await tamis('quota', 'set', BOB, 'messages=none', '--json')).json()).toEqual([
        { account: BOB, usage: { storage: 40, messages: 2, mailboxes: 1 }, limits: { storage: 1024 ** 3 } },
      ]);
      await append();
      await tamis('quota', 'set', BOB, 'messages=1', '--mailbox', 'inbox');
      await expect(append()).rejects.toMatchObject({ reason: 'over-quota' });
      expect(
        (await tamis('quota', 'show', '--json')).json().filter(({ mailbox }) => mailbox === 'INBOX'),
      ).toHaveLength(1);
      await tamis('quota', 'set', BOB, 'default', '--mailbox', 'INBOX');
      await tamis('quota', 'set', BOB, 'default');
      expect((await tamis('quota', 'show', BOB, '--json')).json()[0]?.['limits']).toEqual({});
      for (const bad of ['foo=1', 'storage=-1', 'messages=2K', 'storage', 'storage=1X'])
        expect((await tamis('quota', 'set', BOB, bad)).code, bad).toBe(EXIT.input);
    } finally {
      await server.close();
    }
  });
});

describe('tamis store', () => {
  it('says what is wrong with an index, and makes it anew', async () => {
    expect(await tamis('store', 'check', ANNA)).toMatchObject({ code: EXIT.ok });
    const state = new DatabaseSync(join(folder, 'data', 'mail', ANNA, 'index.sqlite'));
    state.exec('UPDATE mailbox SET messages = 7');
    state.close();
    const wrong = await tamis('store', 'check', ANNA);
    expect(wrong.code).toBe(EXIT.input);
    expect(wrong.stderr).toContain(`${ANNA}: INBOX: its counters`);
    expect(wrong.stdout).toContain('wrong');
    rmSync(join(folder, 'data', 'mail', '.shares.sqlite'));
    const [row] = (await tamis('store', 'rebuild', ANNA, '--json')).json();
    expect(row).toMatchObject({ account: ANNA, faults: [] });
    const all = (await tamis('store', 'check', '--json')).json();
    expect(all.map(({ account }) => account)).toEqual([ANNA, BOB, 'public']);
    expect(all.every(({ faults }) => Array.isArray(faults) && faults.length === 0)).toBe(true);
    expect((await tamis('mailbox', 'list', BOB)).stdout).toContain('Public/News');
  });
});

describe('sizes', () => {
  it('are written and read', () => {
    expect([0, 512, 1536, 10 * 1024 ** 3, 200 * 1024 ** 2].map(octetsText)).toEqual([
      '0',
      '512',
      '1.5K',
      '10.0G',
      '200M',
    ]);
    expect(['0', '64K', '10g', '1T', 'x', '-1', '1.5M', '999999999999999T'].map(octetsOf)).toEqual([
      0,
      65_536,
      10 * 1024 ** 3,
      1024 ** 4,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
