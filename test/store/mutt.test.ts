import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';
import { describePeers, program } from '../support/peers.ts';

let folder: string;
let maildir: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-mutt-'));
  maildir = join(folder, 'mail/anna@example.org/Maildir');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs mutt on a mailbox, on a terminal of its own, with these keys. */
async function mutt(mailbox: string, keys: string): Promise<void> {
  const settings = [
    'mbox_type=Maildir',
    'confirmappend=no',
    'confirmcreate=no',
    'delete=yes',
    'move=no',
    'wait_key=no',
  ];
  // Without a folder that is there mutt would first ask whether to make one.
  const more = ['sleep_time=0', 'beep=no', `folder=${folder}`];
  const lines = [...settings, ...more].map((setting) => `set ${setting}`);
  writeFileSync(join(folder, 'muttrc'), [...lines, `push "${keys}"`, ''].join('\n'));
  const command = `'${program('mutt')}' -n -F '${join(folder, 'muttrc')}' -f '${mailbox}'`;
  const running = spawn(program('script'), ['-qec', command, '/dev/null'], {
    // The pipe stays open: at the end of its input mutt would leave at once.
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, TERM: 'xterm', HOME: folder },
  });
  const timer = setTimeout(() => running.kill('SIGKILL'), 20_000);
  const code = await new Promise((resolve) => running.on('close', resolve));
  clearTimeout(timer);
  expect(code).toBe(0);
}

const bodies = (path: string): string[] =>
  ['new', 'cur']
    .flatMap((sub) =>
      readdirSync(join(path, sub)).map((name) => readFileSync(join(path, sub, name), 'latin1')),
    )
    .map((text) => text.replace(/^[^]*?\r?\n\r?\n/, ''))
    .sort();

describePeers(['mutt', 'script'], 'mutt on the same Maildir', () => {
  test('reads every message, deletes, moves into a folder of its own, and we see it', async () => {
    const store = createMailStore({
      folder: join(folder, 'mail'),
      settings: defaultStoreSettings,
      log: silentLog,
    });
    const anna = await store.open('anna@example.org');
    const message = (n: number): Buffer =>
      Buffer.from(
        `From: a@b.example\r\nSubject: number ${n}\r\nMessage-ID: <${n}@x>\r\n\r\nbody ${n}\r\nFrom me\r\n.\r\n`,
      );
    for (let n = 0; n < 20; n++) {
      await anna.deliver(n % 2 === 0 ? 'INBOX' : 'Entwürfe', [message(n)], {
        create: true,
        flags: n < 4 ? ['\\Seen'] : [],
      });
    }
    const even = Array.from({ length: 10 }, (_, n) => `body ${n * 2}\r\nFrom me\r\n.\r\n`).sort();
    const copy = join(folder, 'copy');
    await mutt(maildir, `<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>${copy}<enter><exit>`);
    expect(bodies(copy)).toEqual(even);
    expect(bodies(maildir)).toEqual(even);

    // The name on the disk is the one other servers use, and flags are where mutt looks for them.
    const seen = join(folder, 'seen');
    const drafts = join(maildir, '.Entw&APw-rfe');
    await mutt(drafts, `<tag-pattern>~R<enter><tag-prefix><copy-message><kill-line>${seen}<enter><exit>`);
    expect(bodies(seen)).toEqual(['body 1\r\nFrom me\r\n.\r\n', 'body 3\r\nFrom me\r\n.\r\n']);

    const moved = join(maildir, '.Moved');
    await mutt(
      maildir,
      `<tag-pattern>~s 'number 8'<enter><tag-prefix><save-message><kill-line>${moved}<enter><quit>`,
    );
    expect(bodies(moved)).toEqual(['body 8\r\nFrom me\r\n.\r\n']);
    expect(bodies(maildir)).toEqual(even.filter((text) => !text.startsWith('body 8')));
    expect(await anna.mailboxes()).toEqual(['INBOX', 'Entwürfe', 'Moved']);
    await anna.deliver('Moved', [message(30)]);
    expect(bodies(moved).length).toBe(2);
  });
});
