import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import { Poller } from './poller.ts';
import { SystemFlag } from './types.ts';

const ACCOUNTS = ['anna@example.org', 'bert@example.org', 'carl@example.org', 'dora@example.org'];
/** Milliseconds by which the clock of the store is ahead: what was changed a moment ago has settled long since. */
const AHEAD = 60_000;
let folder: string;
let store: OpenMailStore;
let events: string[];

const open = (handles: number): OpenMailStore => {
  const index = { ...defaultStoreSettings.index, handles, pollInterval: 20, scanInterval: 0 };
  return createMailStore({
    folder,
    settings: { ...defaultStoreSettings, index, search: { ...defaultStoreSettings.search, enabled: false } },
    log: silentLog,
    now: () => Date.now() + AHEAD,
  });
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-poller-'));
  events = [];
  store = open(1);
  for (const account of ACCOUNTS) {
    const mail = await store.account(account);
    mail.watch(({ kind, mailbox }) => events.push(`${account} ${kind} ${mailbox}`));
    const inbox = await mail.mailbox('INBOX');
    inbox?.watch(() => undefined);
    await inbox?.append([{ pieces: [Buffer.from('Subject: x\r\n\r\nx\r\n')] }]);
    await inbox?.sync();
  }
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Accounts whose index is open: a log is there while it is. */
const opened = (): string[] =>
  ACCOUNTS.filter((account) => existsSync(join(folder, account, 'index.sqlite-wal')));

test('indexes that were closed for others stay closed while nothing happens, and what happens is heard', async () => {
  await expect.poll(() => opened().length).toBeLessThanOrEqual(1);
  const seen = new Set<string>();
  for (let look = 0; look < 40; look++) {
    for (const account of opened()) seen.add(account);
    await sleep(5);
  }
  expect(seen.size).toBeLessThanOrEqual(1);
  events = [];
  // Another program delivers; another process changes a flag, and leaves.
  const [anna = '', bert = ''] = ACCOUNTS.filter((account) => !seen.has(account));
  writeFileSync(join(folder, anna, 'Maildir', 'new', '1.foreign.host'), 'Subject: y\n\ny\n');
  await expect.poll(() => events).toContain(`${anna} messages INBOX`);
  const other = open(8);
  const inbox = await (await other.account(bert)).mailbox('INBOX');
  await inbox?.store([1], { mode: 'add', flags: { system: SystemFlag.flagged, keywords: [] } });
  await expect.poll(() => events).toContain(`${bert} messages INBOX`);
  await other.close();
  const here = await (await store.account(bert)).mailbox('INBOX');
  expect([...(here?.facts([[1, 1]]) ?? [])][0]?.system).toBe(SystemFlag.flagged);
});

test('looks take a small share of the time, and all have their turn', async () => {
  const poller = new Poller(20, 100, silentLog);
  const looks: { name: string; at: number }[] = [];
  for (const name of ['a', 'b', 'c'])
    poller.add({
      async poll() {
        const at = performance.now();
        looks.push({ name, at });
        // As on a slow disk.
        while (performance.now() < at + 15) continue;
      },
    });
  await expect.poll(() => looks.length, { timeout: 10_000 }).toBeGreaterThan(6);
  await poller.close();
  expect(looks.slice(0, 6).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  // Each is in an interval of its own: a millisecond is how exact a timer is.
  for (const [at, look] of looks.entries())
    if (at > 0) expect(look.at - (looks[at - 1]?.at ?? 0)).toBeGreaterThan(15 + 20 - 1.5);
});
