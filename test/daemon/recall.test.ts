import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tamis, TamisServer } from '../support/tamis.ts';

const TEXT =
  'Your parcel could not be handed over because nobody was at home. Please confirm the new date of delivery and pay the small fee within two days, or it goes back to the shop.';

describe('tamis serve remembers', () => {
  const server = new TamisServer();
  beforeAll(async () => {
    server.configure(`hostname: mx.tamis.test
policy: { domains: [tamis.test] }
filter: { model: { enabled: false }, pool: { workers: 1 }, fuzzy: { traps: [trap@tamis.test] } }
servers: { http: { listen: [] }, smtp: { listen: ['127.0.0.1:0'], greeting_delay: 0ms } }
`);
    for (const user of ['demo', 'trap'])
      await tamis(['user', 'add', `${user}@tamis.test`, '--config', server.configFile]);
    await server.start();
  }, 60_000);
  afterAll(() => server.dispose());

  const message = (subject: string, text: string): string => {
    const path = join(server.folder, `${subject}.eml`);
    writeFileSync(
      path,
      `From: Post <x@post.example>\nTo: demo@tamis.test\nDate: Tue, 10 Mar 2026 12:00:00 +0000\nSubject: ${subject}\nMessage-ID: <${subject}@post.example>\n\n${text}\n`,
    );
    return path;
  };
  /** Status field of a message as it was delivered. */
  const delivered = async (subject: string, text: string, to = 'demo'): Promise<string> => {
    const { stdout } = await tamis([
      'send',
      message(subject, text),
      '--server',
      server.address('smtp'),
      '--to',
      `${to}@tamis.test`,
    ]);
    expect(stdout).toMatch(/^250 /);
    const files = globSync('mail/**/{new,cur}/*', { cwd: server.data }).map((name) =>
      readFileSync(join(server.data, name), 'utf8'),
    );
    const file = files.find(
      (one) => one.includes(`Subject: ${subject}\n`) || one.includes(`Subject: ${subject}\r\n`),
    );
    return /^X-Spam-Status: [^\n]*(?:\r?\n[ \t][^\n]*)*/m.exec(file ?? '')?.[0] ?? '';
  };

  it('what is learned beside it, within seconds', async () => {
    expect(await delivered('before', TEXT)).not.toContain('FUZZY');
    await tamis(['learn', 'spam', message('learned', TEXT), '--config', server.configFile]);
    let number = 0;
    await expect
      .poll(() => delivered(`copy${number++}`, `Dear Ben, ${TEXT} Reference 4711`), {
        timeout: 30_000,
        interval: 1000,
      })
      .toContain('FUZZY_DENIED');
  }, 90_000);

  it('what comes to a trap', async () => {
    const other = TEXT.split(' ').toReversed().join(' ');
    await delivered('bait', other, 'trap');
    await expect
      .poll(() => delivered(`second${Date.now()}`, other), { timeout: 30_000, interval: 500 })
      .toContain('FUZZY_PROB');
  }, 60_000);
});
