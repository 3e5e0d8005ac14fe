import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();
const ONE = 'Subject: one\n\nfirst\n';
const TWO = 'Subject: two\n\n.\n..dots\nsecond\n';

test.each([
  [0, 'Subject: two\r\n\r\n'],
  [1, 'Subject: two\r\n\r\n.\r\n'],
  [2, 'Subject: two\r\n\r\n.\r\n..dots\r\n'],
  [1000, 'Subject: two\r\n\r\n.\r\n..dots\r\nsecond\r\n'],
])('the header and %d lines', async (lines, text) => {
  const client = await rig.with(ONE, TWO);
  expect((await client.octets(`TOP 2 ${lines}`)).toString()).toBe(text);
  expect(await client.command('NOOP')).toMatch(/^\+OK/);
});

test('a header without a body, and one longer than a piece', async () => {
  const long = `${'X: y\n'.repeat(30_000)}\nbody\nmore\n`;
  const client = await rig.with('Subject: x\n', long);
  expect((await client.octets('TOP 1 5')).toString()).toBe('Subject: x\r\n');
  expect((await client.octets('TOP 2 1')).toString()).toBe(
    long.replace('more\n', '').replaceAll('\n', '\r\n'),
  );
});

test('wrong arguments', async () => {
  const client = await rig.with(ONE);
  for (const line of ['TOP', 'TOP 1', 'TOP 1 x', 'TOP 1 -1', 'TOP 2 0', 'TOP 1 0 0'])
    expect(await client.command(line)).toMatch(/^-ERR/);
});
