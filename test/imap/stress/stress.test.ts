import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { errorCode } from '../../../src/store/durable.ts';
import { ImapClient } from '../../support/imap-client.ts';
import { ANNA, ImapRig } from '../../support/imap-rig.ts';
import { ANNA as DAEMON_ANNA, MailDaemon, PASSWORD } from '../../support/mail-daemon.ts';
import type { Kind } from './client.ts';
import { makeMessage } from './messages.ts';
import { Random } from './random.ts';
import { stress } from './run.ts';

const KINDS: readonly Kind[] = ['rev1', 'rev2', 'condstore', 'qresync', 'uidonly', 'notify'];
/** Seconds of each run; a long one is asked for by `npm run test:stress`. */
const SECONDS = Number(process.env['TAMIS_STRESS_SECONDS'] ?? 10);
const SEED = Number(process.env['TAMIS_STRESS_SEED'] ?? 1);
const MOST = 120;

const rig = new ImapRig();
/** A second process, as far as the store can tell. */
const second = new ImapRig();
const timeout = SECONDS * 2000 + 60_000;

async function start(): Promise<void> {
  await rig.start();
  for (const name of ['Other', 'Work']) await (await rig.mail()).create(name);
}

test('twelve clients on one mailbox: none is told what cannot be, and all believe the same', {
  timeout,
}, async () => {
  await start();
  const { commands } = await stress({
    plan: { mailbox: 'Work', other: 'Other', keep: 15, most: MOST, connect: () => rig.loggedIn() },
    kinds: [...KINDS, ...KINDS],
    milliseconds: SECONDS * 1000,
    seed: SEED,
  });
  if (process.env['TAMIS_FIGURES'] !== undefined) console.log(`${commands} commands in ${SECONDS} s`);
  expect(commands).toBeGreaterThan(200);
  expect((await rig.store.check(ANNA)).faults).toEqual([]);
});

test('the same with two processes, and a program that delivers and flags in the folder', {
  timeout,
}, async () => {
  await start();
  rmSync(second.folder, { recursive: true });
  second.folder = rig.folder;
  await second.start();
  const random = new Random(SEED);
  const folder = join(rig.folder, 'mail', ANNA, 'Maildir', '.Work');
  const { commands } = await stress({
    plan: {
      mailbox: 'Work',
      other: 'Other',
      keep: 15,
      most: MOST,
      connect: (client) => (/[02468]$/.test(client) ? rig : second).loggedIn(),
    },
    kinds: [...KINDS, ...KINDS],
    milliseconds: SECONDS * 1000,
    seed: SEED + 7,
    beside: async (round) => {
      for (let n = 0; n < 4; n++) {
        await sleep(random.below(100));
        const name = `${1_700_000_000 + round * 100 + n}.outside`;
        writeFileSync(join(folder, 'tmp', name), makeMessage(name, random));
        renameSync(join(folder, 'tmp', name), join(folder, 'new', name));
        flagOne(join(folder, 'cur'), random);
      }
    },
    // Two scans, and the poller in between.
    pause: 1200,
  });
  if (process.env['TAMIS_FIGURES'] !== undefined) console.log(`${commands} commands in ${SECONDS} s`);
  expect(commands).toBeGreaterThan(200);
  for (const { store } of [rig, second]) expect((await store.check(ANNA)).faults).toEqual([]);
});

/** Long, by hand: the program as it is run. */
test.skipIf(process.env['TAMIS_STRESS_SECONDS'] === undefined)(
  'the same with bin/tamis serve (in the long run)',
  {
    timeout,
  },
  async () => {
    const daemon = new MailDaemon();
    try {
      await daemon.serve();
      const connect = async (): Promise<ImapClient> => {
        const client = await (await ImapClient.connectTls(daemon.imapPort('TLS'))).greeted();
        await client.ok(`LOGIN "${DAEMON_ANNA}" "${PASSWORD}"`);
        return client;
      };
      const first = await connect();
      for (const name of ['Other', 'Work']) await first.ok(`CREATE ${name}`);
      const { commands } = await stress({
        plan: { mailbox: 'Work', other: 'Other', keep: 15, most: MOST, connect },
        kinds: [...KINDS.slice(0, 4), ...KINDS],
        milliseconds: SECONDS * 1000,
        seed: SEED + 13,
      });
      console.log(`${commands} commands in ${SECONDS} s`);
      first.destroy();
    } finally {
      await daemon.dispose();
    }
  },
);

function flagOne(cur: string, random: Random): void {
  const files = readdirSync(cur);
  if (files.length === 0) return;
  const file = random.pick(files);
  try {
    renameSync(
      join(cur, file),
      join(cur, `${file.split(':')[0]}:2,${random.pick(['F', 'FS', 'R', 'S', ''])}`),
    );
  } catch (error) {
    // The server was quicker.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
