import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Sink, sink, type SinkOptions } from '../../../test/delivery/sink.ts';
import { type Log, silentLog } from '../../log.ts';
import { parseMessage } from '../../message/index.ts';
import { DnsError, type Resolver } from '../../net/resolver.ts';
import { reply } from '../../policy/reply.ts';
import { type Disk, disk } from '../../store/durable.ts';
import { defaultOutboundSettings, type OutboundSettings } from '../settings.ts';
import type { LocalMail, LocalRoute, OutboundMail } from '../types.ts';
import { createOutbound, type OutboundQueue } from './queue.ts';

const noDns: Resolver = { resolve: (name, type) => Promise.reject(new DnsError('ENOTFOUND', name, type)) };

let folder: string;
let queues: OutboundQueue[];
let sinks: Sink[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-spool-'));
  queues = [];
  sinks = [];
});

afterEach(async () => {
  await Promise.all(queues.map((queue) => queue.close(0)));
  await Promise.all(sinks.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

interface Overrides {
  settings?: Partial<OutboundSettings>;
  resolver?: Resolver;
  local?: LocalRoute;
  disk?: Partial<Disk>;
  now?: () => number;
  log?: Log;
}

async function makeQueue(overrides: Overrides = {}): Promise<OutboundQueue> {
  const queue = await createOutbound({
    folder,
    hostname: 'us.example',
    resolver: noDns,
    log: silentLog,
    ...overrides,
    // Retries within the patience of a test.
    settings: {
      ...defaultOutboundSettings,
      firstRetry: 0.02,
      maxRetry: 0.1,
      connectTimeout: 2,
      ...overrides.settings,
    },
    disk: { ...disk, ...overrides.disk },
  });
  queues.push(queue);
  return queue;
}

async function makeSink(options?: SinkOptions): Promise<Sink> {
  const server = await sink(options);
  sinks.push(server);
  return server;
}

const relayTo = (server: { port: number }): Partial<OutboundSettings> => ({
  relay: `127.0.0.1:${server.port}`,
});

const mail = (overrides: Partial<OutboundMail> = {}): OutboundMail => ({
  cause: 'cause1',
  sender: 'anna@here.example',
  recipients: ['bob@there.example'],
  pieces: [Buffer.from('Subject: x\r\n'), Buffer.from('\r\n.dot\r\n..two\r\nend\r\n')],
  kind: 'redirect',
  ...overrides,
});

const files = (name: string): string[] => readdirSync(join(folder, name)).sort();
const control = (id: string): { attempts: number; recipients: { address: string; state: string }[] } =>
  JSON.parse(readFileSync(join(folder, 'queue', `${id}.json`), 'utf8')) as never;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 5 });
const empty = (): void => expect([files('queue'), files('tmp')]).toEqual([[], []]);

describe('sending', () => {
  test('through the relay, byte by byte, and the spool is empty afterwards', async () => {
    const server = await makeSink();
    const queue = await makeQueue({ settings: relayTo(server) });
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
    await until(empty);
    const [plain, bounced] = server.mails.sort((one, other) => other.sender.length - one.sender.length);
    expect(plain).toMatchObject({ sender: 'anna@here.example', recipients: ['bob@there.example'] });
    expect(plain?.raw.toString()).toBe('Subject: x\r\n\r\n.dot\r\n..two\r\nend\r\n');
    expect(bounced).toMatchObject({ sender: '', recipients: ['a@x.example', 'b@y.example'] });
    expect(bounced?.raw.equals(bytes)).toBe(true);
    expect(bounced?.parameters).toMatchObject({ BODY: '8BITMIME', SIZE: String(bytes.length) });
    expect(queue.status()).toEqual({ mails: 0, sending: 0 });
  });

  test('what was spooled before a restart is sent after it', async () => {
    const before = await makeQueue();
    const id = await before.enqueue(mail());
    await before.close();
    expect(files('queue')).toEqual([`${id}.eml`, `${id}.json`]);
    const server = await makeSink();
    const after = await makeQueue({ settings: relayTo(server) });
    await after.start();
    await until(empty);
    expect(server.mails.length).toBe(1);
  });

  test('nobody at home: tried again until somebody is', async () => {
    const server = await makeSink();
    await server.close();
    sinks = [];
    const queue = await makeQueue({ settings: relayTo(server) });
    await queue.start();
    const id = await queue.enqueue(mail());
    await until(() => expect(control(id).attempts).toBeGreaterThan(2));
    expect(control(id).recipients[0]).toMatchObject({
      state: 'waiting',
      reply: expect.stringContaining('451 4.4.1'),
    });
    const again = await makeQueue({ settings: relayTo(await makeSink()) });
    await queue.close(0);
    await again.start();
    await until(empty);
  });

  test('each recipient for himself: sent, refused for good, refused for now', async () => {
    let busy = true;
    const server = await makeSink({
      rcpt: (address) => {
        if (address.startsWith('no@')) return '550 5.1.1 nobody of this name';
        return address.startsWith('later@') && busy ? '450 4.2.1 not now' : undefined;
      },
    });
    const queue = await makeQueue({ settings: relayTo(server) });
    await queue.start();
    const recipients = ['yes@x.example', 'no@x.example', 'later@x.example'];
    const id = await queue.enqueue(mail({ recipients }));
    await until(() => {
      expect(control(id).recipients.map(({ state }) => state)).toEqual(['sent', 'failed', 'waiting']);
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
    await until(empty);
    expect(server.mails.filter(({ sender }) => sender !== '').map(({ recipients }) => recipients)).toEqual([
      ['yes@x.example'],
      ['later@x.example'],
    ]);
  });

  test('the time is up: the mail goes back', async () => {
    let clock = Date.now();
    const server = await makeSink({
      data: ({ sender }) => (sender === '' ? undefined : '451 4.3.0 not now'),
    });
    const queue = await makeQueue({ settings: relayTo(server), now: () => clock });
    await queue.start();
    const id = await queue.enqueue(mail());
    await until(() => expect(control(id).attempts).toBe(1));
    clock += 5 * 86_400_000 + 1;
    queue.status();
    await queue.close();
    const later = await makeQueue({ settings: relayTo(server), now: () => clock });
    await later.start();
    await until(empty);
    expect(server.mails.length).toBe(1);
    expect(server.mails[0]?.raw.toString()).toContain('Status: 4.4.7');
  });

  test('a bounce that is refused is kept in dead/, for its time', async () => {
    let clock = Date.now();
    const server = await makeSink({ rcpt: () => '550 5.1.1 no' });
    const queue = await makeQueue({ settings: relayTo(server), now: () => clock });
    await queue.start();
    const id = await queue.enqueue(mail({ sender: '', kind: 'bounce' }));
    await until(empty);
    expect(files('dead')).toEqual([`${id}.eml`, `${id}.json`]);
    await queue.close();
    clock += 31 * 86_400_000;
    await (await makeQueue({ now: () => clock })).start();
    await until(() => expect(files('dead')).toEqual([]));
  });

  test('a redirect with the null sender is not bounced either', async () => {
    const server = await makeSink({ rcpt: (address) => (address.startsWith('no@') ? '550 no' : undefined) });
    const queue = await makeQueue({ settings: relayTo(server) });
    await queue.start();
    await queue.enqueue(mail({ sender: '', recipients: ['no@x.example', 'yes@x.example'] }));
    await until(empty);
    expect(server.mails.length).toBe(1);
    expect(files('dead').length).toBe(2);
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
    const server = await makeSink();
    const settings = { port: server.port, allowLoopback: true };
    const queue = await makeQueue({ settings, resolver: resolver(zone) });
    await queue.start();
    await queue.enqueue(
      mail({ recipients: ['a@x.example', 'B@X.example', 'c@null.example'], sender: 'anna@x.example' }),
    );
    await until(empty);
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
    const server = await makeSink();
    const queue = await makeQueue({ settings: { port: server.port }, resolver: resolver(zone) });
    await queue.start();
    await queue.enqueue(mail({ recipients: ['a@x.example'], sender: '' }));
    await until(empty);
    expect(server.mails).toEqual([]);
    expect(files('dead').length).toBe(2);
  });
});

describe('to ourselves', () => {
  test('a bounce comes to the mailbox of the sender without leaving', async () => {
    const server = await makeSink({ rcpt: () => '550 5.1.1 no' });
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
    const queue = await makeQueue({ settings: relayTo(server), local });
    await queue.start();
    await queue.enqueue(mail());
    await until(empty);
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
    const queue = await makeQueue({ local });
    await queue.start();
    await queue.enqueue(mail());
    await until(empty);
    expect(tried).toBe(2);
  });
});

describe('order and limits', () => {
  test('no more at once than allowed, and a slow destination holds up only itself', async () => {
    const free: (() => void)[] = [];
    const slow = await makeSink({
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
    const queue = await makeQueue({ settings, resolver, local });
    await queue.start();
    for (let n = 0; n < 6; n++) await queue.enqueue(mail({ recipients: ['a@slow.example'] }));
    await until(() => expect(free.length).toBe(2));
    await queue.enqueue(mail({ recipients: ['anna@here.example'] }));
    await until(() => expect(queue.status()).toEqual({ mails: 6, sending: 2 }));
    await until(() => {
      for (const go of free.splice(0)) go();
      expect(slow.mails.length).toBe(6);
    });
    await until(empty);
    expect(slow.peak).toBe(2);
  });

  test('a mail taken back before it is sent leaves nothing', async () => {
    const queue = await makeQueue();
    const staged = await queue.stage(mail());
    expect([files('tmp').length, files('queue').length]).toEqual([2, 0]);
    expect(await staged.abort()).toBe(true);
    const committed = await queue.stage(mail());
    await committed.commit();
    expect(await committed.abort()).toBe(true);
    empty();
    expect(queue.status().mails).toBe(0);
  });

  test('what is being sent cannot be taken back', async () => {
    let go: (() => void) | undefined;
    const server = await makeSink({ data: () => new Promise((resolve) => (go = () => resolve(undefined))) });
    const queue = await makeQueue({ settings: relayTo(server) });
    await queue.start();
    const staged = await queue.stage(mail());
    await staged.commit();
    await until(() => expect(go).toBeDefined());
    expect(await staged.abort()).toBe(false);
    go?.();
    await until(empty);
    expect(await staged.abort()).toBe(false);
  });

  test('addresses that would break out of a command are refused', async () => {
    const queue = await makeQueue();
    for (const address of ['', 'a@b>\r\nRCPT TO:<c@d', 'a\0@b', '<a@b>']) {
      await expect(queue.enqueue(mail({ recipients: [address] }))).rejects.toThrow();
    }
    await expect(queue.enqueue(mail({ recipients: [] }))).rejects.toThrow();
    await expect(queue.enqueue(mail({ sender: 'a\r\n@b' }))).rejects.toThrow();
    empty();
  });
});

describe('ending', () => {
  test('a running send may end within the grace', async () => {
    const server = await makeSink({
      data: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 100)),
    });
    const queue = await makeQueue({ settings: relayTo(server) });
    await queue.start();
    await queue.enqueue(mail());
    await until(() => expect(queue.status().sending).toBe(1));
    await queue.close(5);
    empty();
  });

  test('after the grace it is broken off, and the mail stays', async () => {
    const server = await makeSink({
      data: () => new Promise((resolve) => setTimeout(() => resolve('450 late'), 2000)),
    });
    const queue = await makeQueue({ settings: relayTo(server) });
    await queue.start();
    const id = await queue.enqueue(mail());
    await until(() => expect(queue.status().sending).toBe(1));
    const began = Date.now();
    await queue.close(0.05);
    expect(Date.now() - began).toBeLessThan(1500);
    expect(control(id).recipients[0]).toMatchObject({ state: 'waiting' });
  });
});

describe('damage', () => {
  test('what is damaged is set aside, the rest is sent', async () => {
    const before = await makeQueue();
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await before.enqueue(mail()));
    const path = (n: number, extension: string): string => join(folder, 'queue', `${ids[n]}.${extension}`);
    writeFileSync(path(0, 'json'), '{"version":1,');
    writeFileSync(path(1, 'json'), JSON.stringify({ ...control(ids[1] ?? ''), recipients: 'all' }));
    rmSync(path(2, 'eml'));
    truncateSync(path(3, 'eml'), 5);
    copyFileSync(path(4, 'json'), join(folder, 'queue', 'other.json'));
    writeFileSync(join(folder, 'queue', 'orphan.eml'), 'x');
    utimesSync(join(folder, 'queue', 'orphan.eml'), 1, 1);
    const server = await makeSink();
    const after = await makeQueue({ settings: relayTo(server) });
    await after.start();
    await until(empty);
    expect(server.mails.length).toBe(2);
    expect(files('corrupt')).toEqual(
      [
        `${ids[0]}.eml`,
        `${ids[0]}.json`,
        `${ids[1]}.eml`,
        `${ids[1]}.json`,
        `${ids[2]}.json`,
        `${ids[3]}.eml`,
        `${ids[3]}.json`,
        'other.json',
      ].sort(),
    );
  });

  test.each(['write', 'rename', 'syncFolder'] as const)(
    'a mail that cannot be spooled (%s) is no mail',
    async (step) => {
      let failing = false;
      const original = disk[step] as (...args: unknown[]) => Promise<never>;
      const queue = await makeQueue({
        disk: {
          [step]: (...args: unknown[]) =>
            failing ? Promise.reject(new Error('injected')) : original(...args),
        },
      });
      failing = true;
      await expect(queue.enqueue(mail())).rejects.toThrow('injected');
      empty();
      expect(queue.status().mails).toBe(0);
    },
  );

  test('sent, but not recorded: not sent twice by this process', async () => {
    let failing = false;
    const server = await makeSink({
      data: () => {
        failing = true;
        return undefined;
      },
    });
    let failures = 0;
    const queue = await makeQueue({
      settings: relayTo(server),
      disk: {
        remove: (path) =>
          failing && path.includes('/queue/') && failures++ < 2
            ? Promise.reject(new Error('injected'))
            : disk.remove(path),
      },
    });
    await queue.start();
    await queue.enqueue(mail());
    await until(empty);
    expect(failures).toBeGreaterThan(1);
    expect(server.mails.length).toBe(1);
  });

  test('a disk too full for the bounce: neither mail nor bounce is lost', async () => {
    let full = false;
    const server = await makeSink({ rcpt: (address) => (address.startsWith('bob') ? '550 no' : undefined) });
    const queue = await makeQueue({
      settings: relayTo(server),
      disk: {
        write: (path, pieces) => (full ? Promise.reject(new Error('full')) : disk.write(path, pieces)),
      },
    });
    await queue.enqueue(mail());
    full = true;
    await queue.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(files('queue').length).toBe(2);
    full = false;
    await until(empty);
    expect(server.mails.map(({ sender }) => sender)).toEqual(['']);
  });
});

describe('odd servers', () => {
  /** Speaks just enough SMTP to fall silent, or away, at one place. */
  const oddServer = (
    script: (line: string, answer: (text: string) => void, close: () => void) => void,
  ): Promise<Server & { port: number }> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        let rest = '';
        socket.on('error', () => undefined);
        script(
          '',
          (text) => socket.write(`${text}\r\n`),
          () => socket.destroy(),
        );
        socket.on('data', (chunk) => {
          const lines = (rest + chunk.toString()).split('\r\n');
          rest = lines.pop() ?? '';
          for (const line of lines)
            script(
              line,
              (text) => socket.write(`${text}\r\n`),
              () => socket.destroy(),
            );
        });
      });
      server.listen(0, '127.0.0.1', () =>
        resolve(Object.assign(server, { port: (server.address() as { port: number }).port })),
      );
    });

  test.each([
    [
      'a greeting of 554',
      'waiting',
      (line: string, answer: (text: string) => void) => answer(line === '' ? '554 not you' : '221 bye'),
    ],
    [
      'silence instead of the last answer',
      'waiting',
      (line: string, answer: (text: string) => void, close: () => void) => {
        if (line === '.') close();
        else if (line === '' || /^(EHLO|MAIL|RCPT)/.test(line)) answer(line === '' ? '220 hi' : '250 ok');
        else if (line === 'DATA') answer('354 go');
      },
    ],
    [
      'a refusal of MAIL for good',
      'failed',
      (line: string, answer: (text: string) => void) => {
        if (line === '') answer('220 hi');
        else answer(line.startsWith('EHLO') ? '250 ok' : '552 5.3.4 too large\r\n');
      },
    ],
  ] as const)('%s: %s', async (_, state, script) => {
    let blank = false;
    const server = await oddServer((line, answer, close) => {
      // Only the greeting comes for the first empty line, those of the message are the script's own business.
      if (line === '' && blank) return;
      blank = true;
      script(line, answer, close);
      if (line === '.') blank = false;
    });
    const queue = await makeQueue({ settings: { ...relayTo(server), firstRetry: 60, maxRetry: 60 } });
    const id = await queue.enqueue(mail({ sender: '' }));
    await queue.start();
    if (state === 'waiting')
      await until(() => expect(control(id)).toMatchObject({ attempts: 1, recipients: [{ state }] }));
    else await until(() => expect(files('dead').length).toBe(2));
    server.close();
  });
});
