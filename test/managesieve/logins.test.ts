import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SieveClient } from '../support/managesieve-client.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const USER = 'demo@tamis.test';
const PASSWORD = 'correct horse battery';
const server = new TamisServer();

beforeAll(async () => {
  server.configure(`hostname: mx.tamis.test
policy:
  domains: [tamis.test]
  logins: {exempt_networks: [], address_failures: 3, first_delay: 0ms}
servers:
  smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}
  managesieve: {listen: ['127.0.0.1:0']}
  http: {listen: []}
`);
  await tamis(['user', 'add', USER, '--password-stdin', '--config', server.configFile], `${PASSWORD}\n`);
  await server.start();
});
afterAll(() => server.dispose());

/** Logs in by SMTP; the code of the answer. */
async function smtpLogin(password: string): Promise<number> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: server.port('smtp'),
    requireTLS: true,
    tls: { rejectUnauthorized: false },
    auth: { user: USER, pass: password },
  });
  try {
    await transport.verify();
    return 235;
  } catch (error) {
    return (error as { responseCode?: number }).responseCode ?? 0;
  } finally {
    transport.close();
  }
}

it('failed logins count for all servers together', async () => {
  expect(await smtpLogin(PASSWORD)).toBe(235);
  expect(await smtpLogin('wrong')).toBe(535);
  const client = await SieveClient.connect(server.port('managesieve'));
  await client.reply();
  await client.startTls();
  for (const password of ['wrong', 'also wrong'])
    expect(await client.plain(USER, password)).toMatchObject({ status: 'NO', code: '' });
  expect(await client.plain(USER, PASSWORD)).toMatchObject({ status: 'NO', code: 'TRYLATER' });
  client.destroy();
  expect(await smtpLogin(PASSWORD)).toBe(454);
});

it('a reload puts other settings of logins in force', async () => {
  const from = server.log.length;
  server.configure(`hostname: mx.tamis.test
policy:
  domains: [tamis.test]
  logins: {address_failures: 0, first_delay: 0ms, mechanisms: [PLAIN]}
servers:
  smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}
  managesieve: {listen: ['127.0.0.1:0']}
  http: {listen: []}
`);
  server.signal('SIGHUP');
  await server.waitFor(({ msg }) => msg === 'configuration reloaded', from);
  const client = await SieveClient.connect(server.port('managesieve'));
  await client.reply();
  expect((await client.startTls()).lines).toContain('"SASL" "PLAIN"');
  expect((await client.plain(USER, PASSWORD)).status).toBe('OK');
  client.destroy();
});
