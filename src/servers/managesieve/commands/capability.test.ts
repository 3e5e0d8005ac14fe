import { expect, test } from 'vitest';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../../../../test/support/managesieve-rig.ts';
import { capabilities } from '../../../sieve/index.ts';

const rig = new ManageSieveRig();

const names = (lines: readonly string[]): string[] =>
  lines.map((line) => /^"([^"]*)"/.exec(line)?.[1] ?? line);

test('in clear: no mechanism, STARTTLS', async () => {
  await rig.start({ server: { tls: await testIdentity() }, logins: { clearOnLoopback: false } });
  const client = await rig.connect();
  const greeting = await client.reply();
  expect(greeting.raw).toMatch(/^(?:"[A-Z]+"(?: "[^"\r\n]*")?\r\n)+OK "[^"]*"\r\n$/);
  expect(names(greeting.lines).filter((name) => name !== 'NOTIFY')).toEqual([
    'IMPLEMENTATION',
    'SIEVE',
    'SASL',
    'VERSION',
    'STARTTLS',
  ]);
  expect(greeting.lines).toContain('"SASL" ""');
  expect(greeting.lines).toContain('"VERSION" "1.0"');
  expect(greeting.lines).toContain(`"SIEVE" "${capabilities().join(' ')}"`);
  expect((await client.command('CAPABILITY')).lines).toEqual(greeting.lines);
});

test('with TLS: mechanisms, LOGIN last, no STARTTLS; after login: who and what', async () => {
  await rig.start({ server: { tls: await testIdentity() } });
  const client = await rig.client();
  const { lines } = await client.startTls();
  expect(lines.find((line) => line.startsWith('"SASL"'))).toMatch(/SCRAM-SHA-256-PLUS.* LOGIN"$/);
  expect(names(lines)).not.toContain('STARTTLS');
  expect(names(lines)).not.toContain('OWNER');
  await client.plain(ANNA, SECRET);
  const after = await client.command('CAPABILITY');
  expect(after.status).toBe('OK');
  for (const line of [
    '"OWNER" "anna@example.org"',
    '"MAXREDIRECTS" "4"',
    '"LANGUAGE" "en"',
    '"UNAUTHENTICATE"',
  ])
    expect(after.lines).toContain(line);
});

test('NOTIFY is never empty: it is there with enotify only', async () => {
  await rig.start({ server: { capabilities: () => ['fileinto', 'enotify'] } });
  expect((await (await rig.connect()).reply()).lines).toContain('"NOTIFY" "mailto"');
  await rig.start({ server: { capabilities: () => ['fileinto'] } });
  expect(names((await (await rig.connect()).reply()).lines)).not.toContain('NOTIFY');
});
