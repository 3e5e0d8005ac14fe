import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ImapClient } from '../support/imap-client.ts';
import { describePeers } from '../support/peers.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'tamis-demo-'));
let running: ChildProcess;
let text = '';

/** Runs a line that was printed as a person does who copies it. */
function typed(line: RegExp, change = (command: string): string => command): string {
  const command = line.exec(text)?.[1];
  if (command === undefined) throw new Error(`no line like ${String(line)} in\n${text}`);
  const { status, stdout, stderr } = spawnSync('sh', ['-c', change(command)], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect({ command, status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

describePeers(['curl'], 'npm start', () => {
  beforeAll(async () => {
    running = spawn(join(ROOT, 'bin/tamis'), ['serve', '--demo', '--data', folder], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      running.once('close', () => reject(new Error(text)));
      running.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        if (text.includes('Ctrl-C')) resolve();
      });
    });
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => {
      running.once('close', resolve);
    });
    running.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('prints lines that do what they say', async () => {
    const [, password = ''] = /account +demo@tamis\.test, password (\S+)/.exec(text) ?? [];
    expect(typed(/^Send a message: +(.*)$/m)).toMatch(/^250 /);
    expect(typed(/^and look at it: +(.*\/new\/\*)$/m)).toContain('Delivered-To: demo@tamis.test');
    expect(typed(/^Spam goes to Junk: +(.*)$/m)).toMatch(/^250 /);
    expect(typed(/^and look at it: +(.*\.Junk\/new\/\*)$/m)).toContain('X-Spam-Flag: YES');
    const withPassword = (command: string): string =>
      command.replace('--user demo@tamis.test', `-sS --user demo@tamis.test:${password}`);
    expect(typed(/^or the first one: +(curl .*)$/m, withPassword)).toContain('Delivered-To: demo@tamis.test');

    const friend = /password: (\S+)/.exec(typed(/^Share a folder: +(.*)$/m))?.[1] ?? '';
    typed(/^ +(bin\/tamis acl set .*)$/m);
    const port = Number(/IMAP +127\.0\.0\.1:(\d+), 127\.0\.0\.1:\d+ \(STARTTLS, TLS\)/.exec(text)?.[1]);
    const client = await (await ImapClient.connect(port)).greeted();
    await client.startTls();
    await client.ok(`LOGIN friend@tamis.test ${friend}`);
    expect(
      (await client.ok('STATUS "Other Users/demo@tamis.test/INBOX" (MESSAGES)')).untagged.join(),
    ).toContain('MESSAGES 1');
    client.destroy();
  });
});
