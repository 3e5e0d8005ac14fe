import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { reply } from '../../src/policy/reply.ts';
import { createLmtpServer } from '../../src/servers/lmtp/lmtp-server.ts';
import { defaultLmtpSettings } from '../../src/servers/lmtp/settings.ts';
import type { LmtpSettings } from '../../src/servers/lmtp/settings.ts';
import type { MailServer } from '../../src/servers/smtp/server.ts';
import { memoryLog, MemoryDelivery, testScanner, testTransactions } from './fakes.ts';
import { Wire } from './wire.ts';

const MAIL = 'From: a@example.org\r\nSubject: hello\r\n\r\nbody\r\n';

let server: MailServer | undefined;
let folder = '';
const wires: Wire[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-lmtp-'));
});

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  await server?.close(0);
  rmSync(folder, { recursive: true, force: true });
});

async function start(
  settings: Partial<LmtpSettings> = {},
  endpoint: Endpoint = { host: '127.0.0.1', port: 0 },
) {
  const delivery = new MemoryDelivery();
  const scanner = testScanner();
  const log = memoryLog();
  server = createLmtpServer({
    settings: { ...defaultLmtpSettings, ...settings },
    hostname: 'tamis.example',
    transactions: testTransactions(log, scanner),
    delivery,
    log,
  });
  const place = await server.listen(endpoint);
  const wire = await Wire.greeted(place);
  wires.push(wire);
  return { wire, delivery, scanner, log, place };
}

async function replies(wire: Wire, count: number): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < count; i++) answers.push(await wire.reply());
  return answers;
}

describe('LMTP', () => {
  it('says LHLO, and nothing to EHLO and HELO (RFC 2033 §4.1)', async () => {
    const { wire } = await start();
    expect(await wire.command('EHLO mta.example')).toMatch(/^500/);
    expect(await wire.command('HELO mta.example')).toMatch(/^500/);
    const lhlo = await wire.command('LHLO mta.example');
    for (const keyword of ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'SIZE 52428800'])
      expect(lhlo).toContain(keyword);
    expect(lhlo).not.toMatch(/AUTH|STARTTLS/);
  });

  it('answers for each recipient, in order, refused and repeated ones counted right (RFC 2033 §4.2)', async () => {
    const { wire, delivery, log } = await start();
    delivery.answers.set('c', reply(452, '4.2.2', 'Full'));
    delivery.answers.set('d', reply(550, '5.7.1', 'Not wanted'));
    await wire.command('LHLO mta.example');
    const to = ['d', 'refused', 'b', 'c', 'b'].map((local) => `RCPT TO:<${local}@example.com>\r\n`).join('');
    wire.write(`MAIL FROM:<a@example.org>\r\n${to}DATA\r\n${MAIL}.\r\nNOOP\r\n`);
    const answers = await replies(wire, 12);
    expect(answers.slice(1, 6).map((answer) => answer.slice(0, 9))).toEqual([
      '250 2.1.5',
      '550 5.1.1',
      '250 2.1.5',
      '250 2.1.5',
      '250 2.1.5',
    ]);
    expect(answers[6]).toMatch(/^354/);
    expect(answers.slice(7, 11)).toEqual([
      '550 5.7.1 Not wanted',
      '250 2.0.0 Ok: b',
      '452 4.2.2 Full',
      '250 2.0.0 Ok: b',
    ]);
    expect(answers[11]).toMatch(/^250/);
    expect(delivery.boxes.get('b')).toHaveLength(1);
    expect(log.lines.findLast(({ text }) => text === 'finish')?.fields['outcome']).toBe('delivered');
  });

  it.each([
    ['reject', '550 5.7.1'],
    ['soft reject', '451 4.7.1'],
    ['discard', '250 2.0.0'],
  ])('answers as often when the filter decides for all: %s', async (action, answer) => {
    const { wire, delivery } = await start();
    await wire.command('LHLO mta.example');
    await wire.envelope('a@example.org', 'b@example.com', 'c@example.com', 'd@example.com');
    wire.write(`X-Test-Action: ${action}\r\n${MAIL}.\r\n`);
    for (const given of await replies(wire, 3)) expect(given.startsWith(answer)).toBe(true);
    expect(await wire.command('NOOP')).toMatch(/^250/);
    expect(delivery.requests).toHaveLength(0);
  });

  it('says 503 to DATA without a recipient (RFC 2033 §4.2)', async () => {
    const { wire } = await start();
    await wire.command('LHLO mta.example');
    const answers = await wire.envelope('a@example.org', 'refused@example.com');
    expect(answers.at(-1)).toMatch(/^503/);
  });

  it('is a 4xx for each when delivery breaks', async () => {
    const { wire, delivery } = await start();
    delivery.deliver = async () => {
      throw new Error('disk gone');
    };
    await wire.command('LHLO mta.example');
    await wire.envelope('a@example.org', 'b@example.com', 'c@example.com');
    wire.write(`${MAIL}.\r\n`);
    for (const answer of await replies(wire, 2)) expect(answer).toMatch(/^451 4\.3\.0/);
  });

  it.each([
    ['X-Spam-Flag: YES\r\n', true],
    ['x-spam-flag:yes\r\n', true],
    ['X-Spam-Flag: NO\r\n', false],
    ['', false],
    ['Subject: x\r\n\r\nX-Spam-Flag: YES\r\n', false],
  ])('believes who scanned before it, when told to: %j', async (head, spam) => {
    const { wire, delivery, scanner } = await start({ scan: false });
    await wire.command('LHLO mta.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${head}X-Test-Action: reject\r\n${MAIL}.`)).toMatch(/^250/);
    expect(delivery.requests[0]?.spam).toBe(spam);
    expect(scanner.scanned).toBe(0);
  });

  it('listens on a unix socket, also where a dead one lies', async () => {
    const path = join(folder, 'lmtp.sock');
    const { wire, delivery, place } = await start({}, { path });
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await wire.command('LHLO mta.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope.client.address).toBeUndefined();
    expect(delivery.requests[0]?.edits[0]).toHaveProperty('value', expect.stringContaining('with LMTP id'));
    // Somebody listens there: it is his.
    await expect(server?.listen(place)).rejects.toThrow(/EADDRINUSE/);
    await server?.close(0);
    await leaveDead(path);
    await start({}, { path });
  });

  it('trusts the peers of its socket when told to', async () => {
    const { wire, delivery } = await start({ xforward: ['unix'] }, { path: join(folder, 'lmtp.sock') });
    expect(await wire.command('LHLO mta.example')).toContain('XFORWARD');
    await wire.command('XFORWARD ADDR=192.0.2.7 NAME=mx.example.net HELO=mx.example.net');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope.client).toMatchObject({
      address: '192.0.2.7',
      name: 'mx.example.net',
    });
  });
});

/** A socket file nobody listens on, as a killed server leaves it. */
async function leaveDead(path: string): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', code], { stdio: 'ignore' });
  } catch {
    // Killed, as it should be.
  }
  const probe = createServer();
  await expect(
    new Promise((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(path, () => resolve(undefined));
    }),
  ).rejects.toThrow(/EADDRINUSE/);
}
