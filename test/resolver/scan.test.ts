import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { FakeNameServer, type ServerAnswer, soa } from '../support/dns-server.ts';
import { freePort } from '../support/port.ts';
import { tamis } from '../support/tamis.ts';

const ham = join(import.meta.dirname, '../../corpus/samples/ham.eml');
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** `tamis scan` of a mail from a@example.org, by way of a resolver; with the milliseconds it took. */
async function scan(resolver: string): Promise<{ stdout: string; code: number; took: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-resolver-'));
  ends.push(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'tamis.yaml');
  writeFileSync(
    config,
    `hostname: mx.tamis.test\ndata: ${folder}\ndns: {servers: ["${resolver}"], timeout: 1s}\n`,
  );
  const started = performance.now();
  const client = ['--client', '192.0.2.1', '--from', 'a@example.org'];
  const { stdout, code } = await tamis(['scan', '--config', config, ...client, ham]);
  return { stdout, code, took: performance.now() - started };
}

async function serve(answer: ServerAnswer): Promise<FakeNameServer> {
  const server = await FakeNameServer.start(answer);
  ends.push(() => server.close());
  return server;
}

it('judges a mail by what the DNS says', async () => {
  const server = await serve(({ name, type }) =>
    `${type} ${name.toLowerCase()}` === 'TXT example.org'
      ? { answers: [{ type: 'TXT', name, ttl: 60, data: ['v=spf1 ip4:192.0.2.0/24 -all'] }] }
      : { rcode: 3, authorities: [soa('.', 60, 60)] },
  );
  const { stdout, code } = await scan(server.address);
  expect(code).toBe(0);
  expect(stdout).toContain('spf=pass');
  expect(new Set(server.questions).size).toBe(server.questions.length);
});

it('has a temporary error where nobody listens, at once', async () => {
  const { stdout, code, took } = await scan(`127.0.0.1:${await freePort()}`);
  expect(code).toBe(0);
  expect(stdout).toContain('spf=temperror');
  expect(took).toBeLessThan(15_000);
});

it.each<[string, ServerAnswer]>([
  ['says nothing', () => undefined],
  ['fails', () => ({ rcode: 2 })],
  ['talks nonsense', () => ({ raw: Buffer.from('nonsense'), times: 3 })],
  ['leads in circles', ({ name }) => ({ answers: [{ type: 'CNAME', name, ttl: 0, data: `x${name}` }] })],
])('has a temporary error where a server %s', async (_, answer) => {
  const server = await serve(answer);
  const { stdout, code } = await scan(server.address);
  expect(code).toBe(0);
  expect(stdout).toContain('spf=temperror');
});
