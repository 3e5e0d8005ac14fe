import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { FETCH_ACCEPTED } from './accepted.ts';
import { fetchCommand, roughMessage } from './fetch-commands.ts';
import { differences } from './fetched.ts';
import { PECULIAR } from './peculiar-messages.ts';
import { meaning } from './scripts.ts';
import { type TwoClients, TwoServers } from './two-servers.ts';

/** Cases of each property: `npm run test:differential` does thousands, and others each time; a seed repeats a run. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 150);
const seed = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 9051);
const TIMEOUT = 3_600_000;
const MESSAGES = 25;

describeDovecot('beside Dovecot', () => {
  const servers = new TwoServers();

  const append = (clients: TwoClients, raw: string): Promise<unknown> =>
    clients.ok(`APPEND INBOX {${raw.length}}`, Buffer.from(raw, 'latin1'));

  test(`${CASES} FETCH commands (seed ${seed})`, { timeout: TIMEOUT }, async () => {
    // Messages of which all is told alike.
    const plain = [...PECULIAR].filter(
      ([name, raw]) =>
        /^(?:addresses: all fields$|multiparts)/.test(name) &&
        !/boundary|without any part/.test(name) &&
        !/content-transfer-encoding/i.test(raw) &&
        !FETCH_ACCEPTED.some(({ when }) =>
          when({ item: 'BODYSTRUCTURE', path: 'BODYSTRUCTURE.0', ours: 'a', theirs: 'b' }, raw),
        ),
    );
    const chosen = plain.slice(-MESSAGES);
    expect(chosen).toHaveLength(MESSAGES);
    const clients = await servers.login(await servers.account());
    for (const [, raw] of chosen) await append(clients, raw);
    await clients.ok('SELECT INBOX');
    await fc.assert(
      fc.asyncProperty(fetchCommand, async (command) => {
        const both = await clients.command(command);
        expect([command, meaning(both.ours)]).toEqual([command, meaning(both.theirs)]);
      }),
      // What one command changes the next one sees: to make it smaller would not repeat it.
      { numRuns: CASES, seed, endOnFailure: true },
    );
  });

  test(`${CASES} messages of any lines (seed ${seed})`, { timeout: TIMEOUT }, async () => {
    const account = await servers.account();
    let clients = await servers.login(account);
    await clients.ok('SELECT INBOX');
    let number = 0;
    await fc.assert(
      fc.asyncProperty(roughMessage, async (raw) => {
        await append(clients, raw);
        number++;
        try {
          const wrong = (await differences(clients, number)).filter(
            (one) => !FETCH_ACCEPTED.some(({ when }) => when(one, raw)),
          );
          expect([raw, wrong]).toEqual([raw, []]);
        } catch (error) {
          // Some messages end Dovecot's process.
          if (!clients.theirs.closed || clients.ours.closed) throw error;
          clients.destroy();
          clients = await servers.login(account);
          await clients.ok('SELECT INBOX');
        }
      }),
      { numRuns: CASES, seed },
    );
  });
});
