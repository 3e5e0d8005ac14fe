import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/port.ts';
import { sendLoad, type LoadMail } from '../support/smtp-load.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const COUNT = 600;
const server = new TamisServer();
const ports = { smtp: 0 };

beforeAll(async () => {
  ports.smtp = await freePort();
  server.configure(`hostname: mx.tamis.test
policy: {domains: [tamis.test]}
dns: {zone: dns.yaml}
servers: {http: {listen: []}, smtp: {listen: ['127.0.0.1:${ports.smtp}'], greeting_delay: 0ms}}
`);
  server.write('dns.yaml', 'unknown.test: {TXT: [nothing]}\n');
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());

describe('SMTP with delivery here', () => {
  it('has every message it said 250 to, whole, after three kills', { timeout: 200_000 }, async () => {
    const mails: LoadMail[] = Array.from({ length: COUNT }, (_, index) => ({
      sender: 'a@example.org',
      recipient: `demo+${index}@tamis.test`,
      raw: Buffer.from(
        `From: a@example.org\r\nDate: Thu, 19 Nov 2026 10:00:00 +0000\r\nSubject: ${index}\r\n\r\n${`line of message ${index}\r\n`.repeat(200)}end of ${index}\r\n`,
      ),
    }));
    const kills = [0.2, 0.5, 0.8].map((share) => Math.floor(share * COUNT));
    let restarts = Promise.resolve();
    const results = await sendLoad(mails, {
      host: '127.0.0.1',
      port: ports.smtp,
      connections: 10,
      retries: 60,
      pause: 200,
      progress: (done) => {
        if (!kills.includes(done)) return;
        restarts = restarts.then(async () => {
          await server.stop('SIGKILL');
          await server.start();
        });
      },
    });
    await restarts;
    expect(results.filter(({ code }) => code !== 250)).toEqual([]);

    const folder = join(server.data, 'mail/demo@tamis.test/Maildir/new');
    const copies = new Map<string, number>();
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'latin1');
      const recipient = /^Delivered-To: (.*?)\r?$/m.exec(text)?.[1] ?? name;
      const number = /\+(\d+)@/.exec(recipient)?.[1] ?? '';
      expect(
        text.endsWith(`line of message ${number}\r\nend of ${number}\r\n`) ||
          text.endsWith(`line of message ${number}\nend of ${number}\n`),
        recipient,
      ).toBe(true);
      copies.set(recipient, (copies.get(recipient) ?? 0) + 1);
    }
    expect(results.filter(({ recipient }) => !copies.has(recipient))).toEqual([]);
    // Twice only where the 250 was lost with the process, so that the client had to send again.
    const twice = results.filter(({ recipient }) => (copies.get(recipient) ?? 0) > 1);
    expect(twice.filter(({ attempts }) => attempts === 1)).toEqual([]);
    console.log(
      `${COUNT} messages, ${results.filter(({ attempts }) => attempts > 1).length} sent again, ${twice.length} there twice`,
    );
  });
});
