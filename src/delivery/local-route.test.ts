import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { relayTo, SpoolRig, until } from '../../test/delivery/spool-rig.ts';
import { silentLog as log } from '../log.ts';
import { createMailStore } from '../store/mail/mail-store.ts';
import { createScripts } from '../store/scripts.ts';
import { defaultStoreSettings } from '../store/settings.ts';
import { createDelivery } from './delivery.ts';
import { createLocalRoute } from './local-route.ts';
import { defaultDeliverySettings } from './settings.ts';
import type { Delivery } from './types.ts';

const rig = new SpoolRig();

/** Delivery and spool that lead into each other, as in the daemon. */
async function house(settings: ReturnType<typeof relayTo>): Promise<Delivery> {
  const resolve = (address: string): Promise<string | undefined> =>
    Promise.resolve(address.endsWith('@here.example') ? address.toLowerCase() : undefined);
  const outbound = await rig.queue({
    settings,
    local: createLocalRoute({ resolve, delivery: () => delivery }),
  });
  const delivery = createDelivery({
    store: createMailStore({ folder: join(rig.folder, 'mail'), settings: defaultStoreSettings, log }),
    scripts: createScripts({ folder: join(rig.folder, 'sieve'), settings: defaultStoreSettings }),
    outbound,
    resolve,
    subaddressSeparator: '+',
    hostname: 'us.example',
    isOurs: () => true,
    settings: defaultDeliverySettings,
    log,
  });
  await outbound.start();
  return delivery;
}

function script(account: string, source: string): void {
  mkdirSync(join(rig.folder, 'sieve', account), { recursive: true });
  writeFileSync(join(rig.folder, 'sieve', account, 'active.sieve'), source);
}

const inbox = (account: string): string[] => {
  const folder = join(rig.folder, 'mail', account, 'Maildir/new');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
};

const deliver = async (delivery: Delivery, to: string): Promise<number[]> => {
  const envelope = { client: {}, sender: 'carl@there.example', recipients: [{ address: to }] };
  const raw = Buffer.from('Subject: x\r\n\r\nbody\r\n');
  const outcomes = await delivery.deliver({ id: 'm1', raw, envelope, edits: [], spam: false, score: 0 });
  return outcomes.map(({ reply }) => reply.code);
};

describe('delivery and spool together', () => {
  test('a redirect to an account of ours ends in its mailbox', async () => {
    script('anna@here.example', 'redirect "bob@here.example";');
    const server = await rig.sink();
    expect(await deliver(await house(relayTo(server)), 'anna@here.example')).toEqual([250]);
    await until(rig.empty);
    expect(inbox('bob@here.example')[0]).toMatch(
      /^Return-Path: <anna@here\.example>\r\nDelivered-To: bob@here\.example\r\nX-Tamis-Redirected: /,
    );
    expect([inbox('anna@here.example'), server.mails]).toEqual([[], []]);
  });

  test('two that redirect to each other: the mail stays with the first', async () => {
    script('anna@here.example', 'redirect "bob@here.example";');
    script('bob@here.example', 'redirect "anna@here.example";');
    await deliver(await house({}), 'anna@here.example');
    await until(rig.empty);
    expect([inbox('anna@here.example').length, inbox('bob@here.example').length]).toEqual([1, 0]);
  });

  test('the bounce of a redirect comes to who redirects, and is redirected once at the most', async () => {
    script('anna@here.example', 'redirect "gone@there.example";');
    const server = await rig.sink({ rcpt: () => '550 5.1.1 no such user' });
    await deliver(await house(relayTo(server)), 'anna@here.example');
    await until(() => {
      rig.empty();
      // The script redirects the bounce too; that one has no sender, and ends here.
      expect(rig.files('dead').length).toBe(2);
    });
  });

  test('a bounce lies in the inbox of who redirects, when his script lets it', async () => {
    const server = await rig.sink({
      rcpt: (address) => (address.startsWith('ghost') ? '550 5.1.1 no' : undefined),
    });
    script(
      'anna@here.example',
      'if not header "auto-submitted" "auto-replied" { redirect "ghost@nowhere.example"; }',
    );
    await deliver(await house(relayTo(server)), 'anna@here.example');
    await until(() => {
      rig.empty();
      expect(inbox('anna@here.example').length).toBe(1);
    });
    expect(inbox('anna@here.example')[0]).toContain('Final-Recipient: rfc822; ghost@nowhere.example');
    expect(inbox('anna@here.example')[0]).toMatch(/^Return-Path: <>\r\n/);
  });
});
