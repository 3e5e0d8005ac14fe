import { describe, expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';
import { commands } from './index.ts';

const rig = new ManageSieveRig();

/** A form of each command that is well formed. */
const FORMS: Readonly<Record<string, string>> = {
  AUTHENTICATE: 'AUTHENTICATE "PLAIN" "AGEAYg=="',
  STARTTLS: 'STARTTLS',
  LOGOUT: 'LOGOUT',
  CAPABILITY: 'CAPABILITY',
  HAVESPACE: 'HAVESPACE "a" 1',
  PUTSCRIPT: 'PUTSCRIPT "a" {5+}\r\nkeep;',
  LISTSCRIPTS: 'LISTSCRIPTS',
  SETACTIVE: 'SETACTIVE ""',
  GETSCRIPT: 'GETSCRIPT "a"',
  DELETESCRIPT: 'DELETESCRIPT "a"',
  RENAMESCRIPT: 'RENAMESCRIPT "a" "b"',
  CHECKSCRIPT: 'CHECKSCRIPT "keep;"',
  NOOP: 'NOOP',
  UNAUTHENTICATE: 'UNAUTHENTICATE',
};

test('every command has a form here', () => {
  expect(Object.keys(FORMS).sort()).toEqual([...commands.keys()].sort());
});

describe.each([...commands.values()])('$name', ({ name, state, arguments: [least, most] }) => {
  const form = FORMS[name] ?? '';

  test('in the wrong state is refused and changes nothing', async () => {
    await rig.start();
    if (state === 'any') return;
    const client = state === 'logged-in' ? await rig.client() : await rig.loggedIn();
    const answer = await client.command(form);
    expect(answer).toMatchObject({ status: 'NO', lines: [] });
    expect(answer.text).toBe(state === 'logged-in' ? 'Log in first' : 'You have logged in already');
    expect((await client.command('NOOP "here"')).code).toBe('TAG "here"');
  });

  test('with too few or too many arguments is refused', async () => {
    await rig.start();
    const client = state === 'logged-in' ? await rig.loggedIn() : await rig.client();
    if (least > 0) expect((await client.command(name)).text).toMatch(/takes .* arguments/);
    const many = `${name}${' "x"'.repeat(most + 1)}`;
    expect((await client.command(many)).text).toMatch(/takes .* arguments/);
    expect((await client.command('NOOP')).status).toBe('OK');
  });

  test('octets left over on its line make it malformed', async () => {
    await rig.start();
    const client = state === 'logged-in' ? await rig.loggedIn() : await rig.client();
    expect((await client.command(`${form} ;rest`)).status).toBe('NO');
    expect((await client.command('NOOP')).status).toBe('OK');
  });

  test('in small letters is the same', async () => {
    await rig.start();
    if (name === 'STARTTLS' || name === 'AUTHENTICATE') return;
    const client = state === 'logged-in' ? await rig.loggedIn() : await rig.client();
    const first = await client.command(form.replace(name, name.toLowerCase()));
    expect(first.text).not.toBe('There is no such command');
  });
});

test('an unknown command is refused, with its literals', async () => {
  await rig.start();
  const client = await rig.client();
  expect((await client.command('XYZZY {6+}\r\nLOGOUT')).text).toBe('There is no such command');
  expect((await client.command('constructor')).text).toBe('There is no such command');
  expect((await client.command('"string"')).text).toBe('A command is expected');
  expect((await client.command('NOOP')).status).toBe('OK');
});
