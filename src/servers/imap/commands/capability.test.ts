import { expect, test } from 'vitest';
import { ANY, describeCommand } from '../../../../test/support/imap-command.ts';
import { ANNA, ImapRig, SECRET } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'CAPABILITY', states: ANY });

const rig = new ImapRig();

test('what is announced says more after login', async () => {
  await rig.start();
  const client = await rig.client();
  const capabilities = async (): Promise<string[]> => {
    const { untagged } = await client.ok('CAPABILITY');
    expect(untagged).toHaveLength(1);
    return untagged.join().split(' ');
  };
  const before = await capabilities();
  expect(before.slice(0, 3)).toEqual(['CAPABILITY', 'IMAP4rev2', 'IMAP4rev1']);
  expect(before).toContain('AUTH=PLAIN');
  expect(before).not.toContain('QRESYNC');
  await client.ok(`LOGIN ${ANNA} "${SECRET}"`);
  const after = await capabilities();
  expect(after).toEqual(expect.arrayContaining(['IMAP4rev2', 'QRESYNC', 'UIDPLUS']));
  expect(after).not.toContain('AUTH=PLAIN');
  expect(new Set(after).size).toBe(after.length);
});
