import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const samples = join(import.meta.dirname, '../../corpus/samples');

const CONFIG = `hostname: mx.tamis.test
policy: {domains: [tamis.test]}
servers:
  smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}
  lmtp: {listen: ['127.0.0.1:0']}
  milter: {listen: ['127.0.0.1:0']}
  http: {listen: ['127.0.0.1:0']}
`;

const server = new TamisServer();

/** The files of a mailbox, as text. */
async function mailbox(folder = ''): Promise<string[]> {
  const path = join(server.data, 'mail/demo@tamis.test/Maildir', folder, 'new');
  const names = await readdir(path).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
}

const send = (sample: string, to = 'demo@tamis.test') =>
  tamis(['send', join(samples, sample), '--server', server.address('smtp'), '--to', to]);

beforeAll(async () => {
  server.configure(CONFIG);
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());

describe('tamis serve', () => {
  it('delivers a message with Authentication-Results and X-Spam fields, spam into Junk', async () => {
    expect((await send('ham.eml')).stdout).toMatch(/^250 2\.\d\.\d /);
    expect((await send('spam.eml')).stdout).toMatch(/^250 2\.\d\.\d /);
    const [ham, ...more] = await mailbox();
    expect(more).toEqual([]);
    expect(ham).toMatch(/^Authentication-Results: mx\.tamis\.test;/m);
    expect(ham).toMatch(/^X-Spam-Status: No, score=/m);
    const [spam] = await mailbox('.Junk');
    expect(spam).toMatch(/^X-Spam-Flag: YES\r?$/m);
  });

  it('tells the story of a message by one id', async () => {
    const from = server.log.length;
    await send('ham.eml');
    const end = await server.waitFor((line) => line.msg === 'finish', from);
    const story = server.log.filter((line) => line['id'] === end['id']).map((line) => line.msg);
    expect(story).toEqual(['client', 'mail', 'rcpt', 'verdict', 'mail delivered', 'finish']);
    const newest = (await mailbox()).find((text) => text.includes(String(end['id'])));
    expect(newest).toMatch(/^Received: from /m);
  });

  it('relays for nobody and knows its recipients', async () => {
    expect((await send('ham.eml', 'someone@example.com')).stderr).toContain('554 5.7.1');
    expect((await send('ham.eml', 'nobody@tamis.test')).stderr).toContain('550 5.1.1');
  });

  it('sees an account that is added while it runs', async () => {
    expect((await send('ham.eml', 'new@tamis.test')).code).toBe(1);
    await tamis(['user', 'add', 'new@tamis.test', '--config', server.configFile]);
    expect((await send('ham.eml', 'new@tamis.test')).code).toBe(0);
  });

  it('shows metrics and health', async () => {
    const health = await fetch(`http://${server.address('http')}/health`);
    expect(await health.json()).toEqual({ status: 'ok', parts: { state: 'ok', pool: 'ok', servers: 'ok' } });
    const metrics = await (await fetch(`http://${server.address('http')}/metrics`)).text();
    expect(metrics).toMatch(/^tamis_messages_total\{protocol="smtp",outcome="delivered"\} [1-9]/m);
    expect(metrics).toMatch(/^tamis_actions_total\{action="add header"\} 1$/m);
    expect(metrics).toMatch(/^tamis_scans_queued 0$/m);
  });

  it('reloads on SIGHUP without dropping connections, and keeps the old settings when the new ones are bad', async () => {
    const talk = await SmtpTalk.open(server.port('smtp'));
    let from = server.log.length;
    server.configure(CONFIG.replace('[tamis.test]', '[tamis.test'));
    server.signal('SIGHUP');
    const fault = await server.waitFor((line) => line.msg === 'configuration not reloaded', from);
    expect(fault['fault']).toMatch(/tamis\.yaml:\d+:\d+: /);
    expect((await send('ham.eml')).code).toBe(0);

    from = server.log.length;
    server.configure(`${CONFIG}filter:\n  scores: {FORGED_SENDER: 9}\n`);
    server.signal('SIGHUP');
    await server.waitFor((line) => line.msg === 'configuration reloaded', from);
    // The connection from before goes on, and its mail meets the new scores.
    expect((await talk.command('MAIL FROM:<a@example.com>')).code).toBe(250);
    expect((await talk.command('RCPT TO:<demo@tamis.test>')).code).toBe(250);
    expect((await talk.command('DATA')).code).toBe(354);
    const raw = readFileSync(join(samples, 'ham.eml'), 'latin1').replaceAll('\n', '\r\n');
    expect((await talk.command(`${raw}\r\n.`)).code).toBe(250);
    const verdict = await server.waitFor((line) => line.msg === 'verdict', from);
    expect(verdict).toMatchObject({ action: 'add header', spam: true });
    talk.socket.destroy();
  });

  it('says that a change of the servers needs a restart', async () => {
    const from = server.log.length;
    server.configure(
      `${CONFIG.replace('hostname: mx.tamis.test', 'hostname: other.tamis.test')}delivery: { outbound: { port: 2526 } }\n`,
    );
    server.signal('SIGHUP');
    const warning = await server.waitFor(
      (line) => line.msg === 'changes need a restart to take effect',
      from,
    );
    expect(warning['sections']).toEqual(['hostname', 'delivery.outbound']);
    server.configure(CONFIG);
  });

  it('drains on SIGTERM: the transaction under way ends, new connections are refused', async () => {
    const talk = await SmtpTalk.open(server.port('smtp'));
    for (const line of ['MAIL FROM:<a@example.org>', 'RCPT TO:<demo@tamis.test>', 'DATA'])
      await talk.command(line);
    const before = (await mailbox()).length;
    const stopped = server.stop('SIGTERM');
    await server.waitFor((line) => line.msg === 'stopping: what is under way ends first');
    // The log line comes first, the closed door a moment later.
    await vi.waitFor(
      () => expect(SmtpTalk.connect(server.port('smtp'))).rejects.toThrow('ECONNREFUSED'),
      5000,
    );
    expect((await talk.command('From: a@example.org\r\nSubject: last\r\n\r\nlast\r\n.')).code).toBe(250);
    expect(await stopped).toBe(0);
    expect(await mailbox()).toHaveLength(before + 1);
    await server.start();
  });

  it('does not start when an address is taken, and says which', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const second = new TamisServer();
    second.configure(`servers: {smtp: {listen: ['127.0.0.1:${port}']}, http: {listen: []}}\n`);
    const { code, stderr } = await tamis(['serve', '--config', second.configFile]);
    expect(code).toBe(1);
    expect(stderr).toContain(`servers.smtp.listen: 127.0.0.1:${port}: `);
    expect(stderr).toContain('EADDRINUSE');
    other.close();
    await second.dispose();
  });

  it('does not start with a bad configuration and lists every fault', async () => {
    const second = new TamisServer();
    second.configure('servers: {smpt: {}}\nfilter: {pool: {workers: 0}}\n');
    const { code, stderr } = await tamis(['serve', '--config', second.configFile]);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(2);
    await second.dispose();
  });
});
