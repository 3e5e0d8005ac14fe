import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImapClient } from '../../support/imap-client.ts';
import { ANNA, MailDaemon, PASSWORD } from '../../support/mail-daemon.ts';
import { tamis } from '../../support/tamis.ts';
import { Acknowledged, look, work } from './worker.ts';

const ROUNDS = 4;
const CLIENTS = 5;
const server = new MailDaemon();

beforeAll(() => server.serve());
afterAll(() => server.dispose());

async function login(): Promise<ImapClient> {
  const client = await connect();
  await client.ok(`LOGIN "${ANNA}" "${PASSWORD}"`);
  return client;
}

const connect = async (): Promise<ImapClient> =>
  (await ImapClient.connectTls(server.imapPort('TLS'))).greeted();

test('killed under load: what clients were told is done is done, under the same UIDs', {
  timeout: 120_000,
}, async () => {
  const maker = await login();
  for (const name of ['Work', 'Copies', 'Moved']) await maker.ok(`CREATE ${name}`);
  const { uidValidity } = await look(maker, 'Work');
  const done = new Acknowledged();
  for (let round = 0; round < ROUNDS; round++) {
    const clients = await Promise.all(Array.from({ length: CLIENTS }, connect));
    const working = clients.map((client, index) => work(client, ANNA, `r${round}c${index}`, done));
    const ended = Promise.allSettled(working);
    await sleep(400 + ((round * 137) % 500));
    await server.stop('SIGKILL');
    for (const result of await ended) {
      const why = result.status === 'rejected' ? String(result.reason) : 'it ended';
      expect(why).toMatch(/hung up|ECONNRESET|EPIPE/);
    }
    await server.start();
    const client = await login();
    const [inWork, copies, moved] = [
      await look(client, 'Work'),
      await look(client, 'Copies'),
      await look(client, 'Moved'),
    ];
    expect(inWork.uidValidity).toBe(uidValidity);
    expect(inWork.highestModseq).toBeGreaterThanOrEqual(done.highestModseq);
    for (const [number, uid] of done.appended) {
      expect(inWork.uidNext, number).toBeGreaterThan(uid);
      const there = inWork.messages.get(number);
      if (there === undefined) expect(done.leaving, `${number}, UID ${uid}`).toContain(number);
      else expect(there.uid, number).toBe(uid);
    }
    for (const number of done.flagged) {
      const { flags } = inWork.messages.get(number) ?? moved.messages.get(number) ?? {};
      if (flags !== undefined) expect(flags, number).toMatch(/\\Flagged.*\$Sure/);
    }
    for (const [number, uid] of done.copied) expect(copies.messages.get(number)?.uid, number).toBe(uid);
    for (const [number, uid] of done.moved) {
      expect(moved.messages.get(number)?.uid, number).toBe(uid);
      expect(inWork.messages.has(number), number).toBe(false);
    }
    for (const number of done.expunged) expect(inWork.messages.has(number), number).toBe(false);
    // A move that was under way left its message in one of both, not in none and not in both.
    for (const number of done.leaving)
      if (Number(number.split('.')[1]) % 4 === 2)
        expect(Number(inWork.messages.has(number)) + Number(moved.messages.has(number)), number).toBe(1);
    await client.ok('LOGOUT');
  }
  expect(done.appended.size).toBeGreaterThan(ROUNDS * CLIENTS);
  const check = await tamis(['store', 'check', '--config', server.configFile]);
  expect([check.code, check.stdout + check.stderr]).toEqual([0, expect.not.stringContaining('fault')]);
});
