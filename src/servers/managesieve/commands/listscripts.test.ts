import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('names are quoted, the active one is marked', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.command('LISTSCRIPTS')).raw).toBe('OK "There are no scripts"\r\n');
  for (const name of ['b', 'a \\"q\\"', 'Büro']) await client.command(`PUTSCRIPT "${name}" "keep;"`);
  await client.command('SETACTIVE "b"');
  expect((await client.command('LISTSCRIPTS')).raw).toBe(
    '"Büro"\r\n"a \\"q\\""\r\n"b" ACTIVE\r\nOK "These are the scripts"\r\n',
  );
});

test('the scripts of others are not in it', async () => {
  await rig.start();
  await rig.accounts.add('ben@example.org', 'battery staple');
  const client = await rig.loggedIn();
  await client.command('PUTSCRIPT "a" "keep;"');
  await client.command('UNAUTHENTICATE');
  await client.plain('ben@example.org', 'battery staple');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual([]);
  expect(await client.command('GETSCRIPT "a"')).toMatchObject({ code: 'NONEXISTENT' });
});

test('what went wrong lately is a warning', async () => {
  const lastFaults = async (): Promise<string> => 'a: line 3: error: too many\nactions "x"';
  await rig.start({ server: { lastFaults } });
  const client = await rig.loggedIn();
  expect((await client.command('LISTSCRIPTS')).raw).toBe(
    'OK (WARNINGS) "a: line 3: error: too many actions \\"x\\""\r\n',
  );
});

test('a state that fails takes nothing from the list', async () => {
  const lastFaults = async (): Promise<string> => {
    throw new Error('down');
  };
  await rig.start({ server: { lastFaults } });
  const client = await rig.loggedIn();
  expect((await client.command('LISTSCRIPTS')).raw).toBe('OK "There are no scripts"\r\n');
});
