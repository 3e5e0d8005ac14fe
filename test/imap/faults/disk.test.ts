import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ANNA, ImapRig, SECRET } from '../../support/imap-rig.ts';
import { program } from '../../support/peers.ts';

/** A file system of some megabytes, or why there is none: only root may mount, and not in every container. */
function mountSmall(): { folder: string } | { reason: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-imap-disk-'));
  try {
    execFileSync(program('mount'), ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', folder], {
      stdio: 'pipe',
    });
    return { folder };
  } catch (error) {
    rmSync(folder, { recursive: true });
    return { reason: error instanceof Error ? (error.message.split('\n')[1] ?? '') : String(error) };
  }
}

const small = mountSmall();
const title = 'a disk that takes nothing more';

describe.skipIf('reason' in small)(
  'reason' in small ? `${title} (skipped: cannot mount a tmpfs: ${small.reason})` : title,
  () => {
    const rig = new ImapRig();
    /** One that is started later, on the same folder. */
    const later = new ImapRig();
    const mounted = 'folder' in small ? small.folder : '';
    const message = `Subject: x\r\n\r\n${'0123456789'.repeat(2000)}\r\n`;

    afterAll(() => {
      execFileSync(program('umount'), [mounted]);
      rmSync(mounted, { recursive: true });
    });

    test('full: what is there can be read, what is refused is not there, and it goes on when there is room', {
      timeout: 60_000,
    }, async () => {
      rmSync(rig.folder, { recursive: true });
      rig.folder = join(mounted, 'full');
      await rig.start();
      const [client, other] = [await rig.selected(), await rig.selected()];
      for (let n = 0; n < 5; n++) await client.ok(`APPEND INBOX {${message.length}}`, message);
      const filler = join(mounted, 'filler');
      fill(filler);
      let accepted = 5;
      let refused = 0;
      for (let n = 0; n < 10; n++) {
        const { status, code, text } = await client.command(`APPEND INBOX {${message.length}}`, message);
        if (status === 'OK') accepted++;
        else {
          refused++;
          expect([code, text]).toEqual(['LIMIT', expect.stringMatching(/space|full/i)]);
        }
      }
      expect(refused).toBeGreaterThan(5);
      for (const command of [
        'COPY 1 INBOX',
        'STORE 1 +FLAGS (\\Flagged $New)',
        'CREATE New',
        'SUBSCRIBE INBOX',
      ]) {
        const { status, code } = await client.command(command);
        if (status !== 'OK') expect(code, command).toMatch(/^(?:LIMIT|SERVERBUG)$/);
        if (status === 'OK' && command.startsWith('COPY')) accepted++;
      }
      await other.ok('NOOP');
      // To read marks as seen, where that can be written.
      const { untagged } = await other.ok('FETCH 1:* (UID BODY[])');
      expect(untagged.filter((line) => line.includes('0123456789')).length).toBe(accepted);
      expect((await (await rig.client()).login(ANNA, SECRET)).status).toBe('OK');
      rmSync(filler);
      await client.ok(`APPEND INBOX {${message.length}}`, message);
      await client.ok('STORE 1 +FLAGS (\\Flagged $New)');
      await other.ok('NOOP');
      expect((await other.ok('SEARCH ALL')).untagged[0]?.split(' ').length).toBe(accepted + 2);
      expect((await rig.store.check(ANNA)).faults).toEqual([]);
    });

    test('full: what others did does not keep anybody from reading, and a mailbox that was refused is not there later', {
      timeout: 60_000,
    }, async () => {
      rmSync(rig.folder, { recursive: true });
      rig.folder = join(mounted, 'others');
      await rig.start();
      const client = await rig.selected();
      await client.ok('CREATE Work');
      for (const box of ['INBOX', 'Work']) await client.ok(`APPEND ${box} {${message.length}}`, message);
      // Names take room of their own in a folder.
      const maildir = join(rig.folder, 'mail', ANNA, 'Maildir');
      mkdirSync(join(maildir, '.Theirs/new'), { recursive: true });
      mkdirSync(join(maildir, '.Theirs/cur'));
      for (let n = 0; n < 100; n++) writeFileSync(join(maildir, `new/${1_700_000_000 + n}.theirs`), '');
      const filler = join(mounted, 'filler');
      fill(filler);
      let refused = 0;
      for (let n = 0; n < 5; n++) {
        const { status, code } = await client.command(`CREATE Made/${n}`);
        if (status === 'OK') continue;
        refused++;
        expect(code).toBe('LIMIT');
        fill(filler);
      }
      expect(refused).toBeGreaterThan(0);
      const reader = await rig.loggedIn();
      for (const box of ['INBOX', 'Work']) {
        await reader.ok(`SELECT ${box}`);
        expect((await reader.ok('FETCH 1 BODY.PEEK[]')).untagged.join()).toContain('0123456789');
      }
      await reader.ok('LIST "" "*" RETURN (STATUS (MESSAGES))');
      rmSync(filler);
      const names = async (): Promise<string[]> =>
        (await reader.ok('LIST "" "*"')).untagged.map((line) => line.split(' ').at(-1) ?? '').sort();
      await expect.poll(names).toContain('Theirs');
      expect((await names()).filter((name) => name.startsWith('Made/'))).toHaveLength(5 - refused);
      await reader.ok('SELECT INBOX');
      const found = async (): Promise<number | undefined> => {
        await reader.ok('NOOP');
        return (await reader.ok('SEARCH ALL')).untagged[0]?.split(' ').length;
      };
      await expect.poll(found, { timeout: 10_000 }).toBe(2 + 100);
      expect((await rig.store.check(ANNA)).faults).toEqual([]);
    });

    test('read-only: what is open can be read, nothing can be delivered, and it goes on afterwards', {
      timeout: 60_000,
    }, async () => {
      rmSync(rig.folder, { recursive: true });
      rig.folder = join(mounted, 'read-only');
      await rig.start();
      const client = await rig.selected();
      await client.ok(`APPEND INBOX {${message.length}}`, message);
      await client.ok(`APPEND INBOX {${message.length}}`, message);
      const uidValidity = (await (await rig.mail()).mailbox('INBOX'))?.uidValidity;
      rmSync(later.folder, { recursive: true });
      later.folder = rig.folder;
      const writable = readOnly(mounted);
      try {
        for (const [command, ...more] of [
          [`APPEND INBOX {${message.length}}`, message],
          ['COPY 1 INBOX'],
          ['CREATE New'],
        ] as const) {
          const { status, text } = await client.command(command, ...more);
          expect(status, command).toBe('NO');
          expect(text, command).toMatch(/the disk is read-only|It did not work, try again later/);
        }
        const { untagged } = await client.ok('FETCH 1:* (UID ENVELOPE BODY.PEEK[])');
        expect(untagged.filter((line) => line.includes('0123456789')).length).toBe(2);
        // One that starts now reads as well.
        await later.start();
        const reader = await later.selected();
        expect((await reader.ok('FETCH 1:* (UID BODY.PEEK[])')).untagged.length).toBe(2);
      } finally {
        writable();
      }
      const other = await later.client();
      await other.ok(`LOGIN ${ANNA} "${SECRET}"`);
      expect((await other.ok('SELECT INBOX')).untagged.join('\n')).toContain(`[UIDVALIDITY ${uidValidity}]`);
      await client.ok('STORE 1 +FLAGS (\\Flagged)');
      await client.ok(`APPEND INBOX {${message.length}}`, message);
      expect((await client.ok('SEARCH ALL')).untagged[0]).toBe('SEARCH 1 2 3');
      expect(readdirSync(join(rig.folder, 'mail', ANNA)).join(' ')).not.toContain('damaged');
      expect((await rig.store.check(ANNA)).faults).toEqual([]);
    });
  },
);

/** Lays the folder over itself, so that whatever is opened from now on is read-only; gives what ends that. */
function readOnly(folder: string): () => void {
  execFileSync(program('mount'), ['--bind', folder, folder]);
  execFileSync(program('mount'), ['-o', 'remount,bind,ro', folder]);
  return () => void execFileSync(program('umount'), ['-l', folder]);
}

/** Takes all the room there is. */
function fill(path: string): void {
  for (const size of [100_000, 4096])
    for (;;) {
      try {
        writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
      } catch {
        break;
      }
    }
}
