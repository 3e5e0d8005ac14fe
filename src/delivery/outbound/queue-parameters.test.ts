import { expect, test } from 'vitest';
import { mail, relayTo, SpoolRig, until } from '../../../test/delivery/spool-rig.ts';

const rig = new SpoolRig();

test('RET goes to a server that offers DSN, also after a restart (RFC 3461 §4.3)', async () => {
  const before = await rig.queue();
  await before.enqueue(mail({ dsn: { notify: 'SUCCESS,FAILURE', ret: 'HDRS' } }));
  await before.close();
  const server = await rig.sink();
  const queue = await rig.queue({ settings: relayTo(server) });
  await queue.start();
  await until(rig.empty);
  expect(server.mails[0]?.parameters).toMatchObject({ RET: 'HDRS' });
});

test('who does not want to hear of a failure is not told (RFC 3461 §4.1)', async () => {
  const server = await rig.sink({
    rcpt: (address) => (address.startsWith('bob') ? '550 5.1.1 no' : undefined),
  });
  const queue = await rig.queue({ settings: relayTo(server) });
  await queue.start();
  await queue.enqueue(mail({ dsn: { notify: 'NEVER' } }));
  await queue.enqueue(mail({ dsn: { notify: 'SUCCESS' } }));
  await until(rig.empty);
  expect(server.mails).toEqual([]);
  expect(rig.files('dead')).toEqual([]);
  await queue.enqueue(mail({ dsn: { notify: 'FAILURE,DELAY' } }));
  await until(() => expect(server.mails.map(({ sender }) => sender)).toEqual(['']));
});

test('a reply or notification without a sender that is refused is not kept', async () => {
  const server = await rig.sink({ rcpt: () => '550 5.1.1 no' });
  const queue = await rig.queue({ settings: relayTo(server) });
  await queue.start();
  await queue.enqueue(mail({ sender: '', kind: 'vacation' }));
  await queue.enqueue(mail({ sender: '', kind: 'notify' }));
  await until(rig.empty);
  expect(rig.files('dead')).toEqual([]);
});

test('a deadline before the lifetime ends it (RFC 2852 §4)', async () => {
  let clock = Date.now();
  const server = await rig.sink({ data: ({ sender }) => (sender === '' ? undefined : '451 4.3.0 not now') });
  const queue = await rig.queue({ settings: relayTo(server), now: () => clock });
  await queue.start();
  const id = await queue.enqueue(mail({ deadline: clock + 3_600_000 }));
  await until(() => expect(rig.control(id).attempts).toBe(1));
  await queue.close();
  clock += 3_600_001;
  const later = await rig.queue({ settings: relayTo(server), now: () => clock });
  await later.start();
  await until(rig.empty);
  expect(server.mails[0]?.raw.toString()).toContain('Status: 4.4.7');
});
