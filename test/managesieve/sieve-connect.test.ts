import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SieveClient } from '../support/managesieve-client.ts';
import { describePeers, program } from '../support/peers.ts';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const USER = 'demo@tamis.test';
const PASSWORD = 'correct horse battery';

const CONFIG = `hostname: mx.tamis.test
policy: {domains: [tamis.test]}
servers:
  lmtp: {listen: ['127.0.0.1:0'], scan: false}
  managesieve: {listen: ['127.0.0.1:0']}
  http: {listen: []}
`;

const server = new TamisServer();

interface Ran {
  code: number;
  output: string;
}

/** Runs the program with our address, login and these arguments. */
function sieveConnect(...args: string[]): Promise<Ran> {
  const fixed = ['--server', '127.0.0.1', '--port', String(server.port('managesieve')), '--user', USER];
  return new Promise((resolve) => {
    const child = execFile(
      program('sieve-connect'),
      [...fixed, '--notlsverify', '--nosrv', '--passwordfd', '0', ...args],
      { timeout: 30_000 },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: `${stdout}${stderr}` }),
    );
    child.stdin?.end(`${PASSWORD}\n`);
  });
}

async function upload(name: string, source: string): Promise<Ran> {
  server.write(`${name}.sieve`, source);
  return sieveConnect(
    '--localsieve',
    join(server.folder, `${name}.sieve`),
    '--remotesieve',
    name,
    '--upload',
  );
}

/** The mail in a mailbox. */
async function mailbox(folder: string): Promise<string[]> {
  const path = join(server.data, 'mail', USER, 'Maildir', folder, 'new');
  const names = await readdir(path).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
}

async function deliver(subject: string): Promise<void> {
  const talk = await SmtpTalk.connect(server.port('lmtp'));
  await talk.reply();
  await talk.command('LHLO mta.example');
  const message = `From: a@example.org\r\nTo: ${USER}\r\nSubject: ${subject}\r\n\r\nbody\r\n`;
  const answer = await talk.mail('a@example.org', [USER], message);
  expect(answer.code).toBe(250);
  await talk.quit();
}

describePeers(['sieve-connect'], 'sieve-connect', () => {
  beforeAll(async () => {
    server.configure(CONFIG);
    await tamis(['user', 'add', USER, '--password-stdin', '--config', server.configFile], `${PASSWORD}\n`);
    await server.start();
  });
  afterAll(() => server.dispose());

  it('uploads, lists, downloads', async () => {
    const source = 'require "fileinto";\nfileinto "First";\n';
    expect(await upload('first', source)).toEqual({ code: 0, output: '' });
    expect(await sieveConnect('--list')).toEqual({ code: 0, output: '"first"\n' });
    const copy = join(server.folder, 'copy.sieve');
    expect((await sieveConnect('--remotesieve', 'first', '--localsieve', copy, '--download')).code).toBe(0);
    expect(await readFile(copy, 'utf8')).toBe(source);
  });

  it('is told the errors of a script, and checks one without keeping it', async () => {
    const bad = await upload('bad', 'keep;\nfoo;\n');
    expect(bad.code).toBe(1);
    expect(bad.output).toContain('bad: line 2: error: ');
    const file = join(server.folder, 'bad.sieve');
    const checked = await sieveConnect('--localsieve', file, '--checkscript');
    expect(checked.code).toBe(1);
    expect(checked.output).toContain('script: line 2: error: ');
    expect((await sieveConnect('--list')).output).toBe('"first"\n');
  });

  it('takes a script with warnings for a success', async () => {
    expect((await upload('warned', 'require "copy";\nkeep;\n')).code).toBe(0);
    expect((await sieveConnect('--list')).output).toContain('"warned"');
  });

  it('activates; the next mail by LMTP is filed by that script', async () => {
    await deliver('before');
    expect((await sieveConnect('--remotesieve', 'first', '--activate')).code).toBe(0);
    expect((await sieveConnect('--list')).output).toContain('"first" ACTIVE');
    expect(await readlink(join(server.data, 'sieve', USER, 'active.sieve'))).toBe('scripts/first.sieve');
    await deliver('by the first');
    expect((await mailbox('.First')).join()).toContain('Subject: by the first');
    await upload('first', 'require "fileinto";\nfileinto "Changed";\n');
    await deliver('by the changed');
    expect((await mailbox('.Changed')).join()).toContain('Subject: by the changed');
    await upload('second', 'require "fileinto";\nfileinto "Second";\n');
    await sieveConnect('--remotesieve', 'second', '--activate');
    await deliver('by the second');
    expect((await mailbox('.Second')).join()).toContain('Subject: by the second');
    expect((await mailbox('')).join()).toContain('Subject: before');
  });

  // sieve-connect has no command for it.
  it('finds the active script under its new name', async () => {
    const client = await SieveClient.connect(server.port('managesieve'));
    await client.reply();
    await client.startTls();
    expect((await client.plain(USER, PASSWORD)).status).toBe('OK');
    expect((await client.command('RENAMESCRIPT "second" "third"')).status).toBe('OK');
    client.destroy();
    expect((await sieveConnect('--list')).output).toContain('"third" ACTIVE');
    await deliver('by the third');
    expect(await mailbox('.Second')).toHaveLength(2);
  });

  it('cannot delete the active script, and deletes others', async () => {
    expect((await sieveConnect('--remotesieve', 'third', '--delete')).output).toContain('ACTIVE');
    expect((await sieveConnect('--deactivate')).code).toBe(0);
    expect((await sieveConnect('--remotesieve', 'third', '--delete')).code).toBe(0);
    expect(existsSync(join(server.data, 'sieve', USER, 'scripts/third.sieve'))).toBe(false);
    await deliver('by none');
    expect((await mailbox('')).join()).toContain('Subject: by none');
  });

  it('uploads scripts that include each other, as programs with several active scripts do', async () => {
    await upload('Büro', 'require "fileinto";\nfileinto "Office";\n');
    expect((await upload('USER', 'require "include";\ninclude :personal "Büro";\n')).code).toBe(0);
    await sieveConnect('--remotesieve', 'USER', '--activate');
    await deliver('by an included one');
    expect((await mailbox('.Office')).join()).toContain('Subject: by an included one');
  });

  it('does not get in with another password', async () => {
    const from = server.log.length;
    const wrong = await new Promise<string>((resolve) => {
      const args = ['--server', '127.0.0.1', '--port', String(server.port('managesieve')), '--user', USER];
      const child = execFile(
        program('sieve-connect'),
        [...args, '--notlsverify', '--nosrv', '--passwordfd', '0', '--list'],
        { timeout: 30_000 },
        (_error, stdout, stderr) => resolve(`${stdout}${stderr}`),
      );
      child.stdin?.end('wrong\n');
    });
    expect(wrong).toContain('Wrong user name or password');
    const line = await server.waitFor(({ msg }) => msg === 'login failed', from);
    expect(line).toMatchObject({ user: USER, reason: 'credentials', client: '127.0.0.1' });
    expect(JSON.stringify(server.log)).not.toContain(PASSWORD);
  });
});
