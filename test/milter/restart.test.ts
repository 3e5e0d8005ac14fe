import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMilterServer } from '../../src/servers/milter/index.ts';
import type { MilterServer } from '../../src/servers/milter/index.ts';
import { Postfix, describePostfix } from '../support/postfix.ts';
import { freePort } from '../support/port.ts';
import { sendLoad } from '../support/smtp-load.ts';

const MAILS = 200;
const CONNECTIONS = 20;

const numbered = (n: number): Buffer =>
  Buffer.from(`From: <sender@example.com>\r\nSubject: ${n}\r\n\r\n${'text\r\n'.repeat(n * 10)}`);

describePostfix('milter restarted under load', () => {
  let postfix: Postfix;
  let milter: MilterServer;
  let port: number;
  let restarts = 0;

  const start = async (): Promise<void> => {
    milter = createMilterServer({
      handlers: {
        header: () => 'continue',
        body: () => 'continue',
        endOfMessage: async (message) => {
          await sleep(5);
          message.addHeader('X-Filtered', String(restarts));
        },
      },
    });
    await milter.listen({ port });
  };

  beforeAll(async () => {
    port = await freePort();
    await start();
    postfix = new Postfix({ main: { smtpd_milters: `inet:127.0.0.1:${port}` } });
    await postfix.start();
  });
  afterAll(async () => {
    await postfix?.stop();
    await milter?.close(0);
  });

  it(`delivers each of ${MAILS} mails once, filtered, though the filter breaks off again and again`, async () => {
    const finished = new AbortController();
    const breaking = (async () => {
      while (!finished.signal.aborted) {
        await sleep(300);
        // Without a word: every socket is closed at once, whatever it was in the middle of.
        await milter.close(0);
        restarts++;
        await sleep(50);
        await start();
      }
    })();
    const mails = Array.from({ length: MAILS }, (_, n) => ({
      sender: 'sender@example.com',
      recipient: `user${n}@example.org`,
      raw: numbered(n),
    }));
    const results = await sendLoad(mails, {
      host: '127.0.0.1',
      port: postfix.port,
      connections: CONNECTIONS,
      retries: 200,
      pause: 50,
    });
    finished.abort();
    await breaking;
    expect(results.filter(({ code }) => code !== 250)).toEqual([]);
    const delivered = await postfix.settled();
    expect(delivered.map(({ recipient }) => recipient).sort()).toEqual(
      mails.map(({ recipient }) => recipient).sort(),
    );
    for (const { raw } of delivered) expect(raw.toString('latin1')).toMatch(/^X-Filtered: \d+$/m);
    expect(restarts).toBeGreaterThan(0);
    // Some of it was really interrupted.
    expect(results.some(({ attempts }) => attempts > 1)).toBe(true);
  });
});
