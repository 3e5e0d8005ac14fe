import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ClamdClient } from '../src/filter/clamd/client.ts';
import { defaultClamdSettings } from '../src/filter/clamd/settings.ts';
import { silentLog } from '../src/log.ts';
import { describePeers, program } from './support/peers.ts';
import { freePort } from './support/port.ts';
import { tamis } from './support/tamis.ts';

/** Octets of a stream that this clamd takes. */
const STREAM_MAX = 2 * 1024 * 1024;
/** The test file that every virus scanner knows; in two pieces, so that none takes this file for it. */
const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

const mail = (attachment: Buffer): Buffer =>
  Buffer.from(
    [
      'From: anna@example.org',
      'To: ben@example.net',
      'Subject: The file',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Here it is.',
      '--b',
      'Content-Type: application/octet-stream; name="file.com"',
      'Content-Disposition: attachment; filename="file.com"',
      'Content-Transfer-Encoding: base64',
      '',
      ...(attachment.toString('base64').match(/.{1,76}/g) ?? []),
      '--b--',
      '',
    ].join('\r\n'),
  );

describePeers(['clamd', 'sigtool'], 'a real clamd, with signatures of our own', () => {
  let folder: string;
  let clamd: ChildProcess;
  let tcp: string;
  let unix: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tamis-clamd-'));
    chmodSync(folder, 0o755);
    const database = join(folder, 'db');
    mkdirSync(database);
    writeFileSync(join(folder, 'Tamis.Eicar'), eicar);
    const hash = execFileSync(program('sigtool'), ['--md5', join(folder, 'Tamis.Eicar')], {
      encoding: 'utf8',
    });
    writeFileSync(join(database, 'ours.hdb'), hash);
    const phrase = Buffer.from('tamis test worm, harmless').toString('hex');
    writeFileSync(join(database, 'ours.ndb'), `Tamis.Phrase:0:*:${phrase}\n`);
    const port = await freePort();
    tcp = `127.0.0.1:${port}`;
    unix = `unix:${join(folder, 'clamd.ctl')}`;
    const config = join(folder, 'clamd.conf');
    writeFileSync(
      config,
      [
        'Foreground yes',
        `DatabaseDirectory ${database}`,
        `TemporaryDirectory ${folder}`,
        `LocalSocket ${join(folder, 'clamd.ctl')}`,
        'TCPAddr 127.0.0.1',
        `TCPSocket ${port}`,
        `StreamMaxLength ${STREAM_MAX}`,
        `LogFile ${join(folder, 'clamd.log')}`,
        '',
      ].join('\n'),
    );
    clamd = spawn(program('clamd'), ['--config-file', config], { stdio: 'ignore' });
    const client = new ClamdClient({ ...defaultClamdSettings, server: tcp }, silentLog);
    await vi.waitFor(async () => expect((await client.scan(mail(Buffer.from('x')))).result).toBe('clean'), {
      timeout: 60_000,
      interval: 200,
    });
  });

  afterAll(async () => {
    if (clamd.exitCode === null) {
      const ended = new Promise((resolve) => {
        clamd.once('exit', resolve);
      });
      clamd.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true });
  });

  const client = (server: string) => new ClamdClient({ ...defaultClamdSettings, server }, silentLog);

  test('finds what its signatures name, in attachments and texts, over TCP and a unix socket', async () => {
    for (const server of [tcp, unix]) {
      const asking = client(server);
      expect(await asking.scan(mail(Buffer.from(eicar)))).toMatchObject({
        result: 'found',
        detail: expect.stringContaining('Eicar') as string,
        demands: { action: 'reject' },
      });
      expect(await asking.scan(mail(Buffer.from('a tamis test worm, harmless!')))).toMatchObject({
        result: 'found',
        detail: expect.stringContaining('Tamis.Phrase') as string,
      });
      expect(await asking.scan(mail(Buffer.from('nothing of note')))).toEqual({ result: 'clean' });
    }
  });

  test('judges many messages at once', async () => {
    const asking = client(unix);
    const findings = await Promise.all(
      Array.from({ length: 40 }, (_, index) => asking.scan(mail(Buffer.from(index % 2 === 0 ? eicar : 'x')))),
    );
    expect(findings.map(({ result }) => result)).toEqual(
      findings.map((_, index) => (index % 2 === 0 ? 'found' : 'clean')),
    );
  });

  test('what is longer than it takes is let be, however it breaks off', async () => {
    for (const server of [unix, tcp, unix, tcp]) {
      const finding = await client(server).scan(Buffer.alloc(STREAM_MAX * 2, 'x'));
      expect(finding).toEqual({ result: 'skipped', detail: 'INSTREAM size limit exceeded. ERROR' });
    }
    expect(await client(unix).scan(mail(Buffer.from('x')))).toEqual({ result: 'clean' });
  });

  test('tamis scan refuses a virus, and asks to come back when clamd is gone', async () => {
    const configFile = join(folder, 'tamis.yaml');
    const scan = async (server: string, message: Buffer) => {
      writeFileSync(
        configFile,
        `hostname: mx.tamis.test\ndata: ${join(folder, 'data')}\nfilter: { clamd: { server: '${server}' }, pool: { workers: 1 } }\n`,
      );
      const { stdout, stderr } = await tamis(
        ['scan', '--json', '--config', configFile, '-'],
        message.toString('latin1'),
      );
      expect(stderr).toBe('');
      const verdict = JSON.parse(stdout) as { action: string; symbols: { symbol: string }[] };
      const names = verdict.symbols.map(({ symbol }) => symbol);
      return {
        action: verdict.action,
        symbols: names.filter((name) => name.startsWith('CLAM_')),
      };
    };
    expect(await scan(unix, mail(Buffer.from(eicar)))).toEqual({ action: 'reject', symbols: ['CLAM_VIRUS'] });
    expect((await scan(tcp, mail(Buffer.from('x')))).symbols).toEqual([]);
    expect(await scan(`127.0.0.1:${await freePort()}`, mail(Buffer.from('x')))).toEqual({
      action: 'soft reject',
      symbols: ['CLAM_VIRUS_FAIL'],
    });
  });
});
