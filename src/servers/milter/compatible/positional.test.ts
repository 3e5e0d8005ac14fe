import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { MilterClient } from '../../../../test/support/milter-client.ts';
import { freePort } from '../../../../test/support/port.ts';
import * as smfi from './constants.ts';
import { setbacklog, setdbg, settimeout, start, stop, version } from './positional.ts';
import type { MilterEnvelope } from './positional.ts';

type Callbacks = Parameters<typeof start> extends [string, number, ...infer Rest] ? Rest : never;
const NAMES = [
  'negotiate',
  'connect',
  'unknown',
  'helo',
  'mailfrom',
  'rcptto',
  'data',
  'header',
  'eoh',
  'segment',
  'eom',
  'abort',
  'close',
] as const;
type Name = (typeof NAMES)[number];
type Callback = (envelope: MilterEnvelope, ...rest: never[]) => void;

/** Starts with these callbacks; the others go on. */
async function begin(some: Partial<Record<Name, Callback>>, flags = 0x1ff): Promise<number> {
  const standard: Callback = (envelope) => envelope.done(smfi.SMFIS_CONTINUE);
  const callbacks = NAMES.map(
    (name) =>
      some[name] ??
      (name === 'negotiate' ? (env: MilterEnvelope) => env.done(smfi.SMFIS_ALL_OPTS) : standard),
  );
  const port = await freePort();
  expect(start(`inet:${port}@127.0.0.1`, flags, ...(callbacks as unknown as Callbacks))).toBe(true);
  await sleep(30);
  return port;
}

const clients: MilterClient[] = [];
async function open(port: number): Promise<MilterClient> {
  const client = await MilterClient.open(port);
  clients.push(client);
  await client.negotiate();
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  expect(await stop()).toBe(smfi.MI_SUCCESS);
});

describe('start', () => {
  it('calls each callback with its arguments, and takes answers now or later', async () => {
    const told: unknown[] = [];
    const say =
      (name: Name): Callback =>
      (envelope, ...rest: unknown[]) => {
        envelope.local['count'] = Number(envelope.local['count'] ?? 0) + 1;
        told.push([
          name,
          ...rest.map((value) => (Buffer.isBuffer(value) ? `buffer ${value.toString()}` : value)),
        ]);
        const status = name === 'negotiate' ? smfi.SMFIS_ALL_OPTS : smfi.SMFIS_CONTINUE;
        if (name === 'helo') setTimeout(() => envelope.done(status), 10);
        else envelope.done(status);
        if (name === 'close') told.push(envelope.local['count']);
      };
    const port = await begin(Object.fromEntries(NAMES.map((name) => [name, say(name)])));
    const client = await open(port);
    await client.connect('host.example', '192.0.2.1', 99);
    await client.helo('helo.example');
    await client.command({ type: 'unknown', command: Buffer.from('FOO bar') });
    await client.mail('a@example.com', 'SIZE=1');
    client.send({ type: 'abort' });
    await client.message({ headers: [['Subject', 'hi']], body: 'text' });
    client.send({ type: 'quit' });
    await client.hungUp();
    expect(told).toEqual([
      ['negotiate', 0x1ff, 0x1fffff, 0, 0],
      ['connect', 'host.example', '192.0.2.1'],
      ['helo', 'helo.example'],
      ['unknown', 'FOO bar'],
      ['mailfrom', '<a@example.com>'],
      ['abort'],
      ['mailfrom', '<sender@example.com>'],
      ['rcptto', '<user@example.org>'],
      ['data'],
      ['header', 'Subject', 'hi'],
      ['eoh'],
      ['segment', 'buffer text', 4],
      ['eom'],
      ['close'],
      14,
    ]);
  });

  it('negotiates what was asked for, names macros, and falls back to the flags', async () => {
    const first = await begin({
      negotiate: (envelope) => {
        expect(envelope.setsymlist(smfi.SMFIM_CONNECT, ['j'])).toBe(smfi.MI_SUCCESS);
        envelope.negotiate(smfi.SMFIF_QUARANTINE, smfi.SMFIP_NOUNKNOWN, 0, 0);
        envelope.done(smfi.SMFIS_CONTINUE);
      },
    });
    expect((await open(first)).agreed).toMatchObject({
      actions: smfi.SMFIF_QUARANTINE | smfi.SMFIF_SETSYMLIST,
      steps: smfi.SMFIP_NOUNKNOWN | smfi.SMFIP_SKIP,
      symbols: [{ stage: 0, names: ['j'] }],
    });
    await stop();
    const second = await begin({ negotiate: (envelope) => envelope.done(smfi.SMFIS_CONTINUE) }, 0x3);
    expect((await open(second)).agreed).toMatchObject({ actions: 0x3, steps: smfi.SMFIP_SKIP });
  });

  it('has every method of the envelope', async () => {
    const results: unknown[] = [];
    const port = await begin({
      connect: (envelope) => {
        results.push(envelope.getsymval('j'), envelope.getsymval('{j}'), envelope.getsymval('none'));
        results.push(envelope.addheader('X', 'early'));
        expect(() => envelope.negotiate(0, 0)).toThrow('outside');
        envelope.done(smfi.SMFIS_CONTINUE);
      },
      rcptto: (envelope) => {
        results.push(envelope.setmlreply(450, '4.2.1', 'one', 'two'), envelope.setreply('999', null, 'x'));
        envelope.done(smfi.SMFIS_TEMPFAIL);
      },
      eom: (envelope) => {
        results.push(
          envelope.progress(),
          envelope.addheader('X', 'a'),
          envelope.chgheader('Subject', 1, ''),
          envelope.insheader(1, 'X', 'b'),
          envelope.chgfrom('<a@example.com>', 'RET=HDRS'),
          envelope.addrcpt('<b@example.org>'),
          envelope.addrcpt_par('<c@example.org>', 'NOTIFY=NEVER'),
          envelope.delrcpt('<d@example.org>'),
          envelope.quarantine('why'),
        );
        void envelope.replacebody('new');
        envelope.done(smfi.SMFIS_ACCEPT);
      },
    });
    const client = await open(port);
    client.macros('C', { j: 'mta' });
    await client.connect();
    await client.mail('a@example.com');
    expect(await client.rcpt('b@example.org')).toEqual({
      type: 'reply',
      text: '450-4.2.1 one\r\n450 4.2.1 two',
    });
    expect((await client.end()).map((response) => response.type)).toEqual([
      'add-header',
      'change-header',
      'insert-header',
      'change-sender',
      'add-recipient',
      'add-recipient',
      'delete-recipient',
      'quarantine',
      'replace-body',
      'accept',
    ]);
    expect(results).toEqual(['mta', 'mta', '', -1, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('gives each connection an envelope of its own', async () => {
    const locals = new Set<unknown>();
    const port = await begin({
      helo: (envelope) => {
        locals.add(envelope.local);
        envelope.done(smfi.SMFIS_CONTINUE);
      },
    });
    await (await open(port)).helo('a');
    await (await open(port)).helo('b');
    expect(locals.size).toBe(2);
  });

  it('defers when a callback throws, and complains about done where nothing waits', async () => {
    let late: MilterEnvelope | undefined;
    const port = await begin({
      mailfrom: () => {
        throw new Error('broken');
      },
      helo: (envelope) => {
        late = envelope;
        expect(() => envelope.done('x' as never)).toThrow(TypeError);
        envelope.done(smfi.SMFIS_CONTINUE);
      },
    });
    const client = await open(port);
    await client.helo();
    expect(() => late?.done(smfi.SMFIS_CONTINUE)).toThrow('outside');
    expect(await client.mail('a@example.com')).toEqual({ type: 'tempfail' });
  });

  it('is one milter at a time, with all its callbacks and an address', async () => {
    await begin({});
    const done: Callback = (envelope) => envelope.done(0);
    const all = NAMES.map(() => done) as unknown as Callbacks;
    expect(start('inet:1@127.0.0.1', 0, ...all)).toBe(false);
    await stop();
    expect(start('nonsense', 0, ...all)).toBe(false);
    expect(() => start('inet:1', 0, ...([done] as unknown as Callbacks))).toThrow('13 callbacks');
    expect(() => start(1 as never, 0, ...all)).toThrow(TypeError);
    expect(() => start('inet:1', '' as never, ...all)).toThrow(TypeError);
  });

  it('has the settings of libmilter', () => {
    expect(version()).toEqual([1, 0, 2]);
    expect(setbacklog(10)).toBe(smfi.MI_SUCCESS);
    expect(setbacklog(0)).toBe(smfi.MI_FAILURE);
    expect(setdbg(3)).toBe(smfi.MI_SUCCESS);
    expect(settimeout(7210)).toBe(smfi.MI_SUCCESS);
    expect(settimeout(-1)).toBe(smfi.MI_FAILURE);
  });
});
