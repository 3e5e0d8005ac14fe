import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dkimSign, type DKIMSignOptions } from 'mailauth';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sink, type Sink } from '../delivery/sink.ts';
import { until } from '../support/mta.ts';
import { describePeers } from '../support/peers.ts';
import { RedisServer } from '../support/redis.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const CLOCK = fileURLToPath(import.meta.resolve('../support/shifted-clock.ts'));
const DAY_MS = 86_400_000;
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const yesterday = new Date(today - DAY_MS).toISOString().slice(0, 10);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const published = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

const zone = `
alpha.example: { TXT: ['v=spf1 ip4:127.0.0.2 -all'] }
_dmarc.alpha.example: { TXT: ['v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@alpha.example'] }
s1._domainkey.alpha.example: { TXT: [['v=DKIM1; p=${published.slice(0, 200)}', '${published.slice(200)}']] }
beta.example: { TXT: ['v=spf1 ip4:127.0.0.2 -all'] }
_dmarc.beta.example: { TXT: ['v=DMARC1; p=none; rua=mailto:agg@collector.example'] }
beta.example._report._dmarc.collector.example: { TXT: ['v=DMARC1'] }
gamma.example: { TXT: ['v=spf1 -all'] }
_dmarc.gamma.example: { TXT: ['v=DMARC1; p=none; rua=mailto:victim@elsewhere.example'] }
_dmarc.delta.example: { TXT: ['v=DMARC1; p=none'] }
`;

function configuration(port: number, more = ''): string {
  return `hostname: mx.tamis.test
policy: { domains: [tamis.test] }
dns: { zone: zone.yaml }
authentication: { local_networks: [] }
dmarc:
  reports: { enabled: true, organization: 'Tamis, Test', email: reports@tamis.test, spread: 0s }
delivery: { outbound: { relay: '127.0.0.1:${port}', relay_tls: none } }
servers: { http: { listen: [] }, smtp: { listen: ['127.0.0.1:0'], greeting_delay: 0ms } }
${more}`;
}

/** Sends one message from an address of loopback; the reply's code. */
async function send(
  server: TamisServer,
  from: string,
  sender: string,
  address: string,
  signed = false,
): Promise<number> {
  const plain = `From: <${from}>\r\nTo: <demo@tamis.test>\r\nSubject: hello\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMessage-ID: <${Math.random()}@x>\r\n\r\nhello\r\n`;
  const raw = signed ? await sign(plain) : plain;
  const connection = new SMTPConnection({
    host: '127.0.0.1',
    port: server.port('smtp'),
    localAddress: address,
    ignoreTLS: true,
  });
  connection.connect();
  await once(connection, 'connect');
  try {
    return await new Promise((resolve) => {
      connection.send({ from: sender, to: ['demo@tamis.test'] }, raw, (error, info) =>
        resolve(error ? (error.responseCode ?? 0) : Number(info.response.slice(0, 3))),
      );
    });
  } finally {
    const ended = once(connection, 'end');
    connection.quit();
    await ended;
  }
}

async function sign(message: string): Promise<string> {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { signatures, errors } = await dkimSign(message, {
    signatureData: [{ signingDomain: 'alpha.example', selector: 's1', privateKey: key }],
    signTime: new Date(today - DAY_MS),
  } as DKIMSignOptions);
  expect(errors).toEqual([]);
  return `${signatures}${message}`;
}

/** Starts the server at this time of its own clock. */
async function startAt(server: TamisServer, time: number): Promise<void> {
  server.environment = {
    NODE_OPTIONS: `--import=${CLOCK}`,
    CLOCK_OFFSET: String(Math.round(time - Date.now())),
  };
  await server.start();
}

interface Read {
  metadata: { organization: string; reportId: string; begin: number; end: number };
  policy: { domain: string; p: string; sp?: string; discovery: string };
  records: {
    source: string;
    count: number;
    headerFrom: string;
    spf: string;
    dkim: string;
    disposition: string;
  }[];
  format: string;
  defects: string[];
}

async function readBack(folder: string): Promise<Map<string, Read>> {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const { code, stdout, stderr } = await tamis(['dmarc', 'read', '--json', ...files]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const reports = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Read);
  return new Map(reports.map((report) => [report.policy.domain, report]));
}

describe('a day of mail', () => {
  const server = new TamisServer();
  const folder = mkdtempSync(join(tmpdir(), 'tamis-reports-'));
  let elsewhere: Sink;
  beforeAll(async () => {
    elsewhere = await sink();
    server.configure(configuration(elsewhere.port));
    server.write('zone.yaml', zone);
    await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  });
  afterAll(async () => {
    await server.dispose();
    await elsewhere.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is counted, reported once to whom it concerns, and read back with the same counts', async () => {
    await startAt(server, today - 6 * 3_600_000);
    for (let at = 0; at < 3; at++) await send(server, 'a@alpha.example', 'a@alpha.example', '127.0.0.2');
    for (let at = 0; at < 2; at++) await send(server, 'a@alpha.example', 'x@elsewhere.example', '127.0.0.3');
    await send(server, 'a@alpha.example', 'x@elsewhere.example', '127.0.0.4', true);
    for (let at = 0; at < 4; at++) await send(server, 'b@sub.beta.example', 'b@beta.example', '127.0.0.2');
    await send(server, 'g@gamma.example', 'g@gamma.example', '127.0.0.2');
    await send(server, 'd@delta.example', 'd@delta.example', '127.0.0.2');
    // Nothing that comes from where our reports come from is reported.
    await send(server, 'reports@tamis.test', 'reports@tamis.test', '127.0.0.2');
    expect(await server.stop()).toBe(0);

    const shown = await tamis([
      'dmarc',
      'report',
      '--day',
      yesterday,
      '--dry-run',
      '--config',
      server.configFile,
    ]);
    expect(shown.code).toBe(0);
    expect(
      shown.stdout
        .split('\n')
        .slice(1, 4)
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      [
        'alpha.example',
        expect.stringMatching(/^\s*6$/),
        expect.anything(),
        expect.anything(),
        'ready',
        'dmarc@alpha.example',
      ],
      [
        'beta.example',
        expect.stringMatching(/^\s*4$/),
        expect.anything(),
        expect.anything(),
        'ready',
        'agg@collector.example',
      ],
      [
        'gamma.example',
        expect.stringMatching(/^\s*1$/),
        expect.anything(),
        expect.anything(),
        'nobody',
        expect.stringContaining('gamma.example._report._dmarc.elsewhere.example'),
      ],
    ]);

    await startAt(server, today + 600_000);
    await until(() => elsewhere.mails.length === 2 || undefined, 'two reports');
    await server.stop();
    await startAt(server, today + 7_200_000);
    await server.stop();
    // They are sent at the same time: either may come first.
    const to = (address: string) => elsewhere.mails.filter(({ recipients }) => recipients[0] === address);
    const sent = [...to('dmarc@alpha.example'), ...to('agg@collector.example')];
    expect(sent.map(({ recipients }) => recipients.length)).toEqual([1, 1]);
    expect(elsewhere.mails).toHaveLength(2);
    for (const [at, { raw, sender, parameters }] of sent.entries()) {
      expect(sender).toBe('reports@tamis.test');
      expect(parameters).not.toHaveProperty('BODY', '8BITMIME');
      writeFileSync(join(folder, `${at}.eml`), raw);
    }
    const text = sent[0]?.raw.toString('latin1') ?? '';
    expect(text).toContain('From: "Tamis, Test" <reports@tamis.test>\r\n');
    expect(text).toMatch(
      /\r\nSubject: Report Domain: alpha\.example\r\n Submitter: tamis\.test\r\n Report-ID: <[0-9a-f]{32}>\r\n/,
    );
    expect(text).toMatch(
      new RegExp(
        `filename="tamis\\.test!alpha\\.example!${today / 1000 - 86_400}!${today / 1000 - 1}![0-9a-f]{32}\\.xml\\.gz"`,
      ),
    );

    const reports = await readBack(folder);
    const alpha = reports.get('alpha.example');
    expect(alpha).toMatchObject({
      format: 'RFC 9990',
      defects: [],
      metadata: { organization: 'Tamis, Test', begin: today / 1000 - 86_400, end: today / 1000 - 1 },
      policy: { p: 'reject', sp: 'quarantine', discovery: 'treewalk' },
    });
    expect(alpha?.records).toHaveLength(3);
    expect(alpha?.records).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          source: '127.0.0.2',
          count: 3,
          spf: 'pass',
          dkim: 'fail',
          disposition: 'pass',
        }),
        expect.objectContaining({ source: '127.0.0.3', count: 2, spf: 'fail', dkim: 'fail' }),
        expect.objectContaining({
          source: '127.0.0.4',
          count: 1,
          spf: 'fail',
          dkim: 'pass',
          disposition: 'pass',
        }),
      ]),
    );
    expect(reports.get('beta.example')?.records).toEqual([
      expect.objectContaining({
        source: '127.0.0.2',
        count: 4,
        headerFrom: 'sub.beta.example',
        spf: 'pass',
        disposition: 'none',
      }),
    ]);
    const table = await tamis(['dmarc', 'read', ...[0, 1].map((at) => join(folder, `${at}.eml`))]);
    expect(table.stdout).toMatch(/Tamis, Test +2 +10 +8 +2 /);
  });
});

/** Domains that want reports, one a name. */
const names = Array.from({ length: 40 }, (_, at) => `d${at}.example`);
const manyZone = names
  .map((name) => `_dmarc.${name}: { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@${name}'] }\n`)
  .join('');

async function sendForEach(server: TamisServer): Promise<void> {
  for (let at = 0; at < names.length; at += 10)
    await Promise.all(
      names.slice(at, at + 10).map((name) => send(server, `a@${name}`, `a@${name}`, '127.0.0.2')),
    );
}

const reported = (mails: Sink['mails']): string[] => mails.flatMap(({ recipients }) => recipients).toSorted();
const everybody = names.map((name) => `dmarc@${name}`).toSorted();

describe('a server that is killed while it sends reports', () => {
  const server = new TamisServer();
  let elsewhere: Sink;
  beforeAll(async () => {
    elsewhere = await sink();
    server.configure(configuration(elsewhere.port));
    server.write('zone.yaml', manyZone);
    await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  });
  afterAll(async () => {
    await server.dispose();
    await elsewhere.close();
  });

  it('sends each of them exactly once', async () => {
    await startAt(server, today - 3_600_000);
    await sendForEach(server);
    await server.stop();
    const spooled = () => server.log.filter(({ msg }) => msg === 'DMARC report spooled').length;
    const perRound: number[] = [];
    for (let round = 0; round < 5; round++) {
      const before = spooled();
      const from = server.log.length;
      await startAt(server, today + 600_000);
      // What the first round leaves may be little: later ones are killed at any moment.
      if (round === 0) await server.waitFor(({ msg }) => msg === 'DMARC report spooled', from);
      else await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
      await server.stop('SIGKILL');
      perRound.push(spooled() - before);
    }
    expect(perRound[0]).toBeGreaterThan(0);
    await startAt(server, today + 600_000);
    await until(() => elsewhere.mails.length >= names.length || undefined, 'all reports');
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(reported(elsewhere.mails)).toEqual(everybody);
  });
});

describePeers(['redis-server'], 'two servers that share a Redis', () => {
  const servers = [new TamisServer(), new TamisServer()] as const;
  let redis: RedisServer;
  let elsewhere: Sink;
  beforeAll(async () => {
    redis = await RedisServer.start();
    elsewhere = await sink();
    for (const [at, server] of servers.entries()) {
      const state = `state: { driver: redis, redis: { url: '${redis.url}' } }\n`;
      server.configure(configuration(elsewhere.port, state).replace('mx.', `mx${at}.`));
      server.write('zone.yaml', manyZone);
    }
    await tamis(['user', 'add', 'demo@tamis.test', '--config', servers[0].configFile]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.dispose()));
    await elsewhere.close();
    await redis.remove();
  });

  it('count together and send each report once', async () => {
    await Promise.all(servers.map((server) => startAt(server, today - 3_600_000)));
    await Promise.all(servers.map(sendForEach));
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all(servers.map((server) => startAt(server, today + 600_000)));
    await until(() => elsewhere.mails.length >= names.length || undefined, 'all reports');
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(reported(elsewhere.mails)).toEqual(everybody);
    const read = await tamis(['dmarc', 'read', '--json', '-'], elsewhere.mails[0]?.raw.toString('latin1'));
    expect((JSON.parse(read.stdout) as Read).records).toEqual([expect.objectContaining({ count: 2 })]);
  });
});
