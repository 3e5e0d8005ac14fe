import { describe, expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';
import { commands } from './index.ts';

const rig = new Pop3Rig();
/** A form of every command of this table that is well formed. */
const FORMS: Readonly<Record<string, string>> = {
  CAPA: 'CAPA',
  STLS: 'STLS',
  UTF8: 'UTF8',
  LANG: 'LANG',
  USER: 'USER x',
  PASS: 'PASS x',
  AUTH: 'AUTH',
  STAT: 'STAT',
  LIST: 'LIST',
  UIDL: 'UIDL',
  RETR: 'RETR 1',
  TOP: 'TOP 1 0',
  DELE: 'DELE 1',
  RSET: 'RSET',
  NOOP: 'NOOP',
  QUIT: 'QUIT',
};

test('there is a form of every command', () => {
  expect(Object.keys(FORMS)).toEqual([...commands.keys()]);
});

describe.each([...commands.values()])('$name', (command) => {
  const form = FORMS[command.name] ?? '';
  test('in the wrong state', async () => {
    await rig.start();
    if (!command.states.includes('authorization'))
      expect(await (await rig.client()).command(form)).toBe('-ERR Log in first');
    if (!command.states.includes('transaction'))
      expect(await (await rig.loggedIn()).command(form)).toBe('-ERR You have logged in already');
  });
  test('with arguments that are not its own', async () => {
    await rig.start();
    const client = await (command.states.includes('transaction') ? rig.loggedIn() : rig.client());
    const wrong = command.arguments === 'text' ? command.name : `${command.name} 1 2 3`;
    expect(await client.command(wrong)).toBe(`-ERR ${command.name}: wrong arguments`);
    expect(await client.command('CAPA x')).toBe('-ERR CAPA: wrong arguments');
  });
});
