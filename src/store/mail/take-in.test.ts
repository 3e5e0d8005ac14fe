import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore } from './mail-store.ts';
import { takeIn, takeInFile } from './take-in.ts';
import { TakeInThreads } from './take-in-threads.ts';

const ANNA = 'anna@example.org';
/** More than are read on the main thread. */
const MANY = 1300;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-takein-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const text = (number: number): string =>
  `Message-ID: <${number}@example.org>\r\nReferences: <${number - (number % 10)}@example.org>\r\nSubject: ${number}\r\n\r\nx\r\n`;

test('a large mailbox of another program is taken in by threads, in order, with what each message is', async () => {
  const maildir = join(folder, ANNA, 'Maildir');
  for (const part of ['tmp', 'new', 'cur']) mkdirSync(join(maildir, part), { recursive: true });
  for (let number = 0; number < MANY; number++)
    writeFileSync(
      join(maildir, 'cur', `${1_000_000 + number}.a.host:2,${number % 2 === 0 ? 'S' : ''}`),
      text(number),
    );
  writeFileSync(join(maildir, 'new', '2000000.lf.host'), text(2_000_000).replaceAll('\r\n', '\n'));
  symlinkSync('/etc/passwd', join(maildir, 'cur', '999999.link.host:2,'));
  const store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog });
  try {
    const inbox = await (await store.account(ANNA)).mailbox('INBOX');
    await inbox?.sync();
    expect(inbox?.status()).toMatchObject({ messages: MANY + 1, uidNext: MANY + 2, unseen: MANY / 2 + 1 });
    for (const uid of [1, 2, 777, MANY]) {
      const content = await inbox?.content(uid);
      expect(content?.envelope.subject).toBe(String(uid - 1));
      expect((await inbox?.bytes(uid))?.toString()).toBe(text(uid - 1));
    }
    await inbox?.describe([[1, MANY + 1]]);
    const facts = [...(inbox?.facts([[1, 11]]) ?? [])];
    const threads = facts.map(({ threadId }) => threadId);
    expect(new Set(threads.slice(0, 10)).size).toBe(1);
    expect(threads[10]).not.toBe(threads[0]);
    const [last] = [...(inbox?.facts([[MANY + 1, MANY + 1]]) ?? [])];
    expect(last?.size).toBe(text(2_000_000).length);
    expect((await inbox?.bytes(MANY + 1))?.toString()).toBe(text(2_000_000));
  } finally {
    await store.close();
  }
});

test('threads say the same as the main thread', async () => {
  const paths = Array.from({ length: 20 }, (_, number) => join(folder, String(number)));
  for (const [number, path] of paths.entries()) writeFileSync(path, number === 7 ? '' : text(number));
  const gone = join(folder, 'gone');
  const threads = new TakeInThreads();
  try {
    const read = await threads.ask('read', [...paths, gone, folder], 1000);
    expect(read.slice(0, 20)).toEqual(paths.map((path) => takeInFile(path, 1000)));
    expect(read.slice(20)).toEqual([undefined, undefined]);
    expect(read[3]).toMatchObject(takeIn({ raw: Buffer.from(text(3)), modified: read[3]?.modified ?? 0 }));
    expect(await threads.ask('read', [join(folder, '3')], 10)).toEqual([undefined]);
    const nested = join(folder, '3', 'x');
    await expect(threads.ask('read', [nested], 1000)).rejects.toThrow('ENOTDIR');
    const unfinished = threads.ask('read', Array.from({ length: 500 }, () => paths).flat(), 1000);
    await threads.close();
    await expect(unfinished).rejects.toThrow('ended');
  } finally {
    await threads.close();
  }
});
