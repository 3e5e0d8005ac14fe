import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendLoad, type LoadMail } from '../support/smtp-load.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const HEADER =
  'From: a@example.org\r\nTo: demo@tamis.test\r\nSubject: hostile\r\nDate: Thu, 19 Nov 2026 10:00:00 +0000\r\n';

/** Messages made to be expensive. */
const HOSTILE: Readonly<Record<string, () => string>> = {
  '50 MB of text': () =>
    `${HEADER}\r\n${'All work and no play makes mail a dull thing.\r\n'.repeat(1_100_000)}`,
  '50 MB in one base64 part': () =>
    `${HEADER}MIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${'PGRpdj48Yj5o'.repeat(6)}\r\n`.repeat(700_000)}`,
  '10,000 parts': () =>
    `${HEADER}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(10_000)}--b--\r\n`,
  '100,000 header fields': () => `${HEADER}${'X-Field: value\r\n'.repeat(100_000)}\r\nbody\r\n`,
  'nested 500 deep': () => {
    const open = Array.from(
      { length: 500 },
      (_, level) => `Content-Type: multipart/mixed; boundary=b${level}\r\n\r\n--b${level}\r\n`,
    );
    return `${HEADER}MIME-Version: 1.0\r\n${open.join('')}Content-Type: text/plain\r\n\r\ndeep\r\n`;
  },
  '10 MB of <div>': () =>
    `${HEADER}MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${`${'<div>'.repeat(15)}\r\n`.repeat(130_000)}`,
  'a line of 20 MB': () => `${HEADER}\r\n${'x'.repeat(20_000_000)}\r\n`,
};

const server = new TamisServer();
beforeAll(async () => {
  server.configure(`hostname: mx.tamis.test
policy: {domains: [tamis.test]}
dns: {zone: dns.yaml}
filter: {model: {enabled: true}, pool: {workers: 2}}
servers: {http: {listen: []}, smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}}
`);
  server.write('dns.yaml', 'unknown.test: {TXT: [nothing]}\n');
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());

const mail = (raw: string): LoadMail => ({
  sender: 'a@example.org',
  recipient: 'demo@tamis.test',
  raw: Buffer.from(raw),
});

/** Largest resident memory of the process so far, MB. */
const peakMemory = (): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

describe('hostile messages', () => {
  it.each(Object.keys(HOSTILE))(
    '%s is answered, and others are served meanwhile',
    { timeout: 120_000 },
    async (name) => {
      const options = { host: '127.0.0.1', port: server.port('smtp'), retries: 1, pause: 0 };
      const heavy = sendLoad([mail(HOSTILE[name]?.() ?? '')], { ...options, connections: 1 });
      const pending = Symbol('pending');
      // Small mail all the while: each has its answer soon.
      const waits: number[] = [];
      do {
        const began = performance.now();
        const [small] = await sendLoad([mail(`${HEADER}\r\nsmall\r\n`)], { ...options, connections: 1 });
        waits.push(performance.now() - began);
        expect(small?.code, small?.text).toBe(250);
      } while ((await Promise.race([heavy, Promise.resolve(pending)])) === pending);
      const [answer] = await heavy;
      expect(answer?.text).toMatch(/^(?:250|4\d\d|5\d\d) /);
      expect(Math.max(...waits)).toBeLessThan(20_000);
      console.log(
        `${name}: ${answer?.text}; ${waits.length} small ones, slowest ${Math.max(...waits).toFixed(0)} ms; peak ${peakMemory().toFixed(0)} MB`,
      );
    },
  );

  it('has kept its memory within bounds', () => {
    // Two workers, their code, and a few copies of 50 MB: far from the sum of what was sent.
    expect(peakMemory()).toBeLessThan(1500);
  });
});
