import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { SieveClient, SieveReply } from '../../../../test/support/managesieve-client.ts';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../../../../test/support/managesieve-rig.ts';
import { describePeers, program } from '../../../../test/support/peers.ts';
import { ScramClient } from '../../../../test/support/scram-client.ts';

const rig = new ManageSieveRig();
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const PLAIN = base64(`\0${ANNA}\0${SECRET}`);

/** Sends the response in each of the forms clients use. */
const forms: [string, (client: SieveClient) => Promise<SieveReply>][] = [
  ['quoted', (client) => client.command(`AUTHENTICATE "PLAIN" "${PLAIN}"`)],
  ['literal', (client) => client.command(`AUTHENTICATE "PLAIN" {${PLAIN.length}+}\r\n${PLAIN}`)],
  ['old literal', (client) => client.command(`AUTHENTICATE {5}\r\nPLAIN {${PLAIN.length}}\r\n${PLAIN}`)],
  [
    'second line',
    async (client) => {
      client.send('AUTHENTICATE "PLAIN"\r\n');
      expect((await client.line()).text).toBe('""');
      return client.command(`{${PLAIN.length}+}\r\n${PLAIN}`);
    },
  ],
];

test.each(forms)('PLAIN, response as %s; nothing follows the OK', async (_, send) => {
  await rig.start();
  const client = await rig.client();
  expect(await send(client)).toMatchObject({ status: 'OK', lines: [], raw: 'OK "Logged in"\r\n' });
  expect((await client.command('LISTSCRIPTS')).status).toBe('OK');
});

test('an alias logs in, a wrong password does not, and says no more than that', async () => {
  await rig.start();
  const client = await rig.client();
  const wrong = await client.plain(ANNA, 'wrong');
  expect(wrong.raw).toBe('NO "Wrong user name or password"\r\n');
  expect((await client.plain('nobody@example.org', SECRET)).raw).toBe(wrong.raw);
  expect((await client.plain('info@example.org', SECRET)).status).toBe('OK');
  expect((await client.command('CAPABILITY')).lines).toContain(`"OWNER" "${ANNA}"`);
});

test('another account only for those who may', async () => {
  await rig.start({ logins: { proxyUsers: [ANNA] } });
  await rig.accounts.add('ben@example.org', 'battery staple');
  const client = await rig.client();
  expect((await client.plain('ben@example.org', 'battery staple', ANNA)).text).toContain('may not');
  expect((await client.plain(ANNA, SECRET, 'ben@example.org')).status).toBe('OK');
  expect((await client.command('CAPABILITY')).lines).toContain('"OWNER" "ben@example.org"');
});

test('LOGIN', async () => {
  await rig.start();
  const client = await rig.client();
  client.send('AUTHENTICATE "LOGIN"\r\n');
  expect((await client.line()).text).toBe(`"${base64('Username:')}"`);
  client.send(`"${base64(ANNA)}"\r\n`);
  expect((await client.line()).text).toBe(`"${base64('Password:')}"`);
  expect((await client.command(`{${base64(SECRET).length}+}\r\n${base64(SECRET)}`)).status).toBe('OK');
});

async function scram(client: SieveClient, name: string, scramClient: ScramClient): Promise<SieveReply> {
  client.send(`AUTHENTICATE "${name}" "${base64(scramClient.first())}"\r\n`);
  const { text } = await client.line();
  if (!text.startsWith('"')) return { status: 'NO', code: '', text, lines: [], raw: text };
  const final = base64(await scramClient.final(Buffer.from(text.slice(1, -1), 'base64')));
  return client.command(`{${final.length}+}\r\n${final}`);
}

test('SCRAM: the server proves itself with the OK', async () => {
  await rig.start();
  for (const [name, hash] of [
    ['SCRAM-SHA-1', 'sha1'],
    ['SCRAM-SHA-256', 'sha256'],
  ] as const) {
    const client = await rig.client();
    const mine = new ScramClient(hash, ANNA, SECRET);
    const answer = await scram(client, name, mine);
    expect(answer).toMatchObject({ status: 'OK', code: `SASL "${base64(mine.verifier)}"` });
    const other = await rig.client();
    expect((await scram(other, name, new ScramClient(hash, ANNA, 'wrong'))).status).toBe('NO');
    expect((await scram(other, name, new ScramClient(hash, 'nobody@example.org', SECRET))).status).toBe('NO');
  }
});

test('an account without keys fails like a wrong password', async () => {
  await rig.start({ scramIterations: 0 });
  const client = await rig.client();
  expect((await scram(client, 'SCRAM-SHA-256', new ScramClient('sha256', ANNA, SECRET))).raw).toBe(
    'NO "Wrong user name or password"\r\n',
  );
  expect((await client.plain(ANNA, SECRET)).status).toBe('OK');
});

test.each(['TLSv1.3', 'TLSv1.2'] as const)('SCRAM-SHA-256-PLUS over %s', async (version) => {
  const tls = await testIdentity();
  await rig.start({ server: { tls } });
  const bind = async (data?: Buffer): Promise<SieveReply> => {
    const client = await rig.client();
    await client.startTls({ maxVersion: version });
    const socket = client.socket as TLSSocket;
    const [header, binding] =
      version === 'TLSv1.3'
        ? ['p=tls-exporter,,', socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))]
        : [
            'p=tls-server-end-point,,',
            createHash('sha256').update(new X509Certificate(tls.cert).raw).digest(),
          ];
    const mine = new ScramClient('sha256', ANNA, SECRET, 'n', header, data ?? binding);
    return scram(client, 'SCRAM-SHA-256-PLUS', mine);
  };
  expect((await bind()).status).toBe('OK');
  expect((await bind(Buffer.alloc(32))).text).toBe('Channel binding failed');
});

test('a client from whom the mechanisms with binding were hidden fails', async () => {
  await rig.start({ server: { tls: await testIdentity() } });
  const client = await rig.client();
  await client.startTls();
  const mine = new ScramClient('sha256', ANNA, SECRET, 'n', 'y,,');
  expect((await scram(client, 'SCRAM-SHA-256', mine)).text).toContain('Channel binding failed');
});

test('tokens', async () => {
  const tokens = {
    verify: async (token: string) => (token === 'good' ? { user: ANNA } : undefined),
  };
  await rig.start({ tokens });
  const client = await rig.client();
  expect((await client.command('CAPABILITY')).lines.join()).toContain('OAUTHBEARER XOAUTH2');
  // RFC 7628 §3.2.2: the reason, one more response, and then it has failed.
  client.send(`AUTHENTICATE "OAUTHBEARER" "${base64('n,,\x01auth=Bearer bad\x01\x01')}"\r\n`);
  expect((await client.line()).text).toBe(`"${base64('{"status":"invalid_token"}')}"`);
  expect((await client.command('"AQ=="')).status).toBe('NO');
  const good = base64(`user=${ANNA}\x01auth=Bearer good\x01\x01`);
  expect((await client.command(`AUTHENTICATE "XOAUTH2" "${good}"`)).status).toBe('OK');
});

test('a long token in a quoted string, and in a literal', async () => {
  const token = 'x'.repeat(9000);
  await rig.start({ tokens: { verify: async (text) => (text === token ? { user: ANNA } : undefined) } });
  const response = base64(`n,,\x01auth=Bearer ${token}\x01\x01`);
  const client = await rig.client();
  expect((await client.command(`AUTHENTICATE "OAUTHBEARER" "${response}"`)).status).toBe('OK');
  const other = await rig.client();
  expect(
    (await other.command(`AUTHENTICATE "OAUTHBEARER" {${response.length}+}\r\n${response}`)).status,
  ).toBe('OK');
});

test('a client cancels', async () => {
  await rig.start();
  const client = await rig.client();
  for (const cancel of ['"*"', '{1+}\r\n*']) {
    client.send('AUTHENTICATE "PLAIN"\r\n');
    await client.line();
    expect((await client.command(cancel)).raw).toBe('NO "Login was cancelled"\r\n');
  }
  client.send('AUTHENTICATE "PLAIN"\r\n');
  await client.line();
  expect((await client.command('LISTSCRIPTS')).status).toBe('NO');
  expect((await client.plain(ANNA, SECRET)).status).toBe('OK');
});

test('what is no Base64, no mechanism, or too weak', async () => {
  await rig.start();
  const client = await rig.client();
  expect((await client.command('AUTHENTICATE "PLAIN" "%%%"')).text).toContain('Base64');
  expect((await client.command('AUTHENTICATE "PLAIN" "="')).text).toContain('not what the mechanism says');
  expect((await client.command('AUTHENTICATE "GSSAPI"')).text).toBe('There is no such mechanism');
  expect((await client.command('AUTHENTICATE "DIGEST-MD5"')).code).toBe('AUTH-TOO-WEAK');
});

test('nobody logs in in clear', async () => {
  await rig.start({ server: { tls: await testIdentity() }, logins: { clearOnLoopback: false } });
  const client = await rig.client();
  expect(await client.plain(ANNA, SECRET)).toMatchObject({ status: 'NO', code: 'ENCRYPT-NEEDED' });
  expect((await client.command('LISTSCRIPTS')).status).toBe('NO');
});

test('after too many failures the connection ends', async () => {
  await rig.start({ settings: { loginAttempts: 3 } });
  const client = await rig.client();
  expect((await client.plain(ANNA, 'a')).status).toBe('NO');
  expect((await client.plain(ANNA, 'b')).status).toBe('NO');
  expect((await client.plain(ANNA, 'c')).status).toBe('BYE');
  await client.hungUp();
});

test('an address with too many failures is told to come later, whatever the password', async () => {
  await rig.start({ logins: { addressFailures: 2, exemptNetworks: [] } });
  const client = await rig.client();
  await client.plain(ANNA, 'a');
  await client.plain(ANNA, 'b');
  expect(await (await rig.client()).plain(ANNA, SECRET)).toMatchObject({ status: 'NO', code: 'TRYLATER' });
});

test('a login waits for as long as failures have earned', async () => {
  await rig.start({ logins: { freeFailures: 1, firstDelay: 300 } });
  const client = await rig.client();
  await client.plain(ANNA, 'a');
  const started = performance.now();
  expect((await client.plain(ANNA, SECRET)).status).toBe('OK');
  expect(performance.now() - started).toBeGreaterThan(250);
});

describePeers(['openssl'], 'EXTERNAL', () =>
  test('with a client certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tamis-ca-'));
    const openssl = (...args: string[]): void =>
      void execFileSync(program('openssl'), args, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const make = (name: string, signer: string, extension: string): { key: string; cert: string } => {
      writeFileSync(join(folder, `${name}.ext`), extension);
      openssl(
        'req',
        ...ec,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/O=Example/CN=${name}`,
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        `${signer}.pem`,
        '-CAkey',
        `${signer}.key`,
        '-CAcreateserial',
        '-out',
        `${name}.pem`,
        '-extfile',
        `${name}.ext`,
      );
      const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
      return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
    };
    try {
      for (const name of ['ca', 'evil'])
        openssl(
          'req',
          '-x509',
          ...ec,
          '-keyout',
          `${name}.key`,
          '-out',
          `${name}.pem`,
          '-subj',
          `/CN=${name}`,
        );
      const authorities = readFileSync(join(folder, 'ca.pem'), 'utf8');
      await rig.start({
        server: { tls: await testIdentity(), authorities },
        logins: { certificates: { authorities, subjects: [{ subject: 'O=Example,CN=ben', account: ANNA }] } },
      });
      const login = async (certificate: object): Promise<SieveReply> => {
        const client = await rig.client();
        await client.startTls(certificate);
        return client.command('AUTHENTICATE "EXTERNAL" ""');
      };
      expect((await login(make('anna', 'ca', `subjectAltName=email:${ANNA}`))).status).toBe('OK');
      expect((await login(make('ben', 'ca', 'subjectAltName=DNS:x.example'))).status).toBe('OK');
      expect((await login(make('eve', 'ca', 'subjectAltName=DNS:anna@example.org'))).text).toContain('Wrong');
      expect((await login(make('anna', 'evil', `subjectAltName=email:${ANNA}`))).text).toBe(
        'There is no such mechanism',
      );
      expect((await login({})).text).toBe('There is no such mechanism');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }),
);
