import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createOutbound } from '../../src/delivery/outbound/queue.ts';
import { defaultOutboundSettings } from '../../src/delivery/settings.ts';
import { silentLog } from '../../src/log.ts';
import { DnsError } from '../../src/net/resolver.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';
import { program } from '../support/peers.ts';

/** A file system of one megabyte, or why there is none: only root may mount, and not in every container. */
function mountSmall(): { folder: string } | { reason: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-full-'));
  try {
    execFileSync(program('mount'), ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', folder], {
      stdio: 'pipe',
    });
    return { folder };
  } catch (error) {
    rmSync(folder, { recursive: true });
    return {
      reason: error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error),
    };
  }
}

const small = mountSmall();
const name = 'a disk of one megabyte';

describe.skipIf('reason' in small)(
  'reason' in small ? `${name} (skipped: cannot mount a tmpfs: ${small.reason})` : name,
  () => {
    const folder = 'folder' in small ? small.folder : '';

    afterAll(() => {
      execFileSync(program('umount'), [folder]);
      rmSync(folder, { recursive: true });
    });

    test('the store says full, keeps what it took, leaves nothing half, and goes on when there is space', async () => {
      const store = createMailStore({
        folder: join(folder, 'mail'),
        settings: defaultStoreSettings,
        log: silentLog,
      });
      const anna = await store.open('anna@example.org');
      const body = Buffer.alloc(100_000, 'x');
      const taken: string[] = [];
      await expect(
        (async () => {
          for (;;) taken.push((await anna.deliver('INBOX', [body])).path);
        })(),
      ).rejects.toMatchObject({ reason: 'full' });
      expect(taken.length).toBeGreaterThan(4);
      const maildir = join(folder, 'mail/anna@example.org/Maildir');
      expect(readdirSync(join(maildir, 'tmp'))).toEqual([]);
      expect(readdirSync(join(maildir, 'new')).length).toBe(taken.length);
      for (const path of taken) expect(readFileSync(path).equals(body)).toBe(true);
      // Room for the message, and for what the index writes.
      for (const path of taken.slice(0, 2)) rmSync(path);
      await anna.deliver('INBOX', [body]);
      const inbox = await (await store.account('anna@example.org')).mailbox('INBOX');
      await inbox?.sync();
      expect(inbox?.status().messages).toBe(taken.length - 1);
      await store.close();
      rmSync(join(folder, 'mail'), { recursive: true });
    });

    test('the spool takes nothing it cannot keep', async () => {
      const outbound = await createOutbound({
        folder: join(folder, 'spool'),
        settings: defaultOutboundSettings,
        hostname: 'us.example',
        resolver: { resolve: (name, type) => Promise.reject(new DnsError('ENOTFOUND', name, type)) },
        log: silentLog,
      });
      const mail = { cause: 'c', sender: 'a@b', recipients: ['c@d'], kind: 'redirect' as const };
      await expect(outbound.enqueue({ ...mail, pieces: [Buffer.alloc(1_100_000)] })).rejects.toMatchObject({
        code: 'ENOSPC',
      });
      expect(readdirSync(join(folder, 'spool', 'tmp'))).toEqual([]);
      expect(readdirSync(join(folder, 'spool', 'queue'))).toEqual([]);
      await outbound.enqueue({ ...mail, pieces: [Buffer.from('small')] });
      await outbound.close();
    });
  },
);
