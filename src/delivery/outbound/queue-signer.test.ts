import { expect, test } from 'vitest';
import { mail, relayTo, SpoolRig, until } from '../../../test/delivery/spool-rig.ts';
import type { OutboundMail, OutboundSigner } from '../types.ts';

const rig = new SpoolRig();

/** Names the kind of each mail on top of it; cannot for `fails`. */
function signer(fails?: OutboundMail['kind']): OutboundSigner {
  return {
    async fields({ kind }) {
      if (kind === fails) throw new Error('not now');
      return Buffer.from(`X-Signed: ${kind}\r\n`);
    },
  };
}

test('what signs puts its fields on top of everything that leaves, our own bounces included', async () => {
  const server = await rig.sink({
    rcpt: (address) => (address.startsWith('bob') ? '550 5.1.1 no' : undefined),
  });
  const queue = await rig.queue({ settings: relayTo(server), signer: signer() });
  await queue.start();
  await queue.enqueue(mail({ kind: 'relay', recipients: ['bob@example.net', 'carl@example.net'] }));
  await until(rig.empty);
  const tops = server.mails.map(({ raw }) => raw.toString().split('\r\n')[0] ?? '');
  expect(new Set(tops)).toEqual(new Set(['X-Signed: bounce', 'X-Signed: relay']));
});

test('a mail that is not to leave unsigned is not taken; a bounce leaves rather than not', async () => {
  const server = await rig.sink({
    rcpt: (address) => (address.startsWith('bob') ? '550 5.1.1 no' : undefined),
  });
  const strict = await rig.queue({ settings: relayTo(server), signer: signer('redirect') });
  await expect(strict.enqueue(mail({ kind: 'redirect' }))).rejects.toThrow('not now');
  expect(strict.status().mails).toBe(0);
  await strict.close();
  const queue = await rig.queue({ settings: relayTo(server), signer: signer('bounce') });
  await queue.start();
  await queue.enqueue(mail({ recipients: ['bob@example.net'] }));
  await until(() => expect(server.mails.map(({ sender }) => sender)).toEqual(['']));
  expect(server.mails[0]?.raw.toString()).not.toContain('X-Signed: bounce');
});
