import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test.each([
  ['NOOP', 'OK "Done"\r\n'],
  ['NOOP "a"', 'OK (TAG "a") "Done"\r\n'],
  ['NOOP ""', 'OK (TAG "") "Done"\r\n'],
  ['NOOP "q\\"q"', 'OK (TAG "q\\"q") "Done"\r\n'],
  ['NOOP {1+}\r\na', 'OK (TAG "a") "Done"\r\n'],
  ['NOOP {3}\r\na\r\n', 'OK (TAG {3}\r\na\r\n) "Done"\r\n'],
])('%j', async (command, answer) => {
  await rig.start();
  const client = await rig.client();
  client.send(`${command}\r\nLOGOUT\r\n`);
  let all = '';
  client.socket.on('data', (chunk: Buffer) => (all += chunk.toString()));
  await client.hungUp();
  expect(all).toBe(`${answer}OK "Bye"\r\n`);
});
