import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MilterFixture, recordingLog } from '../../../test/support/milter-fixture.ts';
import { FULL_OFFER, MilterClient } from '../../../test/support/milter-client.ts';
import { silentLog } from '../../log.ts';
import type { Decision, Handlers } from './handlers.ts';
import type { MilterServer } from './server.ts';
import { Session } from './session.ts';
import { STEPS } from './wire/constants.ts';
import { ProtocolError } from './wire/types.ts';
import type { Command } from './wire/types.ts';

const fixture = new MilterFixture();
afterEach(() => fixture.end());

const refusal = { reply: { code: 550, enhanced: '5.7.1', text: 'no' } } as const;
const refused = { type: 'reply', text: '550 5.7.1 no' };

describe('negotiation', () => {
  it('leaves out what nobody listens to, and makes silent what only fills the envelope', async () => {
    const client = await fixture.open(fixture.milter({ handlers: { endOfMessage: () => 'accept' } }));
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
    const client = await fixture.greeted(all, {}, { version, actions, steps });
    expect(client.agreed?.version).toBe(version);
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-Version', value: String(version) },
      { type: 'continue' },
    ]);
  });

  it('asks for macros, silence, large packets and the rest by options', async () => {
    const server = fixture.milter({
      handlers: { header: () => 'continue', body: () => 'continue' },
      silent: ['header'],
      rejectedRecipients: true,
      leadingSpace: true,
      largePackets: true,
      actions: ['ADDHDRS'],
      macros: { connect: ['j', '{client_ptr}'], endOfMessage: ['i'] },
    });
    const client = await fixture.open(server, { steps: 0x301fffff });
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
    const server = fixture.milter({ handlers: {} });
    const client = await MilterClient.open(await server.listen('127.0.0.1:0'));
    client.send(command);
    await client.hungUp();
  });

  it('hangs up on a second one, on bytes that are no milter protocol, and on a message without MAIL', async () => {
    const server = fixture.milter({ handlers: { data: () => 'continue' } });
    const twice = await fixture.open(server);
    twice.send({ type: 'negotiate', ...FULL_OFFER });
    await twice.hungUp();
    const noise = await fixture.open(server);
    noise.socket.write('GET / HTTP/1.1\r\n\r\n');
    await noise.hungUp();
    const early = await fixture.open(server);
    early.send({ type: 'data' });
    await early.hungUp();
  });
});

describe('handlers', () => {
  it('are told the connection, the envelope, macros, the header and the body', async () => {
    const told: unknown[] = [];
    const client = await fixture.open(
      fixture.milter({
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
    const client = await fixture.open(
      fixture.milter({
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
    const client = await fixture.greeted(
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
    const client = await fixture.greeted(
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
    const client = await fixture.greeted({
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
    await expect.poll(() => story).toEqual(['gone', 'close']);
    const second = await fixture.open(fixture.servers[0] as MilterServer);
    await second.mail('a@example.com');
    await sleep(20);
    second.close();
    await expect.poll(() => story).toEqual(['gone', 'close', 'abort', 'close']);
  });
});

describe('any order of commands', () => {
  const commands: Command[] = [
    { type: 'connect', hostname: 'a', family: 'unknown' },
    { type: 'helo', name: 'a' },
    { type: 'macros', stage: 'M', macros: [['i', '1']] },
    { type: 'mail', argv: ['<a@example.com>'] },
    { type: 'mail', argv: ['<b@example.com>'] },
    { type: 'rcpt', argv: ['<c@example.org>'] },
    { type: 'data' },
    { type: 'header', name: Buffer.from('X'), value: Buffer.from('y') },
    { type: 'eoh' },
    { type: 'body', chunk: Buffer.from('z') },
    { type: 'eom', chunk: Buffer.alloc(0) },
    { type: 'abort' },
    { type: 'quit-new-connection' },
    { type: 'unknown', command: Buffer.from('FOO') },
  ];

  it('ends in a fault of the protocol or leaves each message with one end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...commands), { maxLength: 25 }),
        fc.constantFrom<Decision>('continue', 'reject', 'accept', 'skip', 'discard'),
        async (sequence, decision) => {
          let begun = 0;
          let ended = 0;
          let connections = 0;
          let closed = 0;
          let sent = 0;
          const session = new Session({
            handlers: () => {
              connections++;
              return {
                mail: () => void begun++,
                data: () => decision,
                rcpt: () => decision,
                // A decision that ends the message is its end, as is its real one.
                endOfMessage: () => void ended++,
                abort: () => void ended++,
                close: () => void closed++,
              };
            },
            wish: () => ({ actions: 0, steps: 0 }),
            output: { send: () => void sent++, drained: async () => undefined },
            log: silentLog,
            nextId: () => 1,
            progressInterval: 1000,
          });
          await session.receive({ type: 'negotiate', ...FULL_OFFER });
          let answers = 1;
          for (const command of sequence) {
            try {
              await session.receive(command);
              if (!['macros', 'abort', 'quit-new-connection'].includes(command.type)) answers++;
            } catch (error) {
              expect(error).toBeInstanceOf(ProtocolError);
              break;
            }
          }
          await session.finish();
          expect(session.idle).toBe(true);
          expect(sent).toBe(answers);
          expect(closed).toBe(connections);
          if (decision === 'continue' || decision === 'skip') expect(ended).toBe(begun);
          else expect(ended).toBeLessThanOrEqual(begun);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('decisions', () => {
  it.each(['connect', 'helo'] as const)('at %s hold for the rest of the connection', async (stage) => {
    const client = await fixture.open(
      fixture.milter({
        handlers: { connect: () => 'continue', helo: () => 'continue', [stage]: () => refusal },
      }),
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
    const client = await fixture.open(fixture.milter({ handlers: { connect: () => 'discard' }, log }));
    expect(await client.connect()).toEqual({ type: 'tempfail' });
    expect(lines).toEqual(['milter: a decision that is not allowed at this stage']);
  });

  it('at rcpt concern that recipient when they refuse, and the message when they end it', async () => {
    const client = await fixture.greeted({
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
    const client = await fixture.greeted({
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
    const client = await fixture.greeted(
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
    const client = await fixture.greeted(handlers);
    await client.mail('a@example.com');
    expect(await client.body('one')).toEqual({ type: 'skip' });
    await client.end(Buffer.from('two'));
    expect(chunks).toBe(1);
    const old = await fixture.greeted(handlers, {}, { steps: 0x7f });
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
    const client = await fixture.greeted({ unknown: () => refusal });
    await client.mail('a@example.com');
    expect(await client.command({ type: 'unknown', command: Buffer.from('FOO') })).toEqual(refused);
    expect(await client.end()).toEqual([{ type: 'continue' }]);
  });

  it.each(['accept', 'reject', 'tempfail', 'discard', 'shutdown', 'connection-failure'] as const)(
    'at the end: %s',
    async (decision) => {
      const client = await fixture.greeted({ endOfMessage: () => decision });
      expect(await client.message()).toEqual([{ type: decision }]);
    },
  );

  it('of the last body chunk, which rides along with the end, are the answer to it', async () => {
    const client = await fixture.greeted({ body: () => refusal, endOfMessage: () => 'accept' });
    await client.mail('a@example.com');
    expect(await client.end(Buffer.from('x'))).toEqual([refused]);
  });
});
