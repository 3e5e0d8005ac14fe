import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ImapClient } from '../support/imap-client.ts';
import { SieveClient } from '../support/managesieve-client.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const USER = 'demo@tamis.test';
const SECRET = 'correct horse battery';

/** All of it in a daemon: scripts by ManageSieve, annotations and events by IMAP, programs, mail that is sent on. */
describe('scripts on events of IMAP in tamis serve', () => {
  const server = new TamisServer();
  let client: ImapClient;
  let sieve: SieveClient;

  beforeAll(async () => {
    mkdirSync(join(server.folder, 'programs'));
    const program = join(server.folder, 'programs/report');
    writeFileSync(program, `#!/bin/sh\ncat > "${server.folder}/reported.$1"\n`);
    chmodSync(program, 0o755);
    mkdirSync(join(server.folder, 'rules'));
    server.write(
      'rules/report.sieve',
      'require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment", "variables"];\n' +
        'if environment :matches "imap.cause" "*" { pipe :copy "report" ["${1}"]; }',
    );
    server.configure(`hostname: mx.tamis.test
policy: { domains: [tamis.test], logins: { clear_on_loopback: true } }
filter: { model: { enabled: false }, pool: { workers: 1 } }
sieve:
  programs: { folder: programs, pipe: [report] }
  imap: { folder: rules, rules: [{ mailbox: Junk, causes: [COPY], before: [report] }] }
servers:
  http: { listen: [] }
  imap: { listen: ['127.0.0.1:0'] }
  managesieve: { listen: ['127.0.0.1:0'] }
`);
    await tamis(['user', 'add', USER, '--password-stdin', '--config', server.configFile], `${SECRET}\n`);
    await server.start();
    sieve = await SieveClient.connect(server.port('managesieve'));
    await sieve.reply();
    const plain = Buffer.from(`\0${USER}\0${SECRET}`).toString('base64');
    expect((await sieve.command(`AUTHENTICATE "PLAIN" "${plain}"`)).status).toBe('OK');
    client = await (await ImapClient.connect(server.port('imap'))).greeted();
    await client.ok(`LOGIN ${USER} "${SECRET}"`);
  }, 60_000);
  afterAll(async () => {
    client.destroy();
    sieve.socket.destroy();
    await server.dispose();
  });

  const append = (to: string, text: string) => client.ok(`APPEND ${to} {${text.length}}`, text);

  test('clients are told where scripts are put', async () => {
    const { untagged } = await client.ok('CAPABILITY');
    expect(untagged.join()).toContain(' IMAPSIEVE=sieve://mx.tamis.test');
    expect((await sieve.command('CAPABILITY')).lines.join()).toContain('imapsieve');
  });

  test('a script that is not the active one files a copy of what is flagged', async () => {
    const source =
      'require ["imapsieve", "environment", "imap4flags", "fileinto", "copy", "mailbox"];\n' +
      'if allof (environment :contains "imap.changedflags" "\\\\Flagged", hasflag "\\\\Flagged")\n' +
      '  { fileinto :copy :create "Important"; }\n';
    const put = await sieve.command(`PUTSCRIPT "events" {${source.length}+}\r\n${source}`);
    expect(put.raw).toMatch(/^OK/);
    await client.ok('SETMETADATA INBOX (/shared/imapsieve/script "events")');
    await append('INBOX', 'Subject: one\r\n\r\n');
    await client.ok('SELECT INBOX');
    await client.ok('STORE 1 +FLAGS (\\Seen)');
    expect((await client.command('STATUS Important (MESSAGES)')).status).toBe('NO');
    await client.ok('STORE 1 +FLAGS (\\Flagged)');
    await client.ok('STORE 1 -FLAGS (\\Flagged)');
    expect((await client.ok('STATUS Important (MESSAGES)')).untagged.join()).toContain('(MESSAGES 1)');
  });

  test('a program is told of what is moved into Junk', async () => {
    await client.ok('CREATE Junk');
    await append('Junk', 'Subject: not this\r\n\r\n');
    await append('INBOX', 'Subject: spam\r\n\r\nbody\r\n');
    await client.ok('SELECT INBOX');
    await client.ok('MOVE * Junk');
    expect(existsSync(join(server.folder, 'reported.APPEND'))).toBe(false);
    expect(readFileSync(join(server.folder, 'reported.COPY'), 'latin1')).toBe(
      'Subject: spam\r\n\r\nbody\r\n',
    );
    expect((await client.ok('STATUS Junk (MESSAGES DELETED)')).untagged.join()).toContain(
      '(MESSAGES 2 DELETED 0)',
    );
  });

  test('another configuration is in force at once, for sessions that are open', async () => {
    writeFileSync(
      server.configFile,
      readFileSync(server.configFile, 'utf8').replace('imap: { folder', 'imap: { enabled: false, folder'),
    );
    const from = server.log.length;
    server.signal('SIGHUP');
    await server.waitFor(({ msg }) => msg === 'configuration reloaded', from);
    expect((await client.ok('CAPABILITY')).untagged.join()).not.toContain('IMAPSIEVE');
    await client.ok('SELECT INBOX');
    await client.ok('STORE 1 +FLAGS (\\Flagged)');
    expect((await client.ok('STATUS Important (MESSAGES)')).untagged.join()).toContain('(MESSAGES 1)');
  });
});
