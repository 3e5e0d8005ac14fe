/**
 * What widely used programs send, played line by line: how they write strings, in which order they ask, and what they
 * look for in the answers.
 */
import { expect, test } from 'vitest';
import type { SieveClient } from '../support/managesieve-client.ts';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../support/managesieve-rig.ts';
import { ScramClient } from '../support/scram-client.ts';

const rig = new ManageSieveRig();
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const PLAIN = base64(`\0${ANNA}\0${SECRET}`);

const start = async (): Promise<SieveClient> => {
  await rig.start({ server: { tls: await testIdentity() }, logins: { clearOnLoopback: false } });
  return rig.connect();
};

/** How a program without a parser reads capabilities: quoted key, quoted value, a line each, until OK. */
function simpleCapabilities(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const match = /^"([A-Z]+)"(?: "([^"]*)")?$/.exec(line);
    expect(match, line).not.toBeNull();
    found.set(match?.[1] ?? '', match?.[2] ?? '');
  }
  return found;
}

test('Net_Sieve: capabilities, STARTTLS, PLAIN as one quoted string, literals without end', async () => {
  const client = await start();
  const before = simpleCapabilities((await client.reply()).lines);
  expect(before.get('IMPLEMENTATION')).toBe('Tamis');
  expect(before.get('SASL')).toBe('');
  expect(before.has('STARTTLS')).toBe(true);
  expect((await client.command('STARTTLS')).status).toBe('OK');
  await client.secure();
  // It reads capabilities until OK, and then asks for them again.
  const secured = simpleCapabilities((await client.reply()).lines);
  expect(secured.get('SASL')?.split(' ')).toContain('PLAIN');
  expect(simpleCapabilities((await client.command('CAPABILITY')).lines)).toEqual(secured);
  expect((await client.command(`AUTHENTICATE "PLAIN" "${PLAIN}"`)).raw).toMatch(/^OK/);
  expect((await client.command('LISTSCRIPTS')).lines).toEqual([]);
  expect((await client.command('HAVESPACE "roundcube" 42')).status).toBe('OK');
  // Scripts end with the CRLF of the command, counted or not.
  const script =
    '# rule:[Newsletter]\r\nrequire ["fileinto"];\r\nif header :contains "subject" "news"\r\n{\r\n\tfileinto "News";\r\n}\r\n';
  expect((await client.command(`PUTSCRIPT "roundcube" {${script.length}+}\r\n${script}`)).raw).toMatch(/^OK/);
  expect((await client.command('SETACTIVE "roundcube"')).status).toBe('OK');
  const list = (await client.command('LISTSCRIPTS')).lines;
  expect(list.map((line) => /^"(.*)"( ACTIVE)?$/i.exec(line)?.slice(1, 3))).toEqual([
    ['roundcube', ' ACTIVE'],
  ]);
  const got = (await client.command('GETSCRIPT "roundcube"')).raw;
  const size = Number(/^\{(\d+)\}\r\n/.exec(got)?.[1]);
  expect(got.slice(got.indexOf('\n') + 1).slice(0, size)).toBe(script);
  expect(got.slice(got.indexOf('\n') + 1 + size)).toMatch(/^\r\nOK/);
  expect((await client.command('LOGOUT')).status).toBe('OK');
});

test('Net_Sieve: an error of a script is shown as it comes', async () => {
  const client = await start();
  await client.reply();
  await client.startTls();
  await client.plain(ANNA, SECRET);
  const script = 'require "fileinto";\r\nfileinto;\r\nunknown;\r\n';
  const raw = (await client.command(`PUTSCRIPT "roundcube" {${script.length}+}\r\n${script}`)).raw;
  // Either a quoted line, or a literal whose size is right.
  const size = Number(/^NO \{(\d+)\}\r\n/.exec(raw)?.[1]);
  expect(Buffer.byteLength(raw)).toBe(`NO {${size}}\r\n`.length + size + 2);
  expect(raw).toContain('roundcube: line 2: error: ');
});

test('KMail: the first mechanism it knows, responses as literals, a script that includes the active ones', async () => {
  const client = await start();
  await client.reply();
  expect((await client.command('STARTTLS')).status).toBe('OK');
  await client.secure();
  await client.reply();
  const mine = new ScramClient('sha1', ANNA, SECRET);
  const first = base64(mine.first());
  client.send(`AUTHENTICATE "SCRAM-SHA-1" {${first.length}+}\r\n${first}\r\n`);
  const challenge = Buffer.from((await client.line()).text.slice(1, -1), 'base64');
  const final = base64(await mine.final(challenge));
  const done = await client.command(`{${final.length}+}\r\n${final}`);
  expect(done).toMatchObject({ status: 'OK', code: `SASL "${base64(mine.verifier)}"` });
  const put = (name: string, text: string) =>
    client.command(`PUTSCRIPT "${name}" {${Buffer.byteLength(text)}+}\r\n${text}`);
  // The generated script comes before the ones it includes.
  const user =
    '# USER Management Script\n#\n# This script includes the various active sieve scripts\nrequire ["include"];\ninclude :personal "MASTER";\ninclude :personal "Büro";\n';
  expect((await put('USER', user)).status).toBe('OK');
  expect((await put('Büro', 'require ["fileinto"];\nfileinto "Büro";\n')).status).toBe('OK');
  expect((await put('MASTER', 'keep;\n')).status).toBe('OK');
  expect(await put('USER', user)).toMatchObject({ status: 'OK', code: '' });
  expect((await client.command('SETACTIVE "USER"')).status).toBe('OK');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"Büro"', '"MASTER"', '"USER" ACTIVE']);
  expect((await client.command('SETACTIVE ""')).status).toBe('OK');
  expect((await client.command('DELETESCRIPT "USER"')).status).toBe('OK');
});

test('the Thunderbird add-on: NOOP between commands, CHECKSCRIPT while one types, rename, warnings', async () => {
  const client = await start();
  const capabilities = simpleCapabilities((await client.reply()).lines);
  expect(Number(capabilities.get('VERSION'))).toBeGreaterThanOrEqual(1);
  await client.startTls();
  const mine = new ScramClient('sha256', ANNA, SECRET);
  client.send(`AUTHENTICATE "SCRAM-SHA-256" "${base64(mine.first())}"\r\n`);
  const challenge = Buffer.from((await client.line()).text.slice(1, -1), 'base64');
  const done = await client.command(`"${base64(await mine.final(challenge))}"`);
  expect(done).toMatchObject({ status: 'OK', code: `SASL "${base64(mine.verifier)}"` });
  expect((await client.command('NOOP')).status).toBe('OK');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual([]);
  const typed = '#\r\n# Date: Sun, 22 Nov 2026\r\n#\r\nif header :is "subject" "x" { di';
  const check = await client.command(`CHECKSCRIPT {${typed.length}+}\r\n${typed}`);
  expect(check.text).toMatch(/^script: line 4: error: /);
  expect((await client.command('PUTSCRIPT "unnamed" {4+}\r\n#\r\n\r\n'.slice(0, -2))).status).toBe('OK');
  expect((await client.command('RENAMESCRIPT "unnamed" "Urlaub & Co"')).status).toBe('OK');
  expect((await client.command('SETACTIVE "Urlaub & Co"')).status).toBe('OK');
  expect(await client.command('DELETESCRIPT "Urlaub & Co"')).toMatchObject({ status: 'NO', code: 'ACTIVE' });
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"Urlaub & Co" ACTIVE']);
});

test('Python clients: everything quoted, old literals, one command at a time', async () => {
  const client = await start();
  await client.reply();
  await client.startTls();
  expect((await client.command(`AUTHENTICATE "PLAIN" {${PLAIN.length}+}\r\n${PLAIN}`)).status).toBe('OK');
  expect((await client.command('HAVESPACE "main" 5')).status).toBe('OK');
  expect((await client.command('PUTSCRIPT "main" {7}\r\nkeep;\r\n')).status).toBe('OK');
  expect((await client.command('GETSCRIPT "main"')).lines).toEqual(['{7}\r\nkeep;\r\n']);
  expect(await client.command('GETSCRIPT "other"')).toMatchObject({ status: 'NO', code: 'NONEXISTENT' });
});
