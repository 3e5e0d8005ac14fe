import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeers, program } from '../support/peers.ts';
import { TamisServer } from '../support/tamis.ts';
import { makeKey, verifiers } from './verifiers.ts';

const key = makeKey('rsa', 's1', 'tamis.test');

describePeers(['miltertest'], 'submissions through the milter of an MTA with logins of its own', () => {
  const server = new TamisServer();
  beforeAll(async () => {
    server.write('s1.pem', key.pem);
    chmodSync(join(server.folder, 's1.pem'), 0o600);
    server.write('zone.yaml', '{}');
    server.configure(`hostname: mx.tamis.test
servers: { http: { listen: [] }, milter: { listen: ['127.0.0.1:0'] } }
dns: { zone: zone.yaml }
signing: { keys: [{ domain: tamis.test, selector: s1, file: s1.pem }] }
`);
    await server.start();
  });
  afterAll(() => server.dispose());

  it('are signed when the login is the author, and verify as the MTA puts them together', async () => {
    const address = `inet:${server.port('milter')}@127.0.0.1`;
    const script = ['-s', join(import.meta.dirname, 'milter.lua'), '-D', `address=${address}`];
    const { stdout } = await promisify(execFile)(program('miltertest'), script, { timeout: 30_000 });
    const [own, other, stranger] = Array.from(stdout.matchAll(/<<([^>]*)>>/g), ([, value = '']) => value);
    expect([other, stranger]).toEqual(['none', 'none']);
    const signature = (own ?? '').replace(/\r?\n/g, '\r\n');
    expect(signature).toMatch(/^ v=1; a=rsa-sha256; c=relaxed\/relaxed; d=tamis\.test; s=s1;/);
    const mail = `DKIM-Signature:${signature}\r\nFrom: anna@tamis.test\r\nSubject: two\r\n\tlines\r\n\r\nHello\r\n`;
    expect((await verifiers.mailauth([Buffer.from(mail)], [key]))[0]?.dkim).toEqual(['pass']);
    const reasons = server.log.filter(({ msg }) => msg === 'not signed').map(({ reason }) => reason);
    expect(reasons).toEqual(['sender-not-allowed']);
  });
});
