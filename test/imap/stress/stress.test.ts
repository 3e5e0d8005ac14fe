import { expect, test } from 'vitest';
import { ANNA, ImapRig } from '../../support/imap-rig.ts';
import type { Kind } from './client.ts';
import { stress } from './run.ts';

const KINDS: readonly Kind[] = ['rev1', 'rev2', 'condstore', 'qresync', 'uidonly'];
/** Seconds of each run; a long one is asked for by `npm run test:stress`. */
const SECONDS = Number(process.env['TAMIS_STRESS_SECONDS'] ?? 12);
const SEED = Number(process.env['TAMIS_STRESS_SEED'] ?? 1);

const rig = new ImapRig();

test('ten clients on one mailbox: none is told what cannot be, and all believe the same', {
  timeout: SECONDS * 2000 + 60_000,
}, async () => {
  await rig.start();
  await (await rig.mail()).create('Other');
  await (await rig.mail()).create('Work');
  const { commands, messages } = await stress({
    plan: { mailbox: 'Work', other: 'Other', keep: 15, most: 120, connect: () => rig.loggedIn() },
    kinds: [...KINDS, ...KINDS],
    milliseconds: SECONDS * 1000,
    seed: SEED,
  });
  console.log(`${commands} commands, ${messages.length} messages in the end`);
  expect(commands).toBeGreaterThan(200);
  expect((await rig.store.check(ANNA)).faults).toEqual([]);
});
