import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { corpusMessages, sharedPath, unpackCorpus } from '../../support/shared.ts';
import { describeDovecot } from './describe-dovecot.ts';
import { FETCH_ACCEPTED } from './accepted.ts';
import { differences } from './fetched.ts';
import { PECULIAR } from './peculiar-messages.ts';
import { TwoServers, type TwoClients } from './two-servers.ts';

/** `npm run test:differential` takes so many of the corpora. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 90);
const TIMEOUT = 3_600_000;
/** Messages of one mailbox. */
const STEP = 50;

interface Named {
  readonly name: string;
  readonly raw: Buffer;
}

/** So many of them, evenly. */
function some<T>(all: readonly T[], count: number): readonly T[] {
  const every = Math.max(1, Math.floor(all.length / count));
  return all.filter((_, index) => index % every === 0);
}

describeDovecot('beside Dovecot', () => {
  const servers = new TwoServers({ server: { appendLimit: 50_000_000 } });
  const met = new Map<string, number>();
  afterAll(() => {
    if (process.env['TAMIS_DIFFERENTIAL_CASES'] !== undefined)
      console.log('accepted differences, and how often they were met:', Object.fromEntries(met));
  });

  /** Appends messages at both and compares what is told of them; what is not accepted. */
  async function compared(messages: readonly Named[]): Promise<string[]> {
    const account = await servers.account();
    let clients = await servers.login(account);
    const wrong: string[] = [];
    for (let from = 0; from < messages.length; from += STEP) {
      const box = `box${from}`;
      await clients.ok(`CREATE ${box}`);
      const step = messages.slice(from, from + STEP);
      for (const { raw } of step) await clients.ok(`APPEND ${box} {${raw.length}}`, raw);
      await clients.ok(`SELECT ${box}`);
      for (const [index, { name, raw }] of step.entries()) {
        const unknown = await ofOne(clients, index + 1, raw.toString('latin1'));
        wrong.push(...unknown.map((one) => `${name}: ${one}`));
        if (!clients.theirs.closed) continue;
        // Some messages end Dovecot's process.
        count('Dovecot hung up');
        clients.destroy();
        clients = await servers.login(account);
        await clients.ok(`SELECT ${box}`);
      }
    }
    return wrong;
  }

  async function ofOne(clients: TwoClients, number: number, raw: string): Promise<string[]> {
    const wrong: string[] = [];
    try {
      for (const difference of await differences(clients, number)) {
        const accepted = FETCH_ACCEPTED.find(({ when }) => when(difference, raw));
        if (accepted === undefined) wrong.push(JSON.stringify(difference).slice(0, 1000));
        else count(accepted.reason);
      }
    } catch (error) {
      if (!clients.theirs.closed || clients.ours.closed) throw error;
    }
    return wrong;
  }

  function count(reason: string): void {
    met.set(reason, (met.get(reason) ?? 0) + 1);
  }

  test('messages made by hand are told alike', { timeout: TIMEOUT }, async () => {
    const all = [...PECULIAR].map(([name, text]) => ({ name, raw: Buffer.from(text, 'latin1') }));
    expect(await compared(all)).toEqual([]);
  });

  const missing = sharedPath('corpora/torture.tar.zst') === undefined;
  test.skipIf(missing)(
    `messages of the corpora are told alike${missing ? ' (skipped: corpora not found; set TAMIS_SHARED)' : ''}`,
    { timeout: TIMEOUT },
    async () => {
      const torture = unpackCorpus('torture');
      const files = globSync('**/*.{eml,msg,txt}', { cwd: torture })
        .sort()
        .map((name) => join(torture, name));
      const others = corpusMessages('spamassassin', 'sisimai', 'phishing_pot', 'list-vger', 'csdmc2010').map(
        ({ path }) => path,
      );
      const messages = [...some(files, CASES / 2), ...some(others, CASES / 2)]
        .map((name) => ({ name, raw: readFileSync(name) }))
        .filter(({ raw }) => raw.length > 0 && raw.length < 1_000_000);
      expect(messages.length).toBeGreaterThan(50);
      expect(await compared(messages)).toEqual([]);
    },
  );

  test('an accepted difference has a reason, and does not cover everything', () => {
    const raw = 'From: A <a@x.example>\r\nSubject: s\r\n\r\nbody\r\n';
    for (const { reason, when } of FETCH_ACCEPTED) {
      expect(reason.length).toBeGreaterThan(20);
      for (const item of ['ENVELOPE', 'BODYSTRUCTURE', 'BODY[]', 'BINARY[1]', 'FLAGS'])
        expect(when({ item, path: item, ours: 'a', theirs: 'b' }, raw)).toBe(false);
    }
  });
});
