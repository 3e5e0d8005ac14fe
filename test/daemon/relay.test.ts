import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sink, type Sink } from '../delivery/sink.ts';
import { until } from '../support/mta.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const ham = join(import.meta.dirname, '../../corpus/samples/ham.eml');
const server = new TamisServer();
let elsewhere: Sink;

beforeAll(async () => {
  elsewhere = await sink();
  server.configure(`hostname: mx.tamis.test
policy:
  domains: [tamis.test]
  relay: { networks: [127.0.0.1] }
delivery: { outbound: { relay: '127.0.0.1:${elsewhere.port}', relay_tls: none } }
servers: { http: { listen: [] }, smtp: { listen: ['127.0.0.1:0'], greeting_delay: 0ms } }
`);
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(async () => {
  await server.dispose();
  await elsewhere.close();
});

describe('a client that may relay', () => {
  it('has its mail to others sent on, and to us delivered', async () => {
    const recipients = ['--to', 'demo@tamis.test', '--to', 'dora@example.com', '--to', 'emil@example.net'];
    const sent = await tamis([
      'send',
      ham,
      '--server',
      server.address('smtp'),
      '--from',
      'a@example.org',
      ...recipients,
    ]);
    expect(sent).toMatchObject({ code: 0, stderr: '' });
    await until(
      () => elsewhere.mails.flatMap((mail) => mail.recipients).length === 2 || undefined,
      'both are sent on',
    );
    expect(elsewhere.mails.flatMap((mail) => mail.recipients).toSorted()).toEqual([
      'dora@example.com',
      'emil@example.net',
    ]);
    for (const { sender, raw } of elsewhere.mails) {
      expect(sender).toBe('a@example.org');
      expect(raw.toString('latin1')).toMatch(/^Received: from .*\r\n/);
      expect(raw.toString('latin1')).toContain(readFileSync(ham, 'latin1').split('\n\n')[1]?.split('\n')[0]);
    }
    expect(server.log.some((line) => line.msg === 'mail delivered')).toBe(true);
  });

  it('is not believed about unknown addresses of ours', async () => {
    const refused = await tamis([
      'send',
      ham,
      '--server',
      server.address('smtp'),
      '--to',
      'nobody@tamis.test',
    ]);
    expect(refused.stderr).toContain('550 5.1.1');
  });
});
