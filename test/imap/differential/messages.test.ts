import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { meaning, readScript } from './scripts.ts';
import { TwoServers } from './two-servers.ts';

const SCRIPTS = join(import.meta.dirname, 'messages');

describeDovecot('beside Dovecot', () => {
  const servers = new TwoServers();

  test.each(readdirSync(SCRIPTS).sort())('%s is answered alike', async (name) => {
    const clients = await servers.login(await servers.account());
    const wrong: string[] = [];
    for (const { text, pieces, accepted } of readScript(readFileSync(join(SCRIPTS, name), 'utf8'))) {
      const both = await clients.command(...pieces);
      const [ours, theirs] = [both.ours, both.theirs].map((reply) => JSON.stringify(meaning(reply)));
      if ((ours === theirs) !== (accepted === undefined))
        wrong.push(`${text}\n  ours: ${ours}\n  theirs: ${theirs}`);
      if (accepted !== undefined) expect([text, accepted.length > 15]).toEqual([text, true]);
    }
    expect(wrong).toEqual([]);
  });
});
