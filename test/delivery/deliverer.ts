/**
 * Delivers messages to an account whose script keeps, files and redirects, sends the redirects to a relay, and writes
 * a line to stdout for each message that is acknowledged: its number. To be killed. Arguments: data folder, port of the
 * relay, first number.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createDelivery } from '../../src/delivery/delivery.ts';
import { createOutbound } from '../../src/delivery/outbound/queue.ts';
import { defaultDeliverySettings } from '../../src/delivery/settings.ts';
import { silentLog as log } from '../../src/log.ts';
import { DnsError } from '../../src/net/resolver.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import { createScripts } from '../../src/store/scripts.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';

const [data = '', port = '', first = '0'] = process.argv.slice(2);
const ACCOUNT = 'anna@here.example';

const outbound = await createOutbound({
  folder: join(data, 'spool'),
  settings: {
    ...defaultDeliverySettings.outbound,
    relay: `127.0.0.1:${port}`,
    firstRetry: 0.1,
    maxRetry: 0.2,
  },
  hostname: 'us.example',
  resolver: { resolve: (name, type) => Promise.reject(new DnsError('ENOTFOUND', name, type)) },
  log,
});
const delivery = createDelivery({
  store: createMailStore({ folder: join(data, 'mail'), settings: defaultStoreSettings, log }),
  scripts: createScripts({ folder: join(data, 'sieve'), settings: defaultStoreSettings }),
  outbound,
  resolve: (address) => Promise.resolve(address === ACCOUNT ? ACCOUNT : undefined),
  subaddressSeparator: '+',
  hostname: 'us.example',
  isOurs: () => true,
  settings: defaultDeliverySettings,
  log,
});
await outbound.start();

let next = Number(first);
async function worker(): Promise<void> {
  // A negative first number only sends what is in the spool.
  while (next >= 0) {
    const number = next++;
    const raw = Buffer.from(`Subject: ${number}\r\n\r\n${'x'.repeat(5000)}\r\nend ${number}\r\n`);
    const envelope = { client: {}, sender: 'carl@there.example', recipients: [{ address: ACCOUNT }] };
    const [outcome] = await delivery.deliver({
      id: `m${number}`,
      raw,
      envelope,
      edits: [],
      spam: false,
      score: 0,
    });
    if (outcome?.reply.code === 250) writeSync(1, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, worker));
