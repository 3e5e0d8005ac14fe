import { expect, test } from 'vitest';
import { ANY, describeCommand, string } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['ID (', string('name'), ' ', string('x'), ')'],
  states: ANY,
  bare: true,
  leftOver: [' )', ' {3+}\r\nabc', ' NIL'],
});

const rig = new ImapRig();

test('nothing has to be said, and not everything may be', async () => {
  await rig.start();
  const client = await rig.client();
  for (const of of ['NIL', '()', '("name" NIL)', '("name" "x" "version" "1")', '("k")', ''])
    expect((await client.ok(`ID ${of}`.trimEnd())).untagged[0]).toMatch(/^ID \("name" "Tamis"/);
  const pairs = (count: number): string => Array.from({ length: count }, (_, at) => `"k${at}" "v"`).join(' ');
  expect((await client.command(`ID (${pairs(30)})`)).status).toBe('OK');
  for (const of of [
    `(${pairs(31)})`,
    `("${'k'.repeat(31)}" "v")`,
    `("k" "${'v'.repeat(1025)}")`,
    'nil()',
    '("k" ("v"))',
  ])
    expect((await client.command(`ID ${of}`)).status, of.slice(0, 20)).toBe('BAD');
});
