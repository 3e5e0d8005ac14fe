import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedPath } from '../../support/shared.ts';
import { describeDovecot } from './describe-dovecot.ts';
import { corpusMail, fill } from './query-mailbox.ts';
import { apartMail, generatedMail, type Mail, oddMail } from './query-messages.ts';
import { CRITERIA, queries, type Vocabulary } from './query-programs.ts';
import { compare, lines } from './query-script.ts';
import { TwoServers } from './two-servers.ts';

/** Cases of each property: `npm run test:differential` does thousands, and others each time; a seed repeats a run. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 100);
const seed = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 5256);
/** From so many cases on the corpora are asked too. */
const MANY = 1000;

const SCRIPTS = join(import.meta.dirname, 'query');
const usual = (): readonly Mail[] => [...oddMail(7), ...generatedMail(11, 40)];
/** What is in the inbox of some scripts. */
const MAIL: Readonly<Record<string, () => readonly Mail[]>> = {
  'apart.txt': () => apartMail(7),
  'results.txt': usual,
  'search.txt': usual,
};

const WORDS =
  'alpha beta gamma delta report invoice lunch Meeting RE list house größe naïve Łódź привет 日本';
const GENERATED: Vocabulary = {
  words: [...WORDS.split(' '), 'a', 'e', '0', 're:', 'inner', 'enclosed', '@', '.', 'example'],
  people: ['anna', 'bert@', 'example.org', 'EXAMPLE.com', 'Dörte', 'Ève', 'zoe@', 'иван', '', ', the'],
};
const REAL: Vocabulary = {
  words:
    'the you free http linux mail unsubscribe nbsp font money click 2002 re: patch < & = text/html'.split(
      ' ',
    ),
  people: ['linux', 'spam', '@', '.com', 'list', 'yahoo', 'john', 'info', ', ', 'undisclosed', ''],
};

describeDovecot('questions beside Dovecot', () => {
  const servers = new TwoServers({ settings: { errors: 1_000_000 } });

  test.concurrent.each(readdirSync(SCRIPTS).sort())('%s', async (file) => {
    let account = await servers.account();
    let clients = await servers.login(account);
    const mails = MAIL[file]?.();
    if (mails !== undefined) {
      await fill(clients, 'INBOX', mails);
      await clients.ok('SELECT INBOX');
    }
    const faults: string[] = [];
    for (const line of lines(readFileSync(join(SCRIPTS, file), 'utf8'))) {
      if (line.text === 'NEW') account = await servers.account();
      if (line.text === 'NEW' || line.text === 'RELOGIN') clients = await servers.login(account);
      else faults.push((await compare(clients, line, account)) ?? '');
    }
    expect(faults.filter((fault) => fault !== '').join('\n')).toBe('');
  });

  async function ask(mails: readonly Mail[], vocabulary: Vocabulary): Promise<void> {
    const account = await servers.account();
    let clients = await servers.login(account);
    await fill(clients, 'INBOX', mails);
    await clients.ok('SELECT INBOX');
    const same = async (text: string): Promise<void> => {
      try {
        expect(await compare(clients, { text, mark: '' }, account)).toBeUndefined();
      } catch (error) {
        // Dovecot dies of some searches.
        if (clients.ours.closed || !clients.theirs.closed) throw error;
        clients.destroy();
        clients = await servers.login(account);
        await clients.ok('SELECT INBOX');
      }
    };
    // First over all: Dovecot keeps places, and gives equal texts unequal ones where it has sorted some of them before.
    for (const criterion of CRITERIA) await same(`SORT (${criterion}) UTF-8 ALL`);
    await fc.assert(fc.asyncProperty(queries(vocabulary, mails.length), same), {
      numRuns: CASES,
      seed,
      endOnFailure: true,
    });
  }

  test('generated searches, sorts and threads', { timeout: 60_000 + 200 * CASES }, () =>
    ask([...oddMail(seed), ...generatedMail(seed, CASES < MANY ? 40 : 80)], GENERATED),
  );

  test.skipIf(CASES < MANY || sharedPath('corpora/index.tsv') === undefined)(
    'the same over mail of the corpora (with many cases, where they are)',
    { timeout: 60_000 + 200 * CASES },
    () => ask(corpusMail(seed, 150), REAL),
  );
});
