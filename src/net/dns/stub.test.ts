import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  FakeNameServer,
  type ServerAnswer,
  type ServerReply,
  soa,
} from '../../../test/support/dns-server.ts';
import { freePort } from '../../../test/support/port.ts';
import { defaultDnsSettings, type DnsSettings } from '../settings.ts';
import { StubSource, type StubSurroundings } from './stub.ts';

const open: { close: () => void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function serve(answer: ServerAnswer, options?: Parameters<typeof FakeNameServer.start>[1]) {
  const server = await FakeNameServer.start(answer, options);
  open.push(server);
  return server;
}

function stubFor(
  servers: readonly (FakeNameServer | string)[],
  settings: Partial<DnsSettings> = {},
  surroundings: StubSurroundings = {},
) {
  const stub = new StubSource(
    {
      ...defaultDnsSettings,
      timeout: 600,
      servers: servers.map((server) => (typeof server === 'string' ? server : server.address)),
      ...settings,
    },
    surroundings,
  );
  open.push(stub);
  return stub;
}

const a = (name: string, data = '192.0.2.1', ttl = 300): Answer => ({ type: 'A', name, ttl, data });
const cname = (name: string, data: string, ttl = 300): Answer => ({ type: 'CNAME', name, ttl, data });
/** A reply with one address for whatever was asked. */
const address = ({ name }: { name: string }): ServerReply => ({ answers: [a(name)] });
const FOUND = { records: ['192.0.2.1'], ttl: 300, authentic: false };

describe('a question', () => {
  it('has an ID, a port and a spelling nobody can foresee, EDNS and the AD bit', async () => {
    const server = await serve(address);
    const stub = stubFor([server]);
    for (let i = 0; i < 8; i++) expect(await stub.ask('averylongname.example', 'A')).toEqual(FOUND);
    const distinct = (of: (question: (typeof server.asked)[number]) => unknown): number =>
      new Set(server.asked.map(of)).size;
    expect(distinct(({ id }) => id)).toBeGreaterThan(6);
    expect(distinct(({ port }) => port)).toBeGreaterThan(6);
    expect(distinct(({ name }) => name)).toBeGreaterThan(6);
    expect(server.asked[0]).toMatchObject({ ednsSize: 1232, wantsAuthentic: true, over: 'udp' });
  });

  it('is spelt by the random numbers it is given', async () => {
    const server = await serve(address);
    const stub = stubFor([server], {}, { random: (octets) => octets.fill(0b0101_0101) });
    await stub.ask('abcd.example', 'A');
    expect(server.asked[0]).toMatchObject({ name: 'AbCd.eXaMpLe', id: 0x5555 });
  });
});

describe('a reply', () => {
  const forged = [a('a.example', '192.0.2.66')];
  it.each<[string, ServerReply]>([
    ['another ID', { answers: forged, idOffset: 1 }],
    ['another question', { answers: forged, echo: 'other' }],
    ['no question', { answers: forged, echo: 'none' }],
    ['another port', { answers: forged, fromElsewhere: true }],
    ['nothing but noise', { raw: Buffer.from('not DNS at all, is it?') }],
    ['no octets', { raw: Buffer.alloc(0) }],
    ['a query', { raw: Buffer.from('0000010000010000000000000161076578616d706c650000010001', 'hex') }],
  ])('of %s is left alone', async (_, stray) => {
    const server = await serve((question) => [stray, { ...address(question), delay: 30 }]);
    expect(await stubFor([server]).ask('a.example', 'A')).toEqual(FOUND);
    expect(server.asked.map(({ over }) => over)).toEqual(['udp']);
  });

  it('is asked for over TCP when somebody seems to be guessing', async () => {
    const server = await serve((question) =>
      question.over === 'tcp' ? address(question) : { answers: forged, idOffset: 1, times: 50 },
    );
    expect(await stubFor([server]).ask('a.example', 'A')).toEqual(FOUND);
    expect(server.asked.map(({ over }) => over)).toEqual(['udp', 'tcp']);
  });

  it('in another case is not believed over UDP', async () => {
    const server = await serve((question) =>
      question.over === 'tcp' ? address(question) : { answers: forged, echo: 'lower' },
    );
    const stub = stubFor([server]);
    for (let i = 0; i < 2; i++) expect(await stub.ask('averylongname.example', 'A')).toEqual(FOUND);
    expect(server.asked.map(({ over }) => over)).toEqual(['udp', 'tcp', 'udp', 'tcp']);
  });

  it('of a server that changes the case even over TCP is taken', async () => {
    const server = await serve((question) => ({ ...address(question), echo: 'lower' }));
    const stub = stubFor([server]);
    for (let i = 0; i < 2; i++) expect(await stub.ask('averylongname.example', 'A')).toEqual(FOUND);
    expect(server.asked.map(({ over }) => over)).toEqual(['udp', 'tcp', 'udp']);
    expect(server.asked[2]?.name).toBe('averylongname.example');
  });

  it('that is truncated is asked for over TCP', async () => {
    const data = Array.from({ length: 100 }, () => 'x'.repeat(250));
    const server = await serve(({ over, name }) =>
      over === 'udp'
        ? { truncated: true, answers: [a(name)] }
        : { answers: [{ type: 'TXT', name, ttl: 9, data: [...data] }] },
    );
    expect(await stubFor([server]).ask('a.example', 'TXT')).toMatchObject({ records: [data], ttl: 9 });
  });

  it.each<[string, { udpOnly?: boolean }, ServerReply]>([
    ['that is truncated, where there is no TCP', { udpOnly: true }, { truncated: true }],
    ['that is truncated over TCP too', {}, { truncated: true }],
    ['that is cut short', {}, { answers: [a('a.example')], cutAt: -2 }],
    ['of a server that does not recurse', {}, { recursive: false }],
  ])('%s is a failure', async (_, options, reply) => {
    const server = await serve(() => reply, options);
    await expect(stubFor([server]).ask('a.example', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('of any bytes behind the question is an answer or a failure', async () => {
    let tail = Buffer.alloc(0);
    const server = await serve((question) => ({ ...address(question), tail }));
    const stub = stubFor([server]);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        tail = Buffer.from(bytes);
        const outcome = await stub.ask('a.example', 'A').then(
          () => 'answer',
          (error: { code?: string }) => error.code,
        );
        expect(['answer', 'ESERVFAIL']).toContain(outcome);
      }),
      { numRuns: 100 },
    );
  });

  it.each([1, 4, 16])('with code %i is asked for again without EDNS, once', async (rcode) => {
    const server = await serve((question) =>
      question.ednsSize === undefined ? address(question) : { rcode },
    );
    const stub = stubFor([server]);
    for (let i = 0; i < 2; i++) expect(await stub.ask('a.example', 'A')).toEqual(FOUND);
    expect(server.asked.map(({ ednsSize }) => ednsSize)).toEqual([1232, undefined, undefined]);
  });

  it('of a bare header is asked for again without EDNS', async () => {
    const server = await serve((question) =>
      question.ednsSize === undefined ? address(question) : { rcode: 1, echo: 'none' },
    );
    expect(await stubFor([server]).ask('a.example', 'A')).toEqual(FOUND);
  });

  it.each([
    ['loopback', '127.0.0.1', true],
    ['never', '127.0.0.1', false],
    ['always', '127.0.0.1', true],
  ] as const)('is authentic by the word of %s', async (trustAd, host, authentic) => {
    const server = await serve((question) => ({ ...address(question), authentic: true }), { host });
    expect(await stubFor([server], { trustAd }).ask('a.example', 'A')).toEqual({ ...FOUND, authentic });
  });
});

describe('a denial', () => {
  it.each<[string, ServerReply, object]>([
    ['of a name', { rcode: 3, authorities: [soa('example', 60, 30)] }, { nonexistent: true, ttl: 30 }],
    ['of a type', { authorities: [soa('example', 60, 90)] }, { nonexistent: false, ttl: 60 }],
    ['that does not say how long', { rcode: 3 }, { nonexistent: true, ttl: undefined }],
    [
      'behind an alias',
      { rcode: 3, answers: [cname('a.example', 'b.example', 10)], authorities: [soa('example', 60, 30)] },
      { nonexistent: true, ttl: 10 },
    ],
  ])('%s', async (_, reply, expected) => {
    const server = await serve(() => reply);
    expect(await stubFor([server]).ask('a.example', 'A')).toEqual({
      records: [],
      authentic: false,
      ...expected,
    });
    expect(server.asked).toHaveLength(1);
  });
});

describe('aliases', () => {
  it('are followed from reply to reply, with the least TTL, authentic when all are', async () => {
    const server = await serve(({ name: spelt }) => {
      const name = spelt.toLowerCase();
      if (name === 'a.example') return { answers: [cname(name, 'B.example', 50)], authentic: true };
      return { answers: [a(name)], authentic: name === 'c.example' };
    });
    const stub = stubFor([server]);
    expect(await stub.ask('A.example.', 'A')).toEqual({ ...FOUND, ttl: 50 });
    expect(server.questions).toEqual(['A a.example', 'A b.example']);
    expect(await stub.ask('a.example', 'CNAME')).toEqual({
      records: ['b.example'],
      ttl: 50,
      authentic: true,
    });
  });

  it.each<[string, (name: string) => string]>([
    ['in a loop', (name) => (name === 'a.example' ? 'b.example' : 'a.example')],
    ['without an end', (name) => `x${name}`],
    ['to the root', () => '.'],
    ['to a name of odd octets', () => 'ö.example'],
  ])('%s fail within bounds', async (_, next) => {
    const server = await serve(({ name }) => ({ answers: [cname(name, next(name.toLowerCase()))] }));
    await expect(stubFor([server]).ask('a.example', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(server.asked.length).toBeLessThan(10);
  });
});

describe('servers', () => {
  it.each<[string, ServerAnswer]>([
    ['fails', () => ({ rcode: 2 })],
    ['refuses', () => ({ rcode: 5 })],
    ['says nothing', () => undefined],
  ])('when one %s the next is asked', async (_, answer) => {
    const [first, second] = [await serve(answer), await serve(address)];
    expect(await stubFor([first, second]).ask('a.example', 'A')).toEqual(FOUND);
    expect(first.asked).toHaveLength(1);
  });

  it('that cannot be reached are passed over, and last for a while', async () => {
    let now = 0;
    const gone = `127.0.0.1:${await freePort()}`;
    const server = await serve(address);
    const stub = stubFor([gone, server], { timeout: 20_000 }, { now: () => now });
    const started = performance.now();
    for (let i = 0; i < 3; i++) expect(await stub.ask('a.example', 'A')).toEqual(FOUND);
    expect(performance.now() - started).toBeLessThan(15_000);
    // Back again.
    const back = await new Promise<boolean>((resolve) => {
      const socket = createSocket('udp4');
      open.push(socket);
      socket.on('message', () => resolve(true));
      socket.bind(Number(gone.split(':')[1]), '127.0.0.1', () => {
        now += 31_000;
        stub.ask('a.example', 'A').catch(() => undefined);
      });
      setTimeout(() => resolve(false), 20_000).unref();
    });
    expect(back).toBe(true);
  });

  it('that were silent twice are asked last', async () => {
    const [silent, server] = [await serve(() => undefined), await serve(address)];
    const stub = stubFor([silent, server], { timeout: 1200, tries: 1 });
    for (let i = 0; i < 4; i++) await stub.ask('a.example', 'A');
    expect([silent.asked.length, server.asked.length]).toEqual([2, 4]);
  });

  it('may answer late', async () => {
    const server = await serve((question) => ({ ...address(question), delay: 1200 }));
    expect(await stubFor([server], { timeout: 3000, tries: 3 }).ask('a.example', 'A')).toEqual(FOUND);
    expect(server.asked.length).toBeGreaterThan(1);
  });

  it('all silent: the question ends in time', async () => {
    const servers = [await serve(() => undefined), await serve(() => undefined)];
    const started = performance.now();
    await expect(stubFor(servers, { timeout: 1200 }).ask('a.example', 'A')).rejects.toMatchObject({
      code: 'ETIMEOUT',
    });
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(servers.map(({ asked }) => asked.length)).toEqual([2, 2]);
  });

  it('none there: the question fails at once', async () => {
    const started = performance.now();
    const stub = stubFor([`127.0.0.1:${await freePort()}`], { timeout: 20_000 });
    await expect(stub.ask('a.example', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('that never end a TCP reply do not hold a question beyond its time', async () => {
    const server = await serve(({ over }) => (over === 'udp' ? { truncated: true } : undefined));
    await expect(stubFor([server], { timeout: 200 }).ask('a.example', 'A')).rejects.toMatchObject({
      code: 'ETIMEOUT',
    });
  });

  it('may have IPv6 addresses', async () => {
    const server = await serve(address, { host: '::1' });
    expect(await stubFor([server]).ask('a.example', 'A')).toEqual(FOUND);
    expect(await stubFor([server.address.replace('::1', '0:0:0:0:0:0:0:1')]).ask('a.example', 'A')).toEqual(
      FOUND,
    );
  });
});

describe('the system', () => {
  it('names servers, attempts and rotation in resolv.conf, and may change them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tamis-resolv-'));
    const path = join(folder, 'resolv.conf');
    const one = await serve(address);
    const other = await serve(address, { host: '127.0.0.2', port: one.port });
    let now = 0;
    const counts = (): number[] => [one.asked.splice(0).length, other.asked.splice(0).length];
    const surroundings = { now: () => now, resolvConf: path, systemPort: one.port };
    const stub = stubFor([], {}, surroundings);

    writeFileSync(path, 'nameserver 127.0.0.1\nnameserver 127.0.0.2\n');
    for (let i = 0; i < 4; i++) await stub.ask('a.example', 'A');
    expect(counts()).toEqual([4, 0]);
    writeFileSync(path, 'nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions rotate\n');
    now += 10_000;
    for (let i = 0; i < 4; i++) await stub.ask('a.example', 'A');
    expect(counts()).toEqual([2, 2]);
    writeFileSync(path, 'nameserver 127.0.0.2\noptions attempts:3\n');
    now += 10_000;
    other.answer = () => undefined;
    const failing = stubFor([], { timeout: 1500 }, { resolvConf: path, systemPort: one.port });
    await expect(failing.ask('a.example', 'A')).rejects.toMatchObject({ code: 'ETIMEOUT' });
    expect(counts()).toEqual([0, 3]);
    rmSync(folder, { recursive: true });
  });
});

describe('questions under way', () => {
  it('are bounded; others wait their turn', async () => {
    let most = 0;
    let running = 0;
    const server = await serve((question) => {
      most = Math.max(most, ++running);
      setTimeout(() => running--, 20);
      return { ...address(question), delay: 25 };
    });
    const stub = stubFor([server], { concurrent: 3, timeout: 5_000 });
    const names = Array.from({ length: 12 }, (_, i) => `n${i}.example`);
    const answers = await Promise.all(names.map((name) => stub.ask(name, 'A')));
    expect(answers).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('that wait too long fail in time', async () => {
    // The time of all is over when the first one is given up: no other is asked, however the timers go.
    let now = 0;
    const server = await serve(() => {
      now = 400;
      return undefined;
    });
    const stub = stubFor([server], { concurrent: 1, timeout: 400 }, { now: () => now });
    const started = performance.now();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => stub.ask(`n${i}.example`, 'A')),
    );
    expect(performance.now() - started).toBeLessThan(15_000);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'ETIMEOUT' } });
    expect(server.questions.every((question) => question === 'A n0.example')).toBe(true);
  });

  it('end when the resolver is closed, and no other begins', async () => {
    const server = await serve(() => undefined);
    const stub = stubFor([server], { concurrent: 1 });
    const asked = [stub.ask('a.example', 'A'), stub.ask('b.example', 'A')];
    stub.close();
    asked.push(stub.ask('c.example', 'A'));
    for (const outcome of await Promise.allSettled(asked))
      expect(outcome).toMatchObject({ reason: { code: 'ESERVFAIL' } });
  });
});
