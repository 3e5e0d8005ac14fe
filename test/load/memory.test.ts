import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const server = new TamisServer();

beforeAll(async () => {
  server.configure(`hostname: mx.tamis.test
policy: { domains: [tamis.test], message_bytes: 8M }
daemon: { incoming_bytes: 16M }
servers: { http: { listen: [] }, smtp: { listen: ['127.0.0.1:0'], greeting_delay: 0ms } }
`);
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());

const LINE = `${'x'.repeat(998)}\r\n`;

interface Hanging {
  talk: SmtpTalk;
  /** Answer to DATA: 354, or a refusal. */
  data: number;
}

/** A client that has sent 5 MB of a message and not its end. */
async function hanging(): Promise<Hanging> {
  const talk = await SmtpTalk.open(server.port('smtp'));
  await talk.command('MAIL FROM:<a@example.org>');
  await talk.command('RCPT TO:<demo@tamis.test>');
  const { code } = await talk.command('DATA');
  if (code === 354) talk.send(`Subject: large\r\n\r\n${LINE.repeat(5000)}`);
  return { talk, data: code };
}

const end = async ({ talk, data }: Hanging): Promise<number> =>
  data === 354 ? (await talk.command('.')).code : data;

describe('memory of messages coming in', () => {
  it('is bounded over all connections: who comes too late is told to try again, and room is given back', async () => {
    const clients: Hanging[] = [];
    for (let index = 0; index < 4; index++) clients.push(await hanging());
    const codes = await Promise.all(clients.map(end));
    expect(codes.filter((code) => code === 250).length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === 452).length).toBeGreaterThan(0);
    expect(codes.filter((code) => code !== 250 && code !== 452)).toEqual([]);

    // Clients that go away in the middle give back theirs.
    const gone = [await hanging(), await hanging(), await hanging()];
    for (const { talk } of gone) talk.socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await end(await hanging())).toBe(250);
    for (const { talk } of clients) talk.socket.destroy();
  });
});
