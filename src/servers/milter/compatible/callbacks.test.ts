import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { MilterClient } from '../../../../test/support/milter-client.ts';
import { createMilter } from './callbacks.ts';
import type { CreateMilterOptions, MilterContext, NodeMilter } from './callbacks.ts';
import * as smfi from './constants.ts';

const running: NodeMilter[] = [];
const clients: MilterClient[] = [];
const ALL = 0x1ff;

function milter(options: CreateMilterOptions = { name: 'test', flags: ALL }): NodeMilter {
  const made = createMilter(options);
  running.push(made);
  return made;
}

async function open(of: NodeMilter): Promise<MilterClient> {
  if (!of.server.listening)
    await new Promise<void>((resolve) => {
      of.listen(0, '127.0.0.1', resolve);
    });
  const client = await MilterClient.open((of.server.address() as { port: number }).port);
  clients.push(client);
  await client.negotiate();
  return client;
}

async function greeted(of: NodeMilter): Promise<MilterClient> {
  const client = await open(of);
  await client.connect();
  await client.helo();
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(running.splice(0).map((made) => new Promise<void>((resolve) => made.close(resolve))));
});

describe('createMilter', () => {
  it('calls each callback with its arguments', async () => {
    const told: unknown[] = [];
    const made = milter();
    made.setCallback('negotiate', (_, f1, f2, f3, f4, cb) => {
      told.push(['negotiate', f1, f2, f3, f4]);
      cb(smfi.SMFIS_ALL_OPTS);
    });
    const say =
      (name: string) =>
      (_: MilterContext, ...rest: unknown[]): void => {
        const cb = rest.pop() as (status: number) => void;
        told.push([
          name,
          ...rest.map((value) => (Buffer.isBuffer(value) ? `buffer ${value.toString()}` : value)),
        ]);
        cb(smfi.SMFIS_CONTINUE);
      };
    for (const name of [
      'connect',
      'helo',
      'envfrom',
      'envrcpt',
      'data',
      'header',
      'eoh',
      'body',
      'eom',
    ] as const)
      made.setCallback(name, say(name));
    for (const name of ['close', 'abort', 'unknown'] as const) made.setCallback(name, say(name));
    const client = await greeted(made);
    await client.mail('a@example.com', 'SIZE=1');
    await client.rcpt('b@example.org');
    await client.command({ type: 'unknown', command: Buffer.from('FOO') });
    client.send({ type: 'abort' });
    await client.message({ headers: [['Subject', 'hi']], body: 'text' });
    client.send({ type: 'quit' });
    await client.hungUp();
    expect(told).toEqual([
      ['negotiate', 0x1ff, 0x1fffff, 0, 0],
      ['connect', 'client.example', '192.0.2.1', 4711],
      ['helo', 'client.example'],
      ['envfrom', ['<a@example.com>', 'SIZE=1']],
      ['envrcpt', ['<b@example.org>']],
      ['unknown', 'buffer FOO'],
      ['abort'],
      ['envfrom', ['<sender@example.com>']],
      ['envrcpt', ['<user@example.org>']],
      ['data'],
      ['header', 'Subject', 'hi'],
      ['eoh'],
      ['body', 'buffer text'],
      ['eom'],
      ['close'],
    ]);
  });

  it('keeps the connection when there is no negotiate callback, and leaves out steps nobody listens to', async () => {
    const made = milter({ flags: smfi.SMFIF_ADDHDRS });
    made.setCallback('eom', (ctx, cb) => {
      made.addheader(ctx, 'X-Seen', 'yes', (status) => {
        expect(status).toBe(smfi.MI_SUCCESS);
        cb(smfi.SMFIS_ACCEPT);
      });
    });
    const client = await greeted(made);
    expect(client.agreed?.actions).toBe(smfi.SMFIF_ADDHDRS);
    expect((client.agreed?.steps ?? 0) & smfi.SMFIP_NOHDRS).toBe(smfi.SMFIP_NOHDRS);
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-Seen', value: 'yes' },
      { type: 'accept' },
    ]);
  });

  it('throws for a name that is no callback', () => {
    expect(() => milter().setCallback('mailfrom' as 'helo', () => undefined)).toThrow(TypeError);
    expect(() => milter().setCallback('helo', 'no' as never)).toThrow(TypeError);
  });

  it('negotiates what the callback names, of what is offered, and hangs up when it refuses', async () => {
    const made = milter();
    made.setCallback('negotiate', (_ctx, _f1, _f2, _f3, _f4, cb) =>
      cb(smfi.SMFIS_CONTINUE, smfi.SMFIF_CHGBODY | 0x1000, smfi.SMFIP_NOHELO | 0x40000000, 0, 0),
    );
    const client = await open(made);
    expect(client.agreed).toMatchObject({
      actions: smfi.SMFIF_CHGBODY,
      steps: smfi.SMFIP_NOHELO | smfi.SMFIP_SKIP,
    });
    const refusing = milter();
    refusing.setCallback('negotiate', (_ctx, _f1, _f2, _f3, _f4, cb) => cb(smfi.SMFIS_REJECT));
    await expect(open(refusing)).rejects.toThrow('closed');
  });

  it('sends the names given to setsymlist, which works while negotiating and once a stage', async () => {
    const made = milter();
    let results: number[] = [];
    made.setCallback('negotiate', (ctx, _f1, _f2, _f3, _f4, cb) => {
      results = [
        made.setsymlist(ctx, smfi.SMFIM_CONNECT, ['j', '{daemon_name}']),
        made.setsymlist(ctx, smfi.SMFIM_EOM, 'i, {mail_addr}'),
        made.setsymlist(ctx, smfi.SMFIM_EOM, ['j']),
        made.setsymlist(ctx, 9, ['j']),
        made.setsymlist(ctx, smfi.SMFIM_EOH, []),
      ];
      cb(smfi.SMFIS_ALL_OPTS);
    });
    let late = 0;
    made.setCallback('helo', (ctx, _, cb) => {
      late = made.setsymlist(ctx, smfi.SMFIM_EOM, ['i']);
      cb(smfi.SMFIS_CONTINUE);
    });
    const client = await greeted(made);
    expect(client.agreed?.symbols).toEqual([
      { stage: 0, names: ['j', '{daemon_name}'] },
      { stage: 5, names: ['i', '{mail_addr}'] },
    ]);
    expect(results).toEqual([0, 0, -1, -1, -1]);
    expect(late).toBe(smfi.MI_FAILURE);
  });

  it('keeps private data apart per connection, and reads macros with or without braces', async () => {
    const made = milter();
    made.setCallback('helo', (ctx, host, cb) => {
      expect(made.getpriv(ctx)).toBeUndefined();
      made.setpriv(ctx, host);
      cb(smfi.SMFIS_CONTINUE);
    });
    const told: unknown[] = [];
    made.setCallback('envfrom', (ctx, _, cb) => {
      told.push([
        made.getpriv(ctx),
        made.getsymval(ctx, 'i'),
        made.getsymval(ctx, '{i}'),
        made.getsymval(ctx, 'z'),
      ]);
      cb(smfi.SMFIS_CONTINUE);
    });
    const one = await open(made);
    const two = await open(made);
    await one.helo('one');
    await two.helo('two');
    two.macros('M', { i: 'two-id' });
    await two.mail('a@example.com');
    await one.mail('a@example.com');
    expect(told).toEqual([
      ['two', 'two-id', 'two-id', undefined],
      ['one', undefined, undefined, undefined],
    ]);
    expect(() => made.getsymval({ priv: 1 }, 'i')).toThrow(TypeError);
  });

  it('negotiates each connection by itself', async () => {
    const made = milter();
    let actions: number = smfi.SMFIF_ADDHDRS;
    made.setCallback('negotiate', (_ctx, _f1, _f2, _f3, _f4, cb) =>
      cb(smfi.SMFIS_CONTINUE, actions, 0, 0, 0),
    );
    const results: number[] = [];
    made.setCallback('eom', (ctx, cb) => {
      made.addheader(ctx, 'X', 'y', (status) => results.push(status));
      cb(smfi.SMFIS_CONTINUE);
    });
    const one = await greeted(made);
    actions = 0;
    const two = await greeted(made);
    await two.message();
    await one.message();
    expect(results).toEqual([smfi.MI_FAILURE, smfi.MI_SUCCESS]);
  });

  it('tells family U as no address', async () => {
    const told: unknown[] = [];
    const made = milter();
    made.setCallback('connect', (_ctx, host, address, port, cb) => {
      told.push([host, address, port]);
      cb(smfi.SMFIS_CONTINUE);
    });
    const client = await open(made);
    await client.command({ type: 'connect', hostname: 'localhost', family: 'unknown' });
    expect(told).toEqual([['localhost', null, 0]]);
  });

  it('uses a custom reply once, for the callback that set it and for its class only', async () => {
    const made = milter();
    let set = true;
    made.setCallback('envrcpt', (ctx, _, cb) => {
      if (set) expect(made.setmlreply(ctx, '550', '5.1.1', 'no', '100%')).toBe(smfi.MI_SUCCESS);
      cb(smfi.SMFIS_REJECT);
    });
    made.setCallback('data', (ctx, cb) => {
      expect(made.setreply(ctx, 550, '5.7.1', 'permanent')).toBe(smfi.MI_SUCCESS);
      cb(smfi.SMFIS_TEMPFAIL);
    });
    const client = await greeted(made);
    await client.mail('a@example.com');
    expect(await client.rcpt('a@example.org')).toEqual({
      type: 'reply',
      text: '550-5.1.1 no\r\n550 5.1.1 100%%',
    });
    set = false;
    expect(await client.rcpt('b@example.org')).toEqual({ type: 'reject' });
    expect(await client.command({ type: 'data' })).toEqual({ type: 'tempfail' });
  });

  it('refuses replies that cannot be, without codes and with the wrong ones', async () => {
    const made = milter();
    let results: number[] = [];
    made.setCallback('envfrom', (ctx, _, cb) => {
      results = [
        made.setreply(ctx, '250', '2.0.0', 'x'),
        made.setreply(ctx, '550', '4.0.0', 'x'),
        made.setreply(ctx, '550', null, 'a\nb'),
        made.setmlreply(ctx, '550', '5.7.1', ...Array.from({ length: 33 }, () => 'x')),
        made.setreply(ctx, '451', null, null),
      ];
      cb(smfi.SMFIS_TEMPFAIL);
    });
    const client = await greeted(made);
    expect(await client.mail('a@example.com')).toEqual({ type: 'reply', text: '451 ' });
    expect(results).toEqual([-1, -1, -1, -1, 0]);
  });

  it('makes all changes at the end of a message, and none before', async () => {
    const made = milter();
    const results: number[] = [];
    const note = (status: number): void => void results.push(status);
    made.setCallback('envfrom', (ctx, _, cb) => {
      made.addheader(ctx, 'X', 'early', note);
      made.quarantine(ctx, 'early', note);
      made.progress(ctx, note);
      made.replacebody(ctx, 'early', (status) => {
        note(status);
        cb(smfi.SMFIS_CONTINUE);
      });
    });
    made.setCallback('eom', (ctx, cb) => {
      made.addheader(ctx, 'X', 'a', note);
      made.chgheader(ctx, 'Subject', 1, 'b', note);
      made.chgheader(ctx, 'Subject', 2, '', note);
      made.chgheader(ctx, 'Subject', 3, null, note);
      made.insheader(ctx, 0, 'X', 'c', note);
      made.chgfrom(ctx, '<a@example.com>', note);
      made.chgfrom(ctx, '<a@example.com>', 'RET=HDRS', note);
      made.addrcpt(ctx, '<b@example.org>', note);
      made.addrcpt_par(ctx, '<c@example.org>', note);
      made.addrcpt_par(ctx, '<c@example.org>', 'NOTIFY=NEVER', note);
      made.delrcpt(ctx, '<d@example.org>', note);
      made.addheader(ctx, 'X', 'a\nBcc: everybody', note);
      made.quarantine(ctx, 'reason', note);
      made.progress(ctx, note);
      made.replacebody(ctx, Readable.from([Buffer.from('one'), Buffer.from('two')]), (status) => {
        note(status);
        cb(smfi.SMFIS_ACCEPT);
      });
    });
    const client = await greeted(made);
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X', value: 'a' },
      { type: 'change-header', index: 1, name: 'Subject', value: 'b' },
      { type: 'change-header', index: 2, name: 'Subject', value: '' },
      { type: 'change-header', index: 3, name: 'Subject', value: '' },
      { type: 'insert-header', index: 0, name: 'X', value: 'c' },
      { type: 'change-sender', address: '<a@example.com>' },
      { type: 'change-sender', address: '<a@example.com>', parameters: 'RET=HDRS' },
      { type: 'add-recipient', address: '<b@example.org>' },
      { type: 'add-recipient', address: '<c@example.org>', parameters: '' },
      { type: 'add-recipient', address: '<c@example.org>', parameters: 'NOTIFY=NEVER' },
      { type: 'delete-recipient', address: '<d@example.org>' },
      { type: 'quarantine', reason: 'reason' },
      { type: 'replace-body', chunk: Buffer.from('one') },
      { type: 'replace-body', chunk: Buffer.from('two') },
      { type: 'accept' },
    ]);
    expect(results).toEqual([-1, -1, -1, -1, ...Array.from({ length: 11 }, () => 0), -1, 0, 0, 0]);
  });

  it('says when a new body cannot be read', async () => {
    const made = milter();
    made.setCallback('eom', (ctx, cb) => {
      const broken = new Readable({
        read() {
          this.destroy(new Error('gone'));
        },
      });
      made.replacebody(ctx, broken, (status) => cb(status === smfi.MI_FAILURE ? smfi.SMFIS_TEMPFAIL : 0));
    });
    const client = await greeted(made);
    expect(await client.message()).toEqual([{ type: 'tempfail' }]);
  });

  it('defers when a callback throws or answers nonsense', async () => {
    const made = milter();
    made.setCallback('envfrom', () => {
      throw new Error('broken');
    });
    made.setCallback('unknown', (_ctx, _command, cb) => cb(99));
    const client = await greeted(made);
    expect(await client.command({ type: 'unknown', command: Buffer.from('X') })).toEqual({
      type: 'tempfail',
    });
    expect(await client.mail('a@example.com')).toEqual({ type: 'tempfail' });
  });
});
