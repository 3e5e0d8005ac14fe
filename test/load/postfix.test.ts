import { afterEach, expect, it } from 'vitest';
import { parseText } from '../../src/config/load.ts';
import { readFileSync } from 'node:fs';
import { defaultAuthenticationSettings } from '../../src/authentication/settings.ts';
import { createPool } from '../../src/filter/pool.ts';
import { silentLog } from '../../src/log.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { createMilterFilter } from '../../src/servers/milter/filter.ts';
import { createTransactions } from '../../src/transaction/transactions.ts';
import { describePeers } from '../support/peers.ts';
import { Postfix } from '../support/postfix.ts';
import { freePort } from '../support/port.ts';
import { corpusMessages, sharedPath } from '../support/shared.ts';
import { sendLoad, type LoadMail, type LoadResult } from '../support/smtp-load.ts';
import { TamisServer } from '../support/tamis.ts';

/** Of the run in which Tamis is killed; half of them, and as many deaths, where workers are. */
const COUNT = 2000;
const CONNECTIONS = 20;

// Thresholds at which real mail meets every decision. No network: every DNS name is unknown.
const CONFIG = `hostname: mx.tamis.test
filter: {thresholds: {add_header: 3, quarantine: 4, reject: 6}, model: {enabled: true}, pool: {workers: 2}}
`;

/** Real mail of every source, spread evenly over the index, each to a recipient of its own. */
function realMail(count: number): LoadMail[] {
  const all = corpusMessages();
  return Array.from({ length: count }, (_, index) => {
    const { path } = all[Math.floor((index * all.length) / count)] ?? { path: '' };
    return { sender: 'sender@example.org', recipient: `m${index}@load.test`, raw: readFileSync(path) };
  });
}

/** Each mail is where its last answer says, once: delivered or held after 250, nowhere after 5xx. */
async function account(
  postfix: Postfix,
  count: number,
  results: readonly LoadResult[],
): Promise<Record<string, number>> {
  const delivered = await postfix.settled(120_000);
  const copies = new Map<string, number>();
  const held = (await postfix.queue()).flatMap((mail) => mail.recipients);
  for (const recipient of [...delivered.map((mail) => mail.recipient), ...held])
    copies.set(recipient, (copies.get(recipient) ?? 0) + 1);

  expect(results).toHaveLength(count);
  const wrong = results.filter(
    ({ code, recipient }) =>
      (copies.get(recipient) ?? 0) !== (code >= 200 && code < 300 ? 1 : 0) || code < 200,
  );
  expect(wrong).toEqual([]);
  const unfiltered = delivered.filter(({ raw }) => !/^X-Spam-Status: /m.test(raw.toString('latin1')));
  expect(unfiltered.map(({ recipient }) => recipient)).toEqual([]);
  return {
    delivered: delivered.length,
    quarantined: held.length,
    rejected: results.filter(({ code }) => code >= 500).length,
    retried: results.filter(({ attempts }) => attempts > 1).length,
  };
}

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function startPostfix(milterPort: number): Promise<Postfix> {
  const postfix = new Postfix({
    main: {
      smtpd_milters: `inet:127.0.0.1:${milterPort}`,
      milter_default_action: 'tempfail',
      // Corpora hold what other systems let through.
      smtputf8_enable: 'no',
      message_size_limit: '0',
    },
  });
  cleanUp.push(() => postfix.stop());
  await postfix.start();
  return postfix;
}

const load = (
  postfix: Postfix,
  count: number,
  progress: (done: number) => void = () => undefined,
): Promise<LoadResult[]> =>
  sendLoad(realMail(count), {
    host: '127.0.0.1',
    port: postfix.port,
    connections: CONNECTIONS,
    retries: 60,
    pause: 500,
    progress,
  });

describePeers(['postfix', 'zstd'], 'real messages through Postfix with 20 connections', () => {
  const available = sharedPath('corpora/index.tsv') !== undefined;
  const reason = available ? '' : ' (skipped: corpora not found; set TAMIS_SHARED)';

  it.skipIf(!available)(
    `loses and doubles none when Tamis is killed and restarted in the middle${reason}`,
    { timeout: 400_000 },
    async () => {
      const milterPort = await freePort();
      const tamis = new TamisServer();
      cleanUp.push(() => tamis.dispose());
      tamis.configure(
        `${CONFIG}dns: {zone: dns.yaml}\nservers: {http: {listen: []}, milter: {listen: ['127.0.0.1:${milterPort}']}}\n`,
      );
      tamis.write('dns.yaml', 'unknown.test: {TXT: [nothing]}\n');
      await tamis.start();
      const postfix = await startPostfix(milterPort);

      let restarts = Promise.resolve();
      const kills = [0.25, 0.5, 0.75].map((share) => Math.floor(share * COUNT));
      const results = await load(postfix, COUNT, (done) => {
        if (!kills.includes(done)) return;
        restarts = restarts.then(async () => {
          await tamis.stop('SIGKILL');
          await tamis.start();
        });
      });
      await restarts;
      const outcome = await account(postfix, COUNT, results);
      console.log('killed three times:', JSON.stringify(outcome));
      expect(outcome['retried']).toBeGreaterThan(0);
      for (const kind of ['delivered', 'quarantined', 'rejected'])
        expect(outcome[kind], kind).toBeGreaterThan(0);
    },
  );

  it.skipIf(!available)(
    `loses and doubles none when workers of the pool die at random${reason}`,
    { timeout: 400_000 },
    async () => {
      const { config } = parseText('load', CONFIG, '/');
      let deaths = 0;
      const pool = createPool({
        filter: config.filter,
        authentication: { ...defaultAuthenticationSettings, authservId: config.hostname },
        dns: { ...config.dns, zone: { 'unknown.test': { TXT: ['nothing'] } } },
        message: config.message,
        log: silentLog,
        observer: { workerDied: () => void deaths++ },
        workerFile: new URL('../support/chaos-worker.ts', import.meta.url),
      });
      cleanUp.push(() => pool.close());
      const policy = createPolicy({
        settings: config.policy,
        accounts: { resolve: () => Promise.resolve(undefined) },
      });
      const transactions = createTransactions({
        policy,
        scanner: pool,
        settings: { ...config.transaction, failAction: 'tempfail', rejectText: 'spam' },
        log: silentLog,
        now: Date.now,
      });
      const settings = {
        ...config.servers.milter,
        maxMessageBytes: config.policy.messageBytes,
        drainTimeout: 1000,
      };
      const milter = createMilterFilter(transactions, settings, silentLog);
      const port = Number(await milter.listen('127.0.0.1:0'));
      cleanUp.push(() => milter.close());

      const postfix = await startPostfix(port);
      const results = await load(postfix, COUNT / 2);
      const outcome = await account(postfix, COUNT / 2, results);
      console.log(`${deaths} workers died:`, JSON.stringify(outcome));
      expect(deaths).toBeGreaterThan(5);
      for (const kind of ['delivered', 'quarantined', 'rejected'])
        expect(outcome[kind], kind).toBeGreaterThan(0);
    },
  );
});
