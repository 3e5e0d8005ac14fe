import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ImapRig } from '../../../../test/support/imap-rig.ts';
import { commands } from './index.ts';

const rig = new ImapRig();

test('what all commands have in common is tested of each', () => {
  const tested = globSync('*.test.ts', { cwd: import.meta.dirname }).flatMap((file) =>
    [
      ...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(
        /describeCommand\(\{\s*form: \[?\s*'((?:UID )?[A-Z]+)/g,
      ),
    ].map(([, name = '']) => name),
  );
  expect(tested.toSorted()).toEqual([...commands.keys()].toSorted());
});

test.each([
  '',
  ' ',
  '(',
  'a',
  'a ',
  'a XYZZY',
  '* NOOP',
  '+ NOOP',
  'a  NOOP',
  'a UID',
  'a UID NOOP',
  'a {3+}\r\nabc',
])('%j is no command', async (line) => {
  await rig.start();
  const client = await rig.client();
  client.send(`${line}\r\n`);
  expect(await client.line()).toMatch(/^(?:\*|a) BAD /);
  expect((await client.command('noop')).status).toBe('OK');
});
