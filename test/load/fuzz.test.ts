import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tamis, TamisServer } from '../support/tamis.ts';

/** Connections to each port; each sends one mutated dialogue. */
const CONNECTIONS = 120;
/** At a time to one port: below what one address may have. */
const PARALLEL = 20;
/** Milliseconds a connection is listened to after all was sent. */
const PATIENCE = 150;

/** A small generator of random numbers (xorshift), so that a failing run can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
type Random = ReturnType<typeof random>;

const packet = (command: string, data: string): Buffer => {
  const body = Buffer.from(command + data, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};
const lines = (...texts: readonly string[]): Buffer[] => texts.map((text) => Buffer.from(`${text}\r\n`));
const mail = (verb: string): Buffer[] =>
  lines(
    `${verb} client.example`,
    'MAIL FROM:<"a b"@sender.example> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=x+2By',
    'RCPT TO:<demo@tamis.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@b',
    'RCPT TO:<SRS0=aaaaaaaa=bb=there.example=carl@tamis.test>',
    'DATA',
    'From: a@sender.example\r\nSubject: =?utf-8?q?=ff?=\r\nContent-Type: multipart/mixed; boundary="b\r\n\r\n--b\r\n..x\r\n.',
    'RSET',
    'QUIT',
  );

/** Dialogues that are right, to be made wrong. */
const DIALOGUES: Readonly<Record<string, readonly (readonly Buffer[])[]>> = {
  smtp: [
    mail('EHLO'),
    lines(
      'PROXY TCP4 192.0.2.1 192.0.2.2 1000 25',
      'EHLO x',
      'XCLIENT ADDR=192.0.2.3 NAME=a.example LOGIN=demo HELO=y',
      'XFORWARD NAME=b.example ADDR=IPV6:2001:db8::1 PORT=1 PROTO=ESMTP HELO=z',
      'EHLO x',
      'AUTH PLAIN AGRlbW8Ac2VjcmV0',
      'AUTH LOGIN',
      'ZGVtbw==',
      '*',
      'VRFY demo',
      'NOOP x',
    ),
    lines('EHLO x', 'STARTTLS', '\u0016\u0003\u0001\u0002garbage of a handshake'),
    [
      Buffer.from([13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10, 0x21, 0x11, 0, 12]),
      Buffer.alloc(12),
    ],
  ],
  lmtp: [mail('LHLO')],
  milter: [
    [
      packet('O', '\0\0\0\u0006\0\0\u0001\xff\0\u001f\xff\xff'),
      packet('D', 'Cj\0mx.tamis.test\0{daemon_name}\0x\0'),
      packet('C', 'client.example\x004\u0004\xd2192.0.2.1\0'),
      packet('H', 'client.example\0'),
      packet('D', 'Mi\x00ABC\0{auth_authen}\0demo\0'),
      packet('M', '<a@sender.example>\0SIZE=10\0'),
      packet('R', '<demo@tamis.test>\0NOTIFY=NEVER\0'),
      packet('T', ''),
      packet('L', 'Subject\0 a\n b\0'),
      packet('N', ''),
      packet('B', 'text\r\n'),
      packet('E', ''),
      packet('A', ''),
      packet('K', ''),
      packet('Q', ''),
    ],
  ],
  managesieve: [
    lines(
      'CAPABILITY',
      'AUTHENTICATE "PLAIN" "AGRlbW8Ac2VjcmV0"',
      'AUTHENTICATE "SCRAM-SHA-256" "biwsbj1kZW1vLHI9YWJj"',
      '"Yz1iaXdzLHI9YWJjLHA9YWJj"',
      'PUTSCRIPT "a" {5+}',
      'keep;',
      'HAVESPACE "a" 99',
      'NOOP "x"',
      'LOGOUT',
    ),
    lines('STARTTLS', '\u0016\u0003\u0001\u0002garbage of a handshake'),
  ],
  http: [
    lines('GET /metrics HTTP/1.1', 'Host: x', '', 'HEAD /health HTTP/1.1', 'Host: x', ''),
    lines('POST /__proto__?a HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', '', 'ffffffffff', 'x'),
    lines(
      'GET //[ HTTP/1.1',
      'Host: x',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Expect: 100-continue',
      '',
    ),
    lines('CONNECT x:1 HTTP/1.1', 'Host: x', ''),
  ],
};

const noise = (length: number, below: Random): Buffer =>
  Buffer.from(Array.from({ length }, () => below(256)));

/** Some steps left out, doubled, swapped, cut, with other octets in them, or none of it. */
function mutated(dialogue: readonly Buffer[], below: Random): Buffer[] {
  const steps = [...dialogue];
  for (let changes = below(4); changes > 0; changes--) {
    const at = below(steps.length);
    const step = Buffer.from(steps[at] ?? []);
    const inside = below(step.length + 1);
    switch (below(6)) {
      case 0:
        steps.splice(at, 1);
        break;
      case 1:
        steps.splice(below(steps.length), 0, step);
        break;
      case 2:
        steps[at] = step.subarray(0, inside);
        break;
      case 3:
        if (step.length > 0) step[inside % step.length] = below(256);
        steps[at] = step;
        break;
      case 4:
        steps[at] = Buffer.concat([
          step.subarray(0, inside),
          noise(below(200), below),
          step.subarray(inside),
        ]);
        break;
      default:
        steps[at] = Buffer.concat([
          step.subarray(0, inside),
          Buffer.alloc(below(70_000), 'A'),
          step.subarray(inside),
        ]);
    }
    if (steps.length === 0) steps.push(noise(10, below));
  }
  return below(8) === 0 ? [noise(below(3000), below)] : steps;
}

/** Sends the steps in chunks that need not be theirs, then leaves: politely, at once, or by a reset. */
async function attack(port: number, steps: readonly Buffer[], below: Random): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  // Being thrown out is an answer too.
  socket.on('error', () => undefined);
  socket.resume();
  const pace = below(3);
  for (const step of pace === 0 ? [Buffer.concat(steps)] : steps) {
    socket.write(step);
    if (pace === 2) await new Promise((resolve) => setTimeout(resolve, 1 + below(8)));
  }
  const leave = below(4);
  if (leave === 0) socket.resetAndDestroy();
  else if (leave === 1) socket.destroy();
  else if (leave === 2) socket.end();
  const patience = setTimeout(() => socket.destroy(), PATIENCE);
  await closed;
  clearTimeout(patience);
}

const servers: TamisServer[] = [];
/** `trust`: what a server says that believes XCLIENT, XFORWARD and PROXY of the attacker. */
async function serve(trust: string): Promise<TamisServer> {
  const server = new TamisServer();
  servers.push(server);
  server.configure(`hostname: mx.tamis.test
policy: {domains: [tamis.test]}
dns: {zone: dns.yaml}
filter: {model: {enabled: true}, pool: {workers: 2}}
servers:
  http: {listen: ['127.0.0.1:0']}
  smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms${trust}}
  lmtp: {listen: ['127.0.0.1:0']}
  milter: {listen: ['127.0.0.1:0']}
  managesieve: {listen: ['127.0.0.1:0']}
`);
  server.write('dns.yaml', 'unknown.test: {TXT: [nothing]}\n');
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
  return server;
}

/** What a stranger must not bring about. */
const isFault = ({ level, msg }: { level: string; msg: string }): boolean =>
  msg === 'fault' || level === 'stderr' || level === 'fatal' || msg === 'filter worker died';

async function expectWell(server: TamisServer): Promise<void> {
  const health = await fetch(`http://${server.address('http')}/health`);
  expect(await health.json()).toMatchObject({ status: 'ok' });
  expect(server.log.filter((line) => isFault(line))).toEqual([]);
}

let plain: TamisServer;
let trusting: TamisServer;
let proxied: TamisServer;
beforeAll(async () => {
  plain = await serve('');
  trusting = await serve(', xclient: [127.0.0.1], xforward: [127.0.0.1]');
  proxied = await serve(', proxy_protocol: [127.0.0.1]');
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.dispose()));
});

describe('strangers who talk nonsense', () => {
  it.each([
    ['smtp', 1],
    ['lmtp', 2],
    ['milter', 3],
    ['managesieve', 4],
    ['http', 5],
  ] as const)('at %s do not stop it', { timeout: 30_000 }, async (name, seed) => {
    const below = random(seed * 0x9e3779b9);
    const dialogues = DIALOGUES[name] ?? [];
    for (const server of name === 'smtp' ? [plain, trusting, proxied] : [plain])
      for (let sent = 0; sent < CONNECTIONS; sent += PARALLEL) {
        const batch = Array.from({ length: PARALLEL }, () =>
          attack(server.port(name), mutated(dialogues[below(dialogues.length)] ?? [], below), below),
        );
        await Promise.all(batch);
      }
    for (const server of servers) await expectWell(server);
  });

  it('and it serves those who come after, and stops when it is told to', { timeout: 30_000 }, async () => {
    for (const server of servers) {
      await expectWell(server);
      const began = performance.now();
      expect(await server.stop()).toBe(0);
      // Nobody is there any more: there is nothing to wait for.
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(server.log.filter((line) => isFault(line))).toEqual([]);
    }
  });
});
