import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Log } from '../../log.ts';
import { silentLog } from '../../log.ts';
import { FULL_OFFER, MilterClient } from '../../../test/support/milter-client.ts';
import type { EndOfMessage, Handlers } from './handlers.ts';
import { createMilterServer } from './server.ts';
import type { MilterServer, MilterServerOptions } from './server.ts';
import { STEPS } from './wire/constants.ts';

const running: MilterServer[] = [];
const clients: MilterClient[] = [];

function milter(options: MilterServerOptions): MilterServer {
  const server = createMilterServer(options);
  running.push(server);
  return server;
}

async function open(
  server: MilterServer,
  offer: typeof FULL_OFFER | object = FULL_OFFER,
): Promise<MilterClient> {
  const port = server.server.listening
    ? (server.server.address() as { port: number }).port
    : await server.listen('127.0.0.1:0');
  const client = await MilterClient.open(port);
  clients.push(client);
  await client.negotiate({ ...FULL_OFFER, ...offer });
  return client;
}

/** A milter with these handlers, and an MTA that has said CONNECT and HELO to it. */
async function greeted(
  handlers: MilterServerOptions['handlers'],
  options: Partial<MilterServerOptions> = {},
  offer: object = {},
): Promise<MilterClient> {
  const client = await open(milter({ ...options, handlers }), offer);
  await client.connect();
  await client.helo();
  return client;
}

function recordingLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const note = (_: object, text: string): void => void lines.push(text);
  const log: Log = { debug: note, info: note, warn: note, error: note, child: () => log };
  return { log, lines };
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((server) => server.close(0)));
});

const refusal = { reply: { code: 550, enhanced: '5.7.1', text: 'no' } } as const;
const refused = { type: 'reply', text: '550 5.7.1 no' };

describe('negotiation', () => {
  it('leaves out what nobody listens to, and makes silent what only fills the envelope', async () => {
    const client = await open(milter({ handlers: { endOfMessage: () => 'accept' } }));
    const { NODATA, NOHDRS, NOEOH, NOBODY, NOUNKNOWN, NR_CONN, NR_HELO, NR_MAIL, NR_RCPT } = STEPS;
    expect(client.agreed).toMatchObject({
      version: 6,
      actions: 0xff,
      steps: NODATA | NOHDRS | NOEOH | NOBODY | NOUNKNOWN | NR_CONN | NR_HELO | NR_MAIL | NR_RCPT,
    });
  });

  it.each([
    [2, 0x3f, 0x7f],
    [3, 0x3f, 0x17f],
    [4, 0x3f, 0x37f],
    [6, 0x1ff, 0x1fffff],
  ])('speaks version %i', async (version, actions, steps) => {
    const all: Handlers = {
      connect: () => 'continue',
      helo: () => 'continue',
      mail: () => 'continue',
      rcpt: () => 'continue',
      header: () => 'continue',
      endOfHeaders: () => 'continue',
      body: () => 'skip',
      endOfMessage: (message) => message.addHeader('X-Version', String(message.connection.agreed.version)),
    };
    const client = await greeted(all, {}, { version, actions, steps });
    expect(client.agreed?.version).toBe(version);
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-Version', value: String(version) },
      { type: 'continue' },
    ]);
  });

  it('asks for macros, silence, large packets and the rest by options', async () => {
    const server = milter({
      handlers: { header: () => 'continue', body: () => 'continue' },
      silent: ['header'],
      rejectedRecipients: true,
      leadingSpace: true,
      largePackets: true,
      actions: ['ADDHDRS'],
      macros: { connect: ['j', '{client_ptr}'], endOfMessage: ['i'] },
    });
    const client = await open(server, { steps: 0x301fffff });
    expect(client.agreed?.symbols).toEqual([
      { stage: 0, names: ['j', '{client_ptr}'] },
      { stage: 5, names: ['i'] },
    ]);
    expect(client.agreed?.actions).toBe(0x101);
    for (const step of [STEPS.NR_HDR, STEPS.RCPT_REJ, STEPS.HDR_LEADSPC, STEPS.MDS_1M, STEPS.SKIP])
      expect((client.agreed?.steps ?? 0) & step).toBe(step);
  });

  it.each([
    ['version 1', { type: 'negotiate', version: 1, actions: 0, steps: 0 }],
    ['a command before it', { type: 'helo', name: 'x' }],
  ] as const)('hangs up on %s', async (_, command) => {
    const server = milter({ handlers: {} });
    const client = await MilterClient.open(await server.listen('127.0.0.1:0'));
    client.send(command);
    await client.hungUp();
  });

  it('hangs up on a second one, on bytes that are no milter protocol, and on a message without MAIL', async () => {
    const server = milter({ handlers: { data: () => 'continue' } });
    const twice = await open(server);
    twice.send({ type: 'negotiate', ...FULL_OFFER });
    await twice.hungUp();
    const noise = await open(server);
    noise.socket.write('GET / HTTP/1.1\r\n\r\n');
    await noise.hungUp();
    const early = await open(server);
    early.send({ type: 'data' });
    await early.hungUp();
  });
});

describe('handlers', () => {
  it('are told the connection, the envelope, macros, the header and the body', async () => {
    const told: unknown[] = [];
    const client = await open(
      milter({
        handlers: {
          connect: ({ hostname, family, address, port }) => void told.push([hostname, family, address, port]),
          helo: (connection, name) => void told.push([name, connection.helo]),
          mail: (message, sender) => void told.push([sender, message.macro('auth_authen')]),
          rcpt: (message, { address, rejected }) =>
            void told.push([address, rejected, message.recipients.length]),
          header: (_, { name, value, rawValue }) => void told.push([name, value, rawValue.toString()]),
          body: (_, chunk) => void told.push(chunk.toString()),
          unknown: (_, command) => void told.push(command.toString()),
          endOfMessage: (message) => void told.push(message.recipients.map(({ address }) => address)),
        },
        leadingSpace: true,
      }),
    );
    await client.connect('host.example', '2001:db8::1', 25);
    await client.helo('helo.example');
    client.macros('M', { '{auth_authen}': 'anna' });
    await client.mail('', 'SIZE=5', 'BODY=8BITMIME');
    client.macros('R', { '{rcpt_mailer}': 'error' });
    await client.rcpt('gone@example.org');
    await client.rcpt('user@example.org');
    await client.command({ type: 'unknown', command: Buffer.from('FOO') });
    await client.header('Subject', ' hi');
    await client.body('one');
    await client.end(Buffer.from('two'));
    expect(told).toEqual([
      ['host.example', 'inet', '2001:db8::1', 25],
      ['helo.example', 'helo.example'],
      [{ address: '', argument: '<>', parameters: ['SIZE=5', 'BODY=8BITMIME'] }, 'anna'],
      ['gone@example.org', true, 0],
      ['user@example.org', false, 0],
      'FOO',
      ['Subject', 'hi', ' hi'],
      'one',
      'two',
      ['user@example.org'],
    ]);
  });

  it('may be made anew for each connection, also for those that follow on a socket', async () => {
    const story: string[] = [];
    let count = 0;
    const client = await open(
      milter({
        handlers: (connection) => {
          const n = ++count;
          return {
            connect: () => void story.push(`${n} ${connection.hostname} ${connection.macro('j')}`),
            close: () => void story.push(`${n} close`),
            abort: () => void story.push(`${n} abort`),
          };
        },
      }),
    );
    client.macros('C', { j: 'mta' });
    await client.connect('one.example');
    await client.mail('a@example.com');
    client.send({ type: 'quit-new-connection' });
    await client.connect('two.example');
    // XCLIENT: the MTA begins again without saying goodbye.
    await client.connect('three.example');
    client.send({ type: 'quit' });
    await client.hungUp();
    expect(story).toEqual([
      '1 one.example mta',
      '1 abort',
      '1 close',
      '2 two.example undefined',
      '2 close',
      '3 three.example undefined',
      '3 close',
    ]);
  });

  it('that fail defer the mail, and the next one is fine', async () => {
    const { log, lines } = recordingLog();
    let fail = true;
    const client = await greeted(
      {
        endOfMessage: async () => {
          if (fail) throw new Error('broken');
        },
        abort: () => {
          throw new Error('broken');
        },
      },
      { log },
    );
    expect(await client.message()).toEqual([{ type: 'tempfail' }]);
    fail = false;
    expect(await client.message()).toEqual([{ type: 'continue' }]);
    await client.mail('a@example.com');
    client.send({ type: 'abort' });
    expect(await client.message()).toEqual([{ type: 'continue' }]);
    expect(lines).toEqual(['milter: a handler failed', 'milter: a handler failed']);
  });

  it('are called one after the other, however fast the MTA sends', async () => {
    const order: string[] = [];
    const client = await greeted(
      {
        header: async (_, { name }) => {
          order.push(`${name}<`);
          await sleep(5);
          order.push(`${name}>`);
        },
      },
      { silent: ['header'] },
    );
    await client.mail('a@example.com');
    await Promise.all([client.header('A', '1'), client.header('B', '2'), client.header('C', '3')]);
    await client.end();
    expect(order).toEqual(['A<', 'A>', 'B<', 'B>', 'C<', 'C>']);
  });

  it('learn that the MTA is gone while they work, and then of the abort and the close', async () => {
    const story: string[] = [];
    const client = await greeted({
      endOfMessage: (message) =>
        new Promise((resolve) => {
          message.connection.signal.addEventListener('abort', () => {
            story.push('gone');
            resolve('accept');
          });
        }),
      abort: () => void story.push('abort'),
      close: () => void story.push('close'),
    });
    await client.mail('a@example.com');
    client.send({ type: 'eom', chunk: Buffer.alloc(0) });
    await sleep(20);
    client.close();
    await vi.waitFor(() => expect(story).toEqual(['gone', 'close']));
    const second = await open(running[0] as MilterServer);
    await second.mail('a@example.com');
    await sleep(20);
    second.close();
    await vi.waitFor(() => expect(story).toEqual(['gone', 'close', 'abort', 'close']));
  });
});

describe('decisions', () => {
  it.each(['connect', 'helo'] as const)('at %s hold for the rest of the connection', async (stage) => {
    const client = await open(
      milter({ handlers: { connect: () => 'continue', helo: () => 'continue', [stage]: () => refusal } }),
    );
    const answers = [await client.connect(), await client.helo()];
    expect(answers.at(stage === 'connect' ? 0 : 1)).toEqual(refused);
    expect(await client.message()).toEqual([refused]);
    client.send({ type: 'abort' });
    client.send({ type: 'quit-new-connection' });
    expect(await client.connect()).toEqual(stage === 'connect' ? refused : { type: 'continue' });
  });

  it('to discard are not allowed there', async () => {
    const { log, lines } = recordingLog();
    const client = await open(milter({ handlers: { connect: () => 'discard' }, log }));
    expect(await client.connect()).toEqual({ type: 'tempfail' });
    expect(lines).toEqual(['milter: a decision that is not allowed at this stage']);
  });

  it('at rcpt concern that recipient when they refuse, and the message when they end it', async () => {
    const client = await greeted({
      rcpt: (_, { address }) =>
        address.startsWith('bad') ? refusal : address.startsWith('drop') ? 'discard' : 'continue',
      data: () => 'continue',
    });
    await client.mail('a@example.com');
    expect(await client.rcpt('bad@example.org')).toEqual(refused);
    expect(await client.rcpt('good@example.org')).toEqual({ type: 'continue' });
    expect(await client.rcpt('drop@example.org')).toEqual({ type: 'discard' });
    expect(await client.command({ type: 'data' })).toEqual({ type: 'discard' });
  });

  it('later end the message, and its handlers are not asked again nor told of an abort', async () => {
    const story: string[] = [];
    const client = await greeted({
      data: () => refusal,
      body: () => void story.push('body'),
      abort: () => void story.push('abort'),
    });
    expect(await client.message()).toEqual([refused]);
    expect(await client.body('more')).toEqual(refused);
    client.send({ type: 'abort' });
    client.send({ type: 'abort' });
    await client.mail('b@example.com');
    client.send({ type: 'abort' });
    client.send({ type: 'abort' });
    await client.mail('c@example.com');
    await client.command({ type: 'data' });
    expect(story).toEqual(['abort']);
  });

  it('at a silent stage are given at the next one that has an answer', async () => {
    const client = await greeted(
      { header: (_, { name }) => (name === 'Bad' ? refusal : 'continue'), body: () => 'continue' },
      { silent: ['header'] },
    );
    await client.mail('a@example.com');
    expect(await client.header('Bad', 'x')).toBeUndefined();
    expect(await client.header('Good', 'x')).toBeUndefined();
    expect(await client.body('x')).toEqual(refused);
    expect(client.pending).toEqual([]);
  });

  it('to skip the body go to the MTA when it understands them, and hold either way', async () => {
    let chunks = 0;
    const handlers: Handlers = {
      body: () => {
        chunks++;
        return 'skip';
      },
    };
    const client = await greeted(handlers);
    await client.mail('a@example.com');
    expect(await client.body('one')).toEqual({ type: 'skip' });
    await client.end(Buffer.from('two'));
    expect(chunks).toBe(1);
    const old = await greeted(handlers, {}, { steps: 0x7f });
    await old.mail('a@example.com');
    expect(await old.body('one')).toEqual({ type: 'continue' });
    expect(await old.body('two')).toEqual({ type: 'continue' });
    await old.end();
    expect(chunks).toBe(2);
    // A new message has a new body.
    await old.mail('b@example.com');
    await old.body('three');
    expect(chunks).toBe(3);
  });

  it('about an unknown command change nothing else', async () => {
    const client = await greeted({ unknown: () => refusal });
    await client.mail('a@example.com');
    expect(await client.command({ type: 'unknown', command: Buffer.from('FOO') })).toEqual(refused);
    expect(await client.end()).toEqual([{ type: 'continue' }]);
  });

  it.each(['accept', 'reject', 'tempfail', 'discard', 'shutdown', 'connection-failure'] as const)(
    'at the end: %s',
    async (decision) => {
      const client = await greeted({ endOfMessage: () => decision });
      expect(await client.message()).toEqual([{ type: decision }]);
    },
  );

  it('of the last body chunk, which rides along with the end, are the answer to it', async () => {
    const client = await greeted({ body: () => refusal, endOfMessage: () => 'accept' });
    await client.mail('a@example.com');
    expect(await client.end(Buffer.from('x'))).toEqual([refused]);
  });
});

describe('the end of a message', () => {
  it('takes all changes', async () => {
    const client = await greeted({
      endOfMessage: async (message) => {
        message.addHeader('X-A', 'a\r\n b');
        message.insertHeader(0, 'X-I', 'i');
        message.changeHeader('Subject', 1, 'new');
        message.removeHeader('Subject', 2);
        message.addRecipient('a@example.org');
        message.addRecipient('b@example.org', 'NOTIFY=NEVER');
        message.removeRecipient('<c@example.org>');
        message.changeSender('');
        message.changeSender('d@example.org', 'RET=HDRS');
        await message.replaceBody('');
        message.quarantine('why\r\nnot');
        return 'accept' as const;
      },
    });
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-A', value: 'a\n b' },
      { type: 'insert-header', index: 0, name: 'X-I', value: 'i' },
      { type: 'change-header', index: 1, name: 'Subject', value: 'new' },
      { type: 'change-header', index: 2, name: 'Subject', value: '' },
      { type: 'add-recipient', address: '<a@example.org>' },
      { type: 'add-recipient', address: '<b@example.org>', parameters: 'NOTIFY=NEVER' },
      { type: 'delete-recipient', address: '<c@example.org>' },
      { type: 'change-sender', address: '<>' },
      { type: 'change-sender', address: '<d@example.org>', parameters: 'RET=HDRS' },
      { type: 'replace-body', chunk: Buffer.alloc(0) },
      { type: 'quarantine', reason: 'why not' },
      { type: 'accept' },
    ]);
  });

  it('gives values their space where the MTA puts none', async () => {
    const client = await greeted(
      {
        endOfMessage: (message) => {
          message.addHeader('X', 'a');
          message.addHeader('X', '\tb');
          message.removeHeader('X', 1);
        },
      },
      { leadingSpace: true },
    );
    expect((await client.message()).slice(0, 3)).toMatchObject([
      { value: ' a' },
      { value: '\tb' },
      { value: '' },
    ]);
  });

  const attempts: ReadonlyArray<readonly [string, (message: EndOfMessage) => unknown]> = [
    ['a field in a value', (message) => message.addHeader('X', 'a\nBcc: b')],
    ['a bare CR in a value', (message) => message.addHeader('X', 'a\rb')],
    ['a NUL in a value', (message) => message.changeHeader('X', 1, 'a\0b')],
    ['a colon in a name', (message) => message.addHeader('X:', 'a')],
    ['an empty name', (message) => message.insertHeader(0, '', 'a')],
    ['a negative position', (message) => message.insertHeader(-1, 'X', 'a')],
    ['a line break in an address', (message) => message.addRecipient('a@example.org\r\nDATA')],
    ['a line break in parameters', (message) => message.changeSender('a@example.org', 'RET=HDRS\r\n')],
    ['no reason', (message) => message.quarantine(' \r\n')],
  ];
  it.each(attempts)('refuses %s', async (_, attempt) => {
    const { log, lines } = recordingLog();
    const client = await greeted({ endOfMessage: (message) => void attempt(message) }, { log });
    expect(await client.message()).toEqual([{ type: 'tempfail' }]);
    expect(lines).toEqual(['milter: a handler failed']);
  });

  it('refuses what was not agreed on, and everything when it is over', async () => {
    let late: EndOfMessage | undefined;
    const client = await greeted(
      {
        endOfMessage: (message) => {
          late = message;
          expect(message.can('ADDHDRS')).toBe(true);
          expect(message.can('CHGBODY')).toBe(false);
          expect(() => message.removeHeader('X', 1)).toThrow('CHGHDRS');
          expect(() => message.replaceBody('x')).toThrow('CHGBODY');
        },
      },
      { actions: ['ADDHDRS'] },
    );
    expect(await client.message()).toEqual([{ type: 'continue' }]);
    expect(() => late?.addHeader('X', 'y')).toThrow('only at the end');
    expect(() => late?.progress()).toThrow('only at the end');
  });

  it('sends a body in one run, other changes after it, and waits for it', async () => {
    const client = await greeted(
      {
        endOfMessage: (message) => {
          void message.replaceBody(
            (async function* () {
              yield 'a';
              await sleep(30);
              yield 'b'.repeat(70_000);
            })(),
          );
          message.addHeader('X', 'y');
          expect(() => message.replaceBody('again')).toThrow('already');
        },
      },
      { settings: { progressMs: 5 } },
    );
    const responses = await client.message();
    expect(responses.map((response) => response.type)).toEqual([
      'replace-body',
      'replace-body',
      'replace-body',
      'add-header',
      'continue',
    ]);
  });

  it('defers when the new body cannot be read', async () => {
    const client = await greeted({
      endOfMessage: (message) => {
        void message.replaceBody(
          // eslint-disable-next-line require-yield
          (async function* (): AsyncGenerator<string> {
            await sleep(1);
            throw new Error('gone');
          })(),
        );
      },
    });
    expect(await client.message()).toEqual([{ type: 'tempfail' }]);
  });

  it('shows signs of life while it takes long', async () => {
    const client = await greeted(
      { endOfMessage: () => sleep(100, 'accept' as const) },
      { settings: { progressMs: 20 } },
    );
    await client.mail('a@example.com');
    client.send({ type: 'eom', chunk: Buffer.alloc(0) });
    expect(await client.next()).toEqual({ type: 'progress' });
    expect(await client.next()).toEqual({ type: 'progress' });
    let last = await client.next();
    while (last.type === 'progress') last = await client.next();
    expect(last).toEqual({ type: 'accept' });
    await sleep(50);
    expect(client.pending).toEqual([]);
  });
});

describe('MilterServer', () => {
  it('drops connections above its limit and closes idle ones', async () => {
    const { log, lines } = recordingLog();
    const server = milter({ handlers: {}, log, settings: { maxConnections: 1, idleTimeoutMs: 50 } });
    const first = await open(server);
    const second = await MilterClient.open((server.server.address() as { port: number }).port);
    await second.hungUp();
    await first.hungUp();
    expect(lines).toEqual([
      'milter: too many connections, one was dropped',
      'milter: idle connection closed',
    ]);
  });

  it('hangs up on a packet above its limit', async () => {
    const client = await greeted({ body: () => 'continue' }, { settings: { maxPacketBytes: 1000 } });
    await client.mail('a@example.com');
    client.send({ type: 'body', chunk: Buffer.alloc(1000) });
    await client.hungUp();
  });

  it('takes a packet larger than what it reads ahead', async () => {
    let size = 0;
    const client = await greeted({ body: async (_, chunk) => void (size += chunk.length) });
    await client.mail('a@example.com');
    for (let i = 0; i < 3; i++) await client.command({ type: 'body', chunk: Buffer.alloc(900_000) });
    expect(size).toBe(2_700_000);
  });

  it('drains: idle connections at once, messages under way first', async () => {
    const server = milter({ handlers: { endOfMessage: () => sleep(50, 'accept' as const) } });
    const idle = await open(server);
    const busy = await open(server);
    await busy.mail('a@example.com');
    await sleep(10);
    const closed = server.close();
    await idle.hungUp();
    expect(busy.closed).toBe(false);
    await busy.body('x');
    expect(await busy.end()).toEqual([{ type: 'accept' }]);
    await busy.hungUp();
    await closed;
    expect(server.connections).toBe(0);
  });

  it('closes what is left at the deadline', async () => {
    const { log, lines } = recordingLog();
    const server = milter({ handlers: {}, log });
    const client = await open(server);
    await client.mail('a@example.com');
    await sleep(10);
    await server.close(20);
    await client.hungUp();
    expect(lines).toContain('milter: connections closed in the middle of a message');
  });

  it('says when it has no handlers for a connection', async () => {
    const { log, lines } = recordingLog();
    const server = milter({
      handlers: () => {
        throw new Error('none');
      },
      log,
    });
    const client = await MilterClient.open(await server.listen('127.0.0.1:0'));
    await client.hungUp();
    expect(lines).toEqual(['milter: no handlers for a connection']);
  });

  it('fails to listen where somebody else does, or on nonsense', async () => {
    const port = await milter({ handlers: {} }).listen('127.0.0.1:0');
    await expect(milter({ handlers: {} }).listen(`127.0.0.1:${port}`)).rejects.toThrow('EADDRINUSE');
    await expect(milter({ handlers: {} }).listen('nonsense')).rejects.toThrow('no milter address');
  });

  it('answers any bytes by hanging up or by going on, never by falling over', async () => {
    const server = milter({ handlers: { unknown: () => 'continue', body: () => 'skip' }, log: silentLog });
    await server.listen('127.0.0.1:0');
    const { port } = server.server.address() as { port: number };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), async (chunks) => {
        const client = await MilterClient.open(port);
        await client.negotiate();
        for (const chunk of chunks) client.socket.write(chunk);
        client.socket.end();
        await client.hungUp();
      }),
      { numRuns: 50 },
    );
    const client = await open(server);
    expect(await client.message()).toEqual([{ type: 'continue' }]);
  });
});

describe('unix sockets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-milter-'));
  const path = join(folder, 'm.sock');
  afterEach(() => rmSync(path, { force: true }));

  it('have the mode of the settings and are removed at the end', async () => {
    const server = createMilterServer({ handlers: {}, settings: { socketMode: 0o600 } });
    expect(await server.listen(`unix:${path}`)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const client = await MilterClient.open(path);
    expect(await client.negotiate()).toMatchObject({ version: 6 });
    client.close();
    await server.close(0);
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('that were left behind are replaced, that are in use are not, and files are not touched', async () => {
    // A process that dies leaves its socket: as a server whose file was moved away and back.
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.dead`, resolve));
    const { linkSync } = await import('node:fs');
    linkSync(`${path}.dead`, path);
    await new Promise((resolve) => dead.close(resolve));
    const server = milter({ handlers: {} });
    await server.listen({ path });
    await expect(milter({ handlers: {} }).listen({ path })).rejects.toThrow('EADDRINUSE');
    expect((await MilterClient.open(path)).closed).toBe(false);
    await server.close(0);
    writeFileSync(path, 'precious');
    await expect(milter({ handlers: {} }).listen({ path })).rejects.toThrow('EADDRINUSE');
    expect(statSync(path).size).toBe(8);
  });
});
