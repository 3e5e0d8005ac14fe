import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/authentication/signing/signer.ts';
import { defaultSigningSettings } from '../../src/authentication/signing/settings.ts';
import { applyHeaderEdits } from '../../src/message/edits.ts';
import { type Sink, sink } from '../delivery/sink.ts';
import { until } from '../support/mta.ts';
import { Wire } from '../smtp/wire.ts';
import { tamis, TamisServer } from '../support/tamis.ts';
import { makeKey, verifiers, zoneOf } from './verifiers.ts';

const rsa = makeKey('rsa', 's1', 'tamis.test');
const ed = makeKey('ed25519', 'e1', 'tamis.test');
/** Of somebody else, whose mail comes in. */
const foreign = makeKey('rsa', 'x', 'elsewhere.example');
const keys = [rsa, ed, foreign];

const server = new TamisServer();
let elsewhere: Sink;
let password: string;

const config = (signing: string): string => `hostname: mx.tamis.test
policy:
  domains: [tamis.test]
delivery: { outbound: { relay: '127.0.0.1:${elsewhere.port}', relay_tls: none } }
servers: { http: { listen: [] }, smtp: { listen: ['127.0.0.1:0'], greeting_delay: 0ms }, lmtp: { listen: ['127.0.0.1:0'], scan: false } }
dns: { zone: zone.yaml }
${signing}
arc: { seal: { domain: tamis.test, selector: s1, file: s1.pem } }
`;
const SIGNING = `signing:
  keys:
    - { domain: tamis.test, selector: s1, file: s1.pem }
    - { domain: tamis.test, selector: e1, file: e1.pem }
`;

async function session(): Promise<Wire> {
  const wire = await Wire.greeted({ host: '127.0.0.1', port: server.port('smtp') });
  await wire.command('EHLO client.tamis.test');
  return wire;
}

async function send(wire: Wire, from: string, to: string, message: string): Promise<void> {
  expect((await wire.envelope(from, to)).at(-1)).toMatch(/^354/);
  expect(await wire.command(`${message.replace(/^\./gm, '..')}\r\n.`)).toMatch(/^250/);
}

async function loggedIn(): Promise<Wire> {
  const wire = await session();
  await wire.command('STARTTLS');
  await wire.startTls();
  await wire.command('EHLO client.tamis.test');
  const token = Buffer.from(`\0anna@tamis.test\0${password}`).toString('base64');
  expect(await wire.command(`AUTH PLAIN ${token}`)).toMatch(/^235/);
  return wire;
}

const mailOf = (from: string, subject: string, more = ''): string =>
  `${more}From: ${from}\r\nTo: carl@elsewhere.example\r\nSubject: ${subject}\r\n` +
  'Date: Mon, 1 Jun 2026 00:00:00 +0000\r\nMessage-ID: <1@tamis.test>\r\n\r\nHello \r\n..\r\n\r\n';

async function arrived(subject: string): Promise<Buffer> {
  return until(() => {
    const found = elsewhere.mails.find(({ raw }) => raw.includes(subject));
    return found === undefined ? undefined : found.raw;
  }, `"${subject}" arrives`);
}

beforeAll(async () => {
  elsewhere = await sink();
  for (const key of [rsa, ed]) {
    server.write(`${key.selector}.pem`, key.pem);
    chmodSync(join(server.folder, `${key.selector}.pem`), 0o600);
  }
  server.write('zone.yaml', stringify(zoneOf(keys)));
  server.configure(config(SIGNING));
  for (const [user, alias] of [
    ['anna', 'news'],
    ['bert', 'info'],
  ]) {
    const added = await tamis([
      'user',
      'add',
      `${user}@tamis.test`,
      '--alias',
      `${alias}@tamis.test`,
      '--config',
      server.configFile,
    ]);
    if (user === 'anna') password = /password: (\S+)/.exec(added.stdout)?.[1] ?? '';
  }
  await server.start();
});
afterAll(async () => {
  await server.dispose();
  await elsewhere.close();
});

describe('mail that leaves', () => {
  it('is signed with all keys when its author logged in, and verifies after our own fields were added', async () => {
    const talk = await loggedIn();
    await send(
      talk,
      'anna@tamis.test',
      'carl@elsewhere.example',
      mailOf('Anna <anna@tamis.test>', 'signed-1'),
    );
    await send(talk, 'anna@tamis.test', 'carl@elsewhere.example', mailOf('news+x@tamis.test', 'signed-2'));
    for (const subject of ['signed-1', 'signed-2']) {
      const raw = await arrived(subject);
      expect(raw.toString('latin1')).toMatch(/^Received: /);
      expect(raw.toString('latin1')).toContain('Authentication-Results: mx.tamis.test');
      for (const verify of [verifiers.mailauth, verifiers.tamis])
        expect((await verify([raw], keys))[0]?.dkim, subject).toEqual(['pass', 'pass']);
    }
    const line = server.log.find(({ msg }) => msg === 'signed');
    expect(line).toMatchObject({
      author: 'tamis.test',
      signatures: [{ selector: 's1' }, { selector: 'e1' }],
    });
    talk.destroy();
  });

  it('is not signed with the name of somebody else', async () => {
    const talk = await loggedIn();
    await send(talk, 'anna@tamis.test', 'carl@elsewhere.example', mailOf('bert@tamis.test', 'other-1'));
    await send(talk, 'anna@tamis.test', 'carl@elsewhere.example', mailOf('anna@else.example', 'other-2'));
    for (const subject of ['other-1', 'other-2'])
      expect((await arrived(subject)).toString('latin1')).not.toContain('DKIM-Signature');
    const reasons = server.log.filter(({ msg }) => msg === 'not signed').map(({ reason }) => reason);
    expect(reasons).toEqual(['sender-not-allowed', 'no-key']);
    talk.destroy();
  });

  it('is not signed when it comes in from a stranger who claims to be us', async () => {
    const script = 'require "copy"; redirect :copy "carl@elsewhere.example";';
    await activate('bert@tamis.test', script);
    const talk = await session();
    await send(talk, 'x@elsewhere.example', 'bert@tamis.test', mailOf('anna@tamis.test', 'forged-1'));
    expect((await arrived('forged-1')).toString('latin1')).not.toContain('DKIM-Signature');
    talk.destroy();
  });
});

/** Puts a script where the server reads the active one of an account. */
async function activate(account: string, script: string): Promise<void> {
  const { createScriptStore } = await import('../../src/store/script-store.ts');
  const { defaultStoreSettings } = await import('../../src/store/settings.ts');
  const store = createScriptStore({ folder: join(server.data, 'sieve'), settings: defaultStoreSettings });
  await store.put(account, 'main', Buffer.from(script));
  await store.setActive(account, 'main');
}

describe('mail that is sent on', () => {
  it('is sealed, and what it came with still verifies', async () => {
    await activate('bert@tamis.test', 'redirect "carl@elsewhere.example";');
    const raw = Buffer.from(mailOf('dora@elsewhere.example', 'redirect-1'));
    const signer = createSigner({
      settings: defaultSigningSettings,
      keys: { dkim: [foreign], arc: foreign },
    });
    const { edits } = signer.sign({
      raw,
      edits: [],
      dkim: { senders: { any: true } },
      seal: { results: 'list.elsewhere.example; spf=pass', chain: 'none' },
      now: Date.now(),
    });
    const sealedOnce = Buffer.concat(applyHeaderEdits(raw, edits)).toString('latin1');
    const talk = await session();
    await send(talk, 'dora@elsewhere.example', 'bert@tamis.test', sealedOnce);
    const got = await arrived('redirect-1');
    const text = got.toString('latin1');
    expect(text).toMatch(/^ARC-Seal: i=2; a=rsa-sha256; t=\d+; cv=pass; d=tamis\.test;/m);
    expect(text).toMatch(/^ARC-Authentication-Results: i=2; mx\.tamis\.test;(?:.*\r\n\t)*.*arc=pass/m);
    for (const verify of [verifiers.mailauth, verifiers.tamis])
      expect((await verify([got], keys))[0]).toEqual({ dkim: ['pass'], arc: 'pass' });
    talk.destroy();
  });

  it('is sealed as broken when it came with a broken chain', async () => {
    const raw = Buffer.from(mailOf('dora@elsewhere.example', 'redirect-2'));
    const signer = createSigner({ settings: defaultSigningSettings, keys: { dkim: [], arc: foreign } });
    const { edits } = signer.sign({
      raw,
      edits: [],
      seal: { results: 'a.example; spf=none', chain: 'none' },
      now: Date.now(),
    });
    const broken = Buffer.concat(applyHeaderEdits(raw, edits)).toString('latin1').replace('Hello', 'Hullo');
    const talk = await session();
    await send(talk, 'dora@elsewhere.example', 'bert@tamis.test', broken);
    expect((await arrived('redirect-2')).toString('latin1')).toMatch(/^ARC-Seal: i=2; .*cv=fail/m);
    talk.destroy();
  });

  it('is sealed with what our milter wrote, where LMTP brings it', async () => {
    const results =
      'Authentication-Results: mx.tamis.test;\r\n\tspf=pass smtp.mailfrom=elsewhere.example\r\n';
    const wire = await Wire.greeted({ host: '127.0.0.1', port: server.port('lmtp') });
    await wire.command('LHLO mta.tamis.test');
    for (const [subject, before] of [
      ['lmtp-1', results],
      ['lmtp-2', ''],
    ] as const)
      await send(
        wire,
        'dora@elsewhere.example',
        'bert@tamis.test',
        mailOf('dora@elsewhere.example', subject, before),
      );
    const got = await arrived('lmtp-1');
    expect(got.toString('latin1')).toContain('ARC-Authentication-Results: i=1; mx.tamis.test;\r\n\tspf=pass');
    expect((await verifiers.mailauth([got], keys))[0]?.arc).toBe('pass');
    expect((await arrived('lmtp-2')).toString('latin1')).not.toContain('ARC-Seal');
    wire.destroy();
  });

  it('has replies signed as their owner, and as nobody else', async () => {
    const talk = await session();
    const vacation = (from: string, subject: string): string =>
      `require "vacation"; vacation :from "${from}" :subject "${subject}" :handle "${subject}" "Away.";`;
    await activate('bert@tamis.test', vacation('info@tamis.test', 'away-1'));
    const to = 'To: bert@tamis.test, info@tamis.test\r\n';
    const mail = mailOf('dora@elsewhere.example', 'holiday').replace(/^To: .*\r\n/m, to);
    await send(talk, 'dora@elsewhere.example', 'bert@tamis.test', mail);
    const own = await arrived('away-1');
    expect((await verifiers.mailauth([own], keys))[0]?.dkim).toEqual(['pass', 'pass']);
    await activate('bert@tamis.test', vacation('anna@tamis.test', 'away-2'));
    await send(talk, 'emil@elsewhere.example', 'bert@tamis.test', mail.replace('dora@', 'emil@'));
    expect((await arrived('away-2')).toString('latin1')).not.toContain('DKIM-Signature');
    talk.destroy();
  });
});

describe('keys', () => {
  it('that are broken leave the old ones in force at a reload', async () => {
    const from = server.log.length;
    const file = join(server.folder, 'e1.pem');
    writeFileSync(file, 'not a key!');
    chmodSync(join(server.folder, 's1.pem'), 0o644);
    server.signal('SIGHUP');
    await server.waitFor(({ msg }) => msg === 'configuration not reloaded', from);
    await until(() => (server.log.slice(from).length >= 3 ? true : undefined), 'every fault is told');
    const faults = server.log
      .slice(from)
      .map(({ fault }) => String(fault))
      .join('\n');
    expect(faults).toMatch(/signing\.keys\.0\.file: others than its owner may use .*chmod 600/);
    expect(faults).toMatch(/signing\.keys\.1\.file: .*e1\.pem holds no private key/);
    expect(faults).toMatch(/arc\.seal\.file: others/);
    expect(JSON.stringify(server.log)).not.toContain('PRIVATE KEY');
    const talk = await loggedIn();
    await send(talk, 'anna@tamis.test', 'carl@elsewhere.example', mailOf('anna@tamis.test', 'kept-1'));
    expect((await verifiers.mailauth([await arrived('kept-1')], keys))[0]?.dkim).toEqual(['pass', 'pass']);
    talk.destroy();
    writeFileSync(file, ed.pem);
    chmodSync(join(server.folder, 's1.pem'), 0o600);
  });

  it('are changed by a reload', async () => {
    const from = server.log.length;
    server.configure(config('signing: { keys: [{ domain: tamis.test, selector: e1, file: e1.pem }] }'));
    server.signal('SIGHUP');
    await server.waitFor(({ msg }) => msg === 'configuration reloaded', from);
    const talk = await loggedIn();
    await send(talk, 'anna@tamis.test', 'carl@elsewhere.example', mailOf('anna@tamis.test', 'changed-1'));
    expect((await arrived('changed-1')).toString('latin1').match(/^DKIM-Signature:/gm)).toHaveLength(1);
    talk.destroy();
  });
});

describe('tamis dkim', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-dkim-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'new.pem');
  const configFile = join(folder, 'tamis.yaml');
  const write = (zone: object, keyList: string): void => {
    writeFileSync(join(folder, 'zone.yaml'), stringify(zone));
    writeFileSync(configFile, `dns: { zone: zone.yaml }\nsigning: { keys: [${keyList}] }\n`);
  };

  it.each(['rsa', 'ed25519'])(
    'keygen makes an %s key for its owner alone, and never over another',
    async (type) => {
      const args = [
        'dkim',
        'keygen',
        '--domain',
        'Example.ORG',
        '--selector',
        `k${type}`,
        '--type',
        type,
        '--out',
        `${file}.${type}`,
      ];
      const made = await tamis(args);
      expect(made.code).toBe(0);
      expect(made.stdout).toMatch(
        new RegExp(`^k${type}\\._domainkey\\.example\\.org\\. IN TXT \\( "v=DKIM1; k=${type}; p=`),
      );
      for (const line of made.stdout.matchAll(/"([^"]*)"/g)) expect(line[1]?.length).toBeLessThanOrEqual(255);
      expect(statSync(`${file}.${type}`).mode & 0o777).toBe(0o600);
      const before = readFileSync(`${file}.${type}`, 'utf8');
      expect(made.stdout + made.stderr).not.toContain('PRIVATE');
      expect(await tamis(args)).toMatchObject({ code: 1, stdout: '' });
      expect(readFileSync(`${file}.${type}`, 'utf8')).toBe(before);
      expect((await tamis([...args, '--force'])).code).toBe(0);
      expect(readFileSync(`${file}.${type}`, 'utf8')).not.toBe(before);
    },
  );

  it.each([
    ['--domain', 'no domain'],
    ['--selector', 'a/b'],
    ['--type', 'dsa'],
    ['--bits', '512'],
  ])('keygen refuses %s %s', async (option, value) => {
    const args = ['dkim', 'keygen', '--domain', 'example.org', '--selector', 's', '--out', join(folder, 'x')];
    expect((await tamis([...args, option, value])).code).toBe(2);
  });

  it('what dns prints, check finds', async () => {
    const one = `{ domain: example.org, selector: krsa, file: ${file}.rsa }`;
    const two = `{ domain: example.org, selector: ked25519, file: ${file}.ed25519 }`;
    write({}, `${one}, ${two}`);
    const printed = await tamis(['dkim', 'dns', '--json', '--config', configFile]);
    const records = printed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; record: string; strings: string[] });
    expect(records.map(({ name }) => name)).toEqual([
      'krsa._domainkey.example.org',
      'ked25519._domainkey.example.org',
    ]);
    const missing = await tamis(['dkim', 'check', '--config', configFile]);
    expect(missing.code).toBe(1);
    expect(missing.stdout).toMatch(/krsa\._domainkey\.example\.org +dkim +rsa 2048 +in force +missing/);
    write(
      Object.fromEntries(records.map(({ name, strings }) => [name, { TXT: [strings] }])),
      `${one}, ${two}`,
    );
    expect(await tamis(['dkim', 'check', 'example.org', '--config', configFile])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const plain = await tamis(['dkim', 'dns', '--plain', '--config', configFile]);
    expect(plain.stdout).toBe(records.map(({ name, record }) => `${name}\n${record}\n`).join(''));
    expect((await tamis(['dkim', 'check', 'other.example', '--config', configFile])).code).toBe(1);
  });
});
