import { describe, expect, test } from 'vitest';
import { mail, relayTo, SpoolRig, until } from '../../../test/delivery/spool-rig.ts';
import { parseMessage } from '../../message/parse.ts';
import { DnsError, type Resolver } from '../../net/resolver.ts';
import { reply } from '../../policy/reply.ts';
import type { LocalMail, LocalRoute } from '../types.ts';

const rig = new SpoolRig();

describe('sending', () => {
  test('through the relay, byte by byte, and the spool is empty afterwards', async () => {
    const server = await rig.sink();
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    await queue.enqueue(mail());
    const bytes = Buffer.concat([
      Buffer.from('A: b\r\n\r\n'),
      Buffer.from([0x80, 0xff]),
      Buffer.from('\r\n'),
    ]);
    await queue.enqueue(
      mail({ sender: '', recipients: ['a@x.example', 'b@y.example'], pieces: [bytes], kind: 'bounce' }),
    );
    await until(rig.empty);
    const [plain, bounced] = server.mails.sort((one, other) => other.sender.length - one.sender.length);
    expect(plain).toMatchObject({ sender: 'anna@here.example', recipients: ['bob@there.example'] });
    expect(plain?.raw.toString()).toBe('Subject: x\r\n\r\n.dot\r\n..two\r\nend\r\n');
    expect(bounced).toMatchObject({ sender: '', recipients: ['a@x.example', 'b@y.example'] });
    expect(bounced?.raw.equals(bytes)).toBe(true);
    expect(bounced?.parameters).toMatchObject({ BODY: '8BITMIME', SIZE: String(bytes.length) });
    await until(() => expect(queue.status()).toEqual({ mails: 0, sending: 0 }));
  });

  test('what was spooled before a restart is sent after it', async () => {
    const before = await rig.queue();
    const id = await before.enqueue(mail());
    await before.close();
    expect(rig.files('queue')).toEqual([`${id}.eml`, `${id}.json`]);
    const server = await rig.sink();
    const after = await rig.queue({ settings: relayTo(server) });
    await after.start();
    await until(rig.empty);
    expect(server.mails.length).toBe(1);
  });

  test('nobody at home: tried again until somebody is', async () => {
    const server = await rig.sink();
    await server.close();
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    const id = await queue.enqueue(mail());
    await until(() => expect(rig.control(id).attempts).toBeGreaterThan(2));
    expect(rig.control(id).recipients[0]).toMatchObject({
      state: 'waiting',
      reply: expect.stringContaining('451 4.4.1'),
    });
    const again = await rig.queue({ settings: relayTo(await rig.sink()) });
    await queue.close(0);
    await again.start();
    await until(rig.empty);
  });

  test('each recipient for himself: sent, refused for good, refused for now', async () => {
    let busy = true;
    const server = await rig.sink({
      rcpt: (address) => {
        if (address.startsWith('no@')) return '550 5.1.1 nobody of this name';
        return address.startsWith('later@') && busy ? '450 4.2.1 not now' : undefined;
      },
    });
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    const recipients = ['yes@x.example', 'no@x.example', 'later@x.example'];
    const id = await queue.enqueue(mail({ recipients }));
    await until(() => {
      expect(rig.control(id).recipients.map(({ state }) => state)).toEqual(['sent', 'failed', 'waiting']);
      expect(server.mails.length).toBe(2);
    });
    const bounced = server.mails.find(({ sender }) => sender === '');
    expect(bounced?.recipients).toEqual(['anna@here.example']);
    const report = parseMessage(bounced?.raw ?? Buffer.alloc(0));
    const status = Buffer.from(report.root.children[1]?.content ?? []).toString();
    expect(status).toContain('Final-Recipient: rfc822; no@x.example');
    expect(status).toContain('Status: 5.1.1');
    expect(status).not.toContain('yes@');
    expect(status).not.toContain('later@');
    busy = false;
    await until(rig.empty);
    expect(server.mails.filter(({ sender }) => sender !== '').map(({ recipients }) => recipients)).toEqual([
      ['yes@x.example'],
      ['later@x.example'],
    ]);
  });

  test('the time is up: the mail goes back', async () => {
    let clock = Date.now();
    const server = await rig.sink({
      data: ({ sender }) => (sender === '' ? undefined : '451 4.3.0 not now'),
    });
    const queue = await rig.queue({ settings: relayTo(server), now: () => clock });
    await queue.start();
    const id = await queue.enqueue(mail());
    await until(() => expect(rig.control(id).attempts).toBe(1));
    clock += 5 * 86_400_000 + 1;
    queue.status();
    await queue.close();
    const later = await rig.queue({ settings: relayTo(server), now: () => clock });
    await later.start();
    await until(rig.empty);
    expect(server.mails.length).toBe(1);
    expect(server.mails[0]?.raw.toString()).toContain('Status: 4.4.7');
  });

  test('a bounce that is refused is kept in dead/, for its time', async () => {
    let clock = Date.now();
    const server = await rig.sink({ rcpt: () => '550 5.1.1 no' });
    const queue = await rig.queue({ settings: relayTo(server), now: () => clock });
    await queue.start();
    const id = await queue.enqueue(mail({ sender: '', kind: 'bounce' }));
    await until(rig.empty);
    expect(rig.files('dead')).toEqual([`${id}.eml`, `${id}.json`]);
    await queue.close();
    clock += 31 * 86_400_000;
    await (await rig.queue({ now: () => clock })).start();
    await until(() => expect(rig.files('dead')).toEqual([]));
  });

  test('a redirect with the null sender is not bounced either', async () => {
    const server = await rig.sink({ rcpt: (address) => (address.startsWith('no@') ? '550 no' : undefined) });
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    await queue.enqueue(mail({ sender: '', recipients: ['no@x.example', 'yes@x.example'] }));
    await until(rig.empty);
    expect(server.mails.length).toBe(1);
    expect(rig.files('dead').length).toBe(2);
  });
});

describe('by MX', () => {
  const resolver = (zone: Record<string, unknown[]>): Resolver => ({
    resolve: (name, type) => {
      const found = zone[`${type} ${name}`];
      return found === undefined
        ? Promise.reject(new DnsError('ENODATA', name, type))
        : Promise.resolve(found as never);
    },
  });
  const zone = {
    'MX x.example': [
      { priority: 10, exchange: 'dead.x.example' },
      { priority: 20, exchange: 'mx.x.example' },
    ],
    'A dead.x.example': ['127.0.0.2'],
    'A mx.x.example': ['127.0.0.1'],
    'MX null.example': [{ priority: 0, exchange: '' }],
  };

  test('a server that does not answer is passed over; each domain gets its recipients', async () => {
    const server = await rig.sink();
    const settings = { port: server.port, allowLoopback: true };
    const queue = await rig.queue({ settings, resolver: resolver(zone) });
    await queue.start();
    await queue.enqueue(
      mail({ recipients: ['a@x.example', 'B@X.example', 'c@null.example'], sender: 'anna@x.example' }),
    );
    await until(rig.empty);
    const [redirected, bounced] = server.mails.sort((one, other) => other.sender.length - one.sender.length);
    expect(server.mails.length).toBe(2);
    expect(redirected).toMatchObject({
      sender: 'anna@x.example',
      recipients: ['a@x.example', 'B@x.example'],
    });
    expect(bounced).toMatchObject({ sender: '', recipients: ['anna@x.example'] });
    expect(bounced?.raw.toString()).toContain('Status: 5.1.10');
  });

  test('loopback is no mail server of another site', async () => {
    const server = await rig.sink();
    const queue = await rig.queue({ settings: { port: server.port }, resolver: resolver(zone) });
    await queue.start();
    await queue.enqueue(mail({ recipients: ['a@x.example'], sender: '' }));
    await until(rig.empty);
    expect(server.mails).toEqual([]);
    expect(rig.files('dead').length).toBe(2);
  });
});

describe('to ourselves', () => {
  test('a bounce comes to the mailbox of the sender without leaving', async () => {
    const server = await rig.sink({ rcpt: () => '550 5.1.1 no' });
    const submitted: LocalMail[] = [];
    let answers = 0;
    const local: LocalRoute = {
      isLocal: (address) => Promise.resolve(address.endsWith('@here.example')),
      submit: (given) => {
        submitted.push(given);
        const answer = answers++ === 0 ? reply(452, '4.3.1', 'full') : reply(250, '2.0.0', 'ok');
        return Promise.resolve(given.recipients.map((recipient) => ({ recipient, reply: answer })));
      },
    };
    const queue = await rig.queue({ settings: relayTo(server), local });
    await queue.start();
    await queue.enqueue(mail());
    await until(rig.empty);
    expect(submitted.map(({ sender, recipients }) => [sender, recipients])).toEqual([
      ['', ['anna@here.example']],
      ['', ['anna@here.example']],
    ]);
    expect(Buffer.from(submitted[1]?.raw ?? []).toString()).toContain(
      'Final-Recipient: rfc822; bob@there.example',
    );
  });

  test('what cannot be known now is asked again, a delivery that throws is tried again', async () => {
    let asked = 0;
    let tried = 0;
    const local: LocalRoute = {
      isLocal: () => (asked++ === 0 ? Promise.reject(new Error('accounts are away')) : Promise.resolve(true)),
      submit: ({ recipients }) =>
        tried++ === 0
          ? Promise.reject(new Error('store is away'))
          : Promise.resolve(recipients.map((recipient) => ({ recipient, reply: reply(250, '2.0.0', 'ok') }))),
    };
    const queue = await rig.queue({ local });
    await queue.start();
    await queue.enqueue(mail());
    await until(rig.empty);
    expect(tried).toBe(2);
  });
});

describe('order and limits', () => {
  test('no more at once than allowed, and a slow destination holds up only itself', async () => {
    const free: (() => void)[] = [];
    const slow = await rig.sink({
      data: () => new Promise((resolve) => free.push(() => resolve(undefined))),
    });
    const resolver: Resolver = {
      resolve: (name, type) =>
        type === 'A'
          ? Promise.resolve(['127.0.0.1'] as never)
          : Promise.reject(new DnsError('ENODATA', name, type)),
    };
    const local: LocalRoute = {
      isLocal: (address) => Promise.resolve(address.endsWith('@here.example')),
      submit: ({ recipients }) =>
        Promise.resolve(recipients.map((recipient) => ({ recipient, reply: reply(250, '2.0.0', '') }))),
    };
    const settings = { port: slow.port, allowLoopback: true, concurrency: 4, perDestination: 2 };
    const queue = await rig.queue({ settings, resolver, local });
    await queue.start();
    for (let n = 0; n < 6; n++) await queue.enqueue(mail({ recipients: ['a@slow.example'] }));
    await until(() => expect(free.length).toBe(2));
    await queue.enqueue(mail({ recipients: ['anna@here.example'] }));
    await until(() => expect(queue.status()).toEqual({ mails: 6, sending: 2 }));
    await until(() => {
      for (const go of free.splice(0)) go();
      expect(slow.mails.length).toBe(6);
    });
    await until(rig.empty);
    expect(slow.peak).toBe(2);
  });

  test('many mails at once, each once, the first ones before the last are sorted', async () => {
    const before = await rig.queue();
    for (let n = 0; n < 250; n++) await before.enqueue(mail({ recipients: [`a${n}@here.example`] }));
    let asked = 0;
    let askedAtFirst = 0;
    const seen: string[] = [];
    const queue = await rig.queue({
      local: {
        isLocal: () => {
          asked++;
          // As long as a look-up takes.
          return new Promise((resolve) => setTimeout(() => resolve(true), 1));
        },
        submit: ({ recipients }) => {
          askedAtFirst ||= asked;
          seen.push(...recipients);
          return Promise.resolve(
            recipients.map((recipient) => ({ recipient, reply: reply(250, '2.0.0', '') })),
          );
        },
      },
    });
    await queue.start();
    await until(rig.empty);
    expect(askedAtFirst).toBeLessThan(250);
    expect([seen.length, new Set(seen).size]).toEqual([250, 250]);
  });

  test('a mail taken back before it is sent leaves nothing', async () => {
    const queue = await rig.queue();
    const staged = await queue.stage(mail());
    expect([rig.files('tmp').length, rig.files('queue').length]).toEqual([2, 0]);
    expect(await staged.abort()).toBe(true);
    const committed = await queue.stage(mail());
    await committed.commit();
    expect(await committed.abort()).toBe(true);
    rig.empty();
    expect(queue.status().mails).toBe(0);
  });

  test('what is being sent cannot be taken back', async () => {
    let go: (() => void) | undefined;
    const server = await rig.sink({ data: () => new Promise((resolve) => (go = () => resolve(undefined))) });
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    const staged = await queue.stage(mail());
    await staged.commit();
    await until(() => expect(go).toBeDefined());
    expect(await staged.abort()).toBe(false);
    go?.();
    await until(rig.empty);
    expect(await staged.abort()).toBe(false);
  });

  test('addresses that would break out of a command are refused', async () => {
    const queue = await rig.queue();
    for (const address of ['', 'a@b>\r\nRCPT TO:<c@d', 'a\0@b', 'a\x7f@b']) {
      await expect(queue.enqueue(mail({ recipients: [address] }))).rejects.toThrow();
    }
    await expect(queue.enqueue(mail({ recipients: [] }))).rejects.toThrow();
    await expect(queue.enqueue(mail({ sender: 'a\r\n@b' }))).rejects.toThrow();
    rig.empty();
  });

  test('an address that cannot be put into a command is refused for good', async () => {
    const server = await rig.sink();
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    await queue.enqueue(mail({ recipients: ['"a>b"@x.example'] }));
    await until(rig.empty);
    expect(server.mails.map(({ sender }) => sender)).toEqual(['']);
    expect(server.mails[0]?.raw.toString()).toContain('Status: 5.1.3');
  });

  test('one process at a time sends from a spool, the next one when it has ended', async () => {
    const one = await rig.queue();
    const other = await rig.queue();
    await one.start();
    await expect(other.start()).rejects.toThrow('is locked');
    await one.close(0);
    await other.start();
  });
});

describe('ending', () => {
  test('a running send may end within the grace', async () => {
    const server = await rig.sink({
      data: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 100)),
    });
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    await queue.enqueue(mail());
    await until(() => expect(queue.status().sending).toBe(1));
    await queue.close(5);
    rig.empty();
  });

  test('after the grace it is broken off, and the mail stays', async () => {
    const server = await rig.sink({
      data: () => new Promise((resolve) => setTimeout(() => resolve('450 late'), 20_000).unref()),
    });
    const queue = await rig.queue({ settings: relayTo(server) });
    await queue.start();
    const id = await queue.enqueue(mail());
    await until(() => expect(queue.status().sending).toBe(1));
    const began = Date.now();
    await queue.close(0.05);
    // Long before the answer.
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(rig.control(id).recipients[0]).toMatchObject({ state: 'waiting' });
  });
});
