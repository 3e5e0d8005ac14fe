import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../support/cpu.ts';
import type { ImapClient } from '../../support/imap-client.ts';
import { ImapRig } from '../../support/imap-rig.ts';
import { LOGIN_INPUTS } from '../../support/login-inputs.ts';

const rig = new ImapRig();
const CONNECTIONS = 300;
const KIB = 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Octets in use, of JavaScript and of buffers; clients' sockets are among them. */
function inUse(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What each of many connections takes on which the same is done, in octets. */
async function each(work: (client: ImapClient) => Promise<unknown>): Promise<number> {
  await rig.start();
  await rig.client();
  const before = inUse();
  const clients: ImapClient[] = [];
  for (let n = 0; n < CONNECTIONS; n++) clients.push(await rig.client());
  const last = await rig.client();
  await Promise.all(clients.map(work));
  // What comes last is read after what the others have sent.
  for (let turn = 0; turn < 5; turn++) await last.ok('NOOP');
  return (inUse() - before) / CONNECTIONS;
}

describe('before login, a connection takes little, whatever it sends', () => {
  test.each<[string, (client: ImapClient) => Promise<unknown>]>([
    ...Object.entries(LOGIN_INPUTS).map(
      ([name, { pieces }]): [string, (client: ImapClient) => Promise<unknown>] => [
        name,
        async (client) => {
          for (const piece of pieces) {
            client.send(piece);
            await new Promise(setImmediate);
          }
        },
      ],
    ),
    [
      'commands whose answers it does not read',
      async (client) => {
        client.socket.pause();
        client.send('a CAPABILITY\r\n'.repeat(5000));
      },
    ],
  ])('%s', async (name, work) => {
    // Node takes some ten KiB for a socket; here are both of its ends, and what the client could not send yet.
    const taken = (await each(work)) / KIB;
    if (process.env['TAMIS_FIGURES'] !== undefined) console.log(`${name}: ${taken.toFixed(0)} KiB`);
    expect(taken).toBeLessThan(250);
    expect(rig.server.connections).toBe(CONNECTIONS + 2);
  });
});

describe('after login', () => {
  test('a literal is refused before anything of it is read', async () => {
    await rig.start();
    const client = await rig.selected();
    const before = inUse();
    for (const size of ['1000000000', '4294967296', '9223372036854775807', '9999999999999999999']) {
      const reply = await client.command(`APPEND INBOX {${size}}`);
      expect([reply.status, reply.code]).toEqual(['NO', 'TOOBIG']);
      expect((await client.command(`SEARCH SUBJECT {${size}}`)).code).toBe('TOOBIG');
    }
    expect(inUse() - before).toBeLessThan(1_000_000);
    client.send('a APPEND INBOX {9223372036854775807+}\r\n');
    expect(await client.until(/BYE/)).toContain('Far too many octets');
  });

  test('memory grows with what has come of a literal, not with what was announced', async () => {
    await rig.start({ server: { appendLimit: 50_000_000 } });
    const clients = await Promise.all(Array.from({ length: 20 }, () => rig.loggedIn()));
    const before = inUse();
    // More than the budget of all messages: those beyond it are refused, and nobody's is read into memory.
    const answers = await Promise.all(
      clients.map(async (client) => {
        client.send('a APPEND INBOX {30000000}\r\n');
        return client.line();
      }),
    );
    expect(answers.filter((line) => line.startsWith('+')).length).toBe(3);
    expect(answers.filter((line) => line.startsWith('a NO [LIMIT]')).length).toBe(17);
    expect(inUse() - before).toBeLessThan(5_000_000);
  });

  test('who asks for a gigabyte and reads nothing holds none of it in our memory', async () => {
    await rig.start({ server: { appendLimit: 50_000_000 } });
    await rig.deliver([`Subject: x\n\n${'x'.repeat(70).concat('\n').repeat(300_000)}`]);
    const clients = await Promise.all(Array.from({ length: 10 }, () => rig.selected()));
    const before = inUse();
    for (const client of clients) {
      client.socket.pause();
      client.send(`a FETCH 1 (${Array.from({ length: 50 }, (_, n) => `BODY.PEEK[]<${n}>`).join(' ')})\r\n`);
      client.send(Array.from({ length: 50 }, (_, n) => `b${n} FETCH 1 BODY.PEEK[]\r\n`).join(''));
    }
    await sleep(1500);
    expect(inUse() - before).toBeLessThan(100_000_000);
    const other = await rig.selected();
    const used = cpuTimer();
    await other.ok('FETCH 1 (FLAGS ENVELOPE)');
    expect(used()).toBeLessThan(1000);
  });

  test('what inflates to a thousand times its size is refused like what is sent in full', async () => {
    await rig.start({ server: { appendLimit: 1_000_000 } });
    const clients = await Promise.all(Array.from({ length: 10 }, () => rig.loggedIn()));
    for (const client of clients) await client.compress();
    const before = inUse();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().external)), 20);
    await Promise.all(
      clients.map(async (client) => {
        client.send(Buffer.concat([Buffer.from('a SEARCH SUBJECT "'), Buffer.alloc(20_000_000, 0x61)]));
        await client.hungUp();
      }),
    );
    clearInterval(watch);
    expect(inUse() - before).toBeLessThan(20_000_000);
  });
});
