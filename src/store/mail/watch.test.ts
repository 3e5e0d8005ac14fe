import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import type { MailEvent } from './types.ts';

const ANNA = 'anna@example.org';
const text = Buffer.from('Subject: x\r\n\r\nbody\r\n');

let folder: string;
let stores: OpenMailStore[];

/** Two stores in one folder are to each other what two processes are. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-watch-'));
  stores = [0, 1].map(() =>
    createMailStore({ folder: join(folder, 'mail'), settings: defaultStoreSettings, log: silentLog }),
  );
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const both = async () => {
  const [here, there] = stores;
  if (here === undefined || there === undefined) throw new Error('two stores');
  return { here, there, anna: await here.account(ANNA), again: await there.account(ANNA) };
};

const kinds = (events: readonly MailEvent[]): string[] =>
  events.map(({ kind, mailbox }) => `${kind} ${mailbox ?? ''}`);

test('who watches a mailbox alone hears what another process puts into it, from the first moment', async () => {
  const { anna, again } = await both();
  const events: MailEvent[] = [];
  const inbox = await anna.mailbox('INBOX');
  const stop = inbox?.watch((event) => events.push(event));
  await (await again.mailbox('INBOX'))?.append([{ pieces: [text] }]);
  await vi.waitFor(() => expect(kinds(events)).toContain('messages INBOX'), { timeout: 20_000 });
  expect(inbox?.status().messages).toBe(1);

  const before = events.length;
  await (await again.mailbox('INBOX'))?.store([1], { mode: 'add', flags: { system: 1, keywords: [] } });
  await vi.waitFor(() => expect(events.length).toBeGreaterThan(before), { timeout: 20_000 });
  stop?.();
});

test('who watches an account hears of mailboxes that a delivery or another program makes', async () => {
  const { here, anna } = await both();
  const events: MailEvent[] = [];
  const stop = anna.watch((event) => events.push(event));
  await (await here.open(ANNA)).deliver('Lists/Tamis', [text], { create: true });
  expect(kinds(events)).toEqual(['mailboxes Lists/Tamis', 'messages Lists/Tamis']);
  for (const sub of ['tmp', 'new', 'cur'])
    mkdirSync(join(folder, 'mail', ANNA, 'Maildir/.Foreign', sub), { recursive: true });
  await vi.waitFor(() => expect(kinds(events)).toContain('mailboxes Foreign'), { timeout: 20_000 });
  stop();
});

test('who makes, renames and deletes mailboxes is told of each name once', async () => {
  const { anna } = await both();
  const events: MailEvent[] = [];
  const stop = anna.watch((event) => events.push(event));
  await anna.create('One');
  await anna.rename('One', 'Two');
  await anna.delete('Two');
  expect(kinds(events)).toEqual(['mailboxes One', 'mailboxes One', 'mailboxes Two', 'mailboxes Two']);
  stop();
});
