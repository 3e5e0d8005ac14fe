import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImapClient } from '../support/imap-client.ts';
import { ANNA, MailDaemon, PASSWORD } from '../support/mail-daemon.ts';
import { program } from '../support/peers.ts';

/** Why no file system can be mounted here: only root may, and not in every container. */
function mountFault(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-mount-'));
  try {
    execFileSync(program('mount'), ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'pipe' });
    execFileSync(program('umount'), [folder]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const fault = mountFault();
const name = 'a server started on a read-only disk';

describe.skipIf(fault !== undefined)(
  fault === undefined ? name : `${name} (skipped: cannot mount a tmpfs: ${fault})`,
  () => {
    let daemon: MailDaemon;
    let anna: ImapClient;

    beforeAll(async () => {
      daemon = new MailDaemon();
      mkdirSync(daemon.data, { mode: 0o700 });
      execFileSync(program('mount'), ['-t', 'tmpfs', '-o', 'size=64m,mode=700', 'tmpfs', daemon.data]);
      await daemon.serve();
      await daemon.deliver(ANNA, 'From: a@b.example\r\nSubject: kept\r\n\r\nHello\r\n');
      await daemon.stop();
      execFileSync(program('mount'), ['-o', 'remount,ro', daemon.data]);
      await daemon.start();
      anna = await (await ImapClient.connectTls(daemon.imapPort('TLS'))).greeted();
    }, 60_000);
    afterAll(async () => {
      anna?.socket.destroy();
      await daemon.stop('SIGKILL');
      execFileSync(program('umount'), [daemon.data]);
      await daemon.dispose();
    });

    test('says so when it starts', () => {
      const warnings = daemon.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
      expect(warnings.filter((text) => text.includes('read-only'))).toHaveLength(2);
      expect(daemon.log.filter(({ level }) => level === 'error')).toEqual([]);
    });

    test('lets users read their mail', async () => {
      await anna.ok(`LOGIN ${ANNA} "${PASSWORD}"`);
      await anna.ok('LIST "" *');
      expect((await anna.ok('SELECT INBOX')).raw).toContain('OK [READ-ONLY]');
      const { untagged } = await anna.ok('FETCH 1 (FLAGS BODY[])');
      expect(untagged.join('\n')).toContain('Subject: kept');
      await anna.ok('SEARCH TEXT hello');
      await anna.ok('EXAMINE INBOX');
    });

    test.each([
      ['COPY 1 INBOX', 'UNAVAILABLE'],
      ['CREATE New', 'UNAVAILABLE'],
      ['RENAME INBOX Other', 'UNAVAILABLE'],
      ['SUBSCRIBE INBOX', 'UNAVAILABLE'],
      ['SETMETADATA INBOX (/private/comment "x")', 'UNAVAILABLE'],
      ['APPEND INBOX {4+}\r\nx: y', 'UNAVAILABLE'],
    ])('%s is refused: %s', async (command, code) => {
      const answer = await anna.command(command);
      expect(answer.raw).toContain(`NO [${code}]`);
      expect(answer.raw).not.toContain(daemon.folder);
    });

    test('mail that comes is to come again', async () => {
      await expect(daemon.deliver(ANNA, 'Subject: later\r\n\r\n')).rejects.toThrow(/^4\d\d|4\.\d\.\d/);
    });
  },
);
