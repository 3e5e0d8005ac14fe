import { mkdtempSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import { takeIn } from './take-in.ts';
import { type Mailbox, type MessageFacts, SystemFlag } from './types.ts';

const ANNA = 'anna@example.org';
const all = [[1, 0xffff_ffff]] as const;
let folder: string;
let store: OpenMailStore;
let inbox: Mailbox;

const settings = {
  ...defaultStoreSettings,
  index: { ...defaultStoreSettings.index, flagDelay: 5, scanInterval: 0 },
};
const open = (): OpenMailStore => createMailStore({ folder, settings, log: silentLog });
const box = async (name = 'INBOX', account = ANNA): Promise<Mailbox> => {
  const mail = await store.account(account);
  return (await mail.mailbox(name)) ?? mail.create(name);
};
const cur = (): string => join(folder, ANNA, 'Maildir', 'cur');

/** Every third has bare line feeds, all of ten belong together. */
const text = (number: number): Buffer => {
  const crlf = `Message-ID: <${number}@x>\r\nReferences: <${number - (number % 10)}@x>\r\nSubject: ${number}\r\n\r\nx\r\n`;
  return Buffer.from(number % 3 === 0 ? crlf.replaceAll('\r\n', '\n') : crlf);
};
const sent = (number: number): string => text(number).toString().replaceAll(/\r?\n/g, '\r\n');

/** As if the mailbox had just been taken over: the index knows names, flags and dates. */
function forget(): void {
  const index = new DatabaseSync(join(folder, ANNA, 'index.sqlite'), { timeout: 5000 });
  index.exec(
    `BEGIN IMMEDIATE; UPDATE message SET email_id = '', thread_id = '', content = NULL, lf = 0, size = 7;
     UPDATE mailbox SET size = 7 * messages; DELETE FROM content; DELETE FROM thread; COMMIT`,
  );
  index.close();
}
const facts = (mailbox = inbox): MessageFacts[] => [...mailbox.facts(all)];
/** What the files say. */
const expected = (count: number): unknown[] =>
  Array.from({ length: count }, (_, at) => {
    const { size, emailId } = takeIn({ raw: text(at), modified: 0 });
    return { uid: at + 1, size, emailId };
  });
const total = (count: number): number =>
  Array.from({ length: count }, (_, at) => sent(at).length).reduce((sum, one) => sum + one, 0);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-describer-'));
  store = open();
  inbox = await box();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function foreign(count: number): Promise<void> {
  for (let number = 0; number < count; number++)
    writeFileSync(join(cur(), `${1_000_000 + number}.a.host:2,S`), text(number));
  await inbox.sync();
}

describe('a large mailbox', () => {
  test('is there with names, flags and dates, and described in the end', async () => {
    await foreign(1100);
    expect(inbox.status()).toMatchObject({ messages: 1100, uidNext: 1101, unseen: 0 });
    const { highestModseq } = inbox.status();
    await inbox.describe(all);
    expect(facts()).toMatchObject(expected(1100));
    // Nothing has changed for a client: it was told of no other size before.
    expect(inbox.status()).toMatchObject({ highestModseq, size: total(1100) });
    expect(new Set(facts().map(({ threadId }) => threadId)).size).toBe(110);
    expect((await store.check(ANNA)).faults).toEqual([]);
  });

  test('what a process that ended has left is done by the next', async () => {
    await foreign(30);
    forget();
    await store.close();
    store = open();
    inbox = await box();
    await inbox.sync();
    // Closing waits for what has begun; what has not is left to whoever asks.
    await inbox.describe([[1, 10]]);
    expect(facts().slice(0, 10)).toMatchObject(expected(10));
    await inbox.describe(all);
    expect(facts()).toMatchObject(expected(30));
    expect(inbox.status().size).toBe(total(30));
  });
});

describe('a message whose file nobody has read', () => {
  beforeEach(async () => {
    await foreign(12);
    forget();
  });

  test('is read when its octets are asked for', async () => {
    expect((await inbox.bytes(4))?.toString()).toBe(sent(3));
    expect((await inbox.bytes(7, { start: 4, end: 20 }))?.toString()).toBe(sent(6).slice(4, 20));
    expect(facts().map(({ size }) => size === 7)).toEqual(
      Array.from({ length: 12 }, (_, at) => ![3, 6].includes(at)),
    );
  });

  test('is read when its content is asked for', async () => {
    expect((await inbox.content(4))?.envelope.subject).toBe('3');
    expect((await inbox.content(4))?.structure.end).toBe(sent(3).length);
    expect(await inbox.content(99)).toBeUndefined();
  });

  test('keeps what is done to its flags, in the index and in its name', async () => {
    await inbox.store([4], { mode: 'add', flags: { system: SystemFlag.flagged, keywords: ['Work'] } });
    renameSync(join(cur(), '1000004.a.host:2,S'), join(cur(), '1000004.a.host:2,RS'));
    await inbox.describe(all);
    expect(facts()).toMatchObject(expected(12));
    await inbox.sync();
    expect(facts()[3]).toMatchObject({ system: 5, keywords: 'Work' });
    expect(facts()[4]).toMatchObject({ system: 3 });
  });

  test.each(['copied', 'moved'])('is read before it is %s', async (how) => {
    const other = await box('Other');
    const move = how === 'moved';
    await inbox.copy([4, 5], other, { move });
    await inbox.copy([6], await box('INBOX', 'berta@example.org'), { move });
    expect(facts(other).map(({ size, emailId }) => ({ size, emailId }))).toEqual(
      [3, 4].map((number) => {
        const { size, emailId } = takeIn({ raw: text(number), modified: 0 });
        return { size, emailId };
      }),
    );
    expect((await other.bytes(1))?.toString()).toBe(sent(3));
    await inbox.describe(all);
    expect((await store.check(ANNA)).faults).toEqual([]);
  });

  test('is counted out with what it was counted in', async () => {
    await inbox.store([1, 2], { mode: 'add', flags: { system: SystemFlag.deleted, keywords: [] } });
    await inbox.describe([[1, 1]]);
    await inbox.expunge();
    await inbox.describe(all);
    expect((await store.check(ANNA)).faults).toEqual([]);
  });

  test('and never will is as good as gone', async () => {
    unlinkSync(join(cur(), '1000003.a.host:2,S'));
    await inbox.describe(all);
    expect(facts()[3]).toMatchObject({ emailId: '' });
    expect(await inbox.bytes(4)).toBeUndefined();
    expect(await inbox.content(4)).toBeUndefined();
    expect((await inbox.copy([3, 4, 5], await box('Other'))).pairs.map(([uid]) => uid)).toEqual([3, 5]);
    await inbox.sync();
    expect([...inbox.uids()]).not.toContain(4);
  });

  test('is found by its text', async () => {
    store.search.notice(ANNA, 'INBOX');
    const term = { kind: 'text', where: 'header', text: 'SUBJECT: 3\n' } as const;
    await expect
      .poll(async () => (await store.search.of(inbox).find([term]))?.upTo, { timeout: 20_000 })
      .toBe(12);
    expect(facts()).toMatchObject(expected(12));
  });

  test('is described when the index is made anew', async () => {
    await store.rebuild(ANNA);
    inbox = await box();
    expect(facts()).toMatchObject(expected(12));
    expect(readdirSync(cur())).toHaveLength(12);
  });
});

test('two processes describe the same mailbox', async () => {
  await foreign(40);
  forget();
  const other = open();
  try {
    const theirs = await (await other.account(ANNA)).mailbox('INBOX');
    await Promise.all([theirs?.sync(), inbox.describe(all), theirs?.describe(all)]);
    expect(facts()).toMatchObject(expected(40));
    expect(inbox.status().size).toBe(total(40));
  } finally {
    await other.close();
  }
});
