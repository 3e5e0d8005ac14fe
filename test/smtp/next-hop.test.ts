import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { selfSignedCertificate } from '../../src/net/tls.ts';
import { createSmtpServer } from '../../src/servers/smtp/smtp-server.ts';
import type { MailServer } from '../../src/servers/smtp/server.ts';
import { defaultSmtpSettings } from '../../src/servers/smtp/settings.ts';
import type { NextHopSettings, SmtpSettings } from '../../src/servers/smtp/settings.ts';
import { memoryLog, testScanner, testTransactions } from './fakes.ts';
import { ScriptedHop } from './scripted-hop.ts';
import { Wire } from './wire.ts';

const MAIL = 'From: a@example.org\r\nSubject: hello\r\n\r\n.dot\r\nbody\r\n';

let hop: ScriptedHop;
let server: MailServer | undefined;
let log = memoryLog();
const wires: Wire[] = [];

beforeEach(() => {
  hop = new ScriptedHop();
  log = memoryLog();
});

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  await server?.close(0);
  await hop.close();
});

async function start(
  nextHop: Partial<NextHopSettings> = {},
  settings: Partial<SmtpSettings> = {},
): Promise<Endpoint> {
  const address = await hop.listen();
  server = createSmtpServer({
    settings: {
      ...defaultSmtpSettings,
      greetingDelay: 0,
      xclient: ['127.0.0.1'],
      ...settings,
      nextHop: {
        ...defaultSmtpSettings.nextHop,
        connectTimeout: 1,
        commandTimeout: 1,
        dataTimeout: 1,
        address,
        ...nextHop,
      },
    },
    hostname: 'tamis.example',
    transactions: testTransactions(log, testScanner()),
    log,
  });
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  // What the next hop offers has been asked for in the background.
  const silent = nextHop.address !== undefined || !hop.greeting.startsWith('220');
  await expect.poll(() => silent || hop.commands.length > 0).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 30));
  hop.commands.length = 0;
  return endpoint;
}

async function client(endpoint: Endpoint): Promise<Wire> {
  const wire = await Wire.greeted(endpoint);
  wires.push(wire);
  await wire.command('EHLO client.example');
  return wire;
}

const outcome = (): unknown => log.lines.findLast(({ text }) => text === 'finish')?.fields['outcome'];

describe('a message for the next hop', () => {
  it('goes there in the same transaction, with our trace and the edits of the filter', async () => {
    const wire = await client(await start());
    expect(await wire.command('MAIL FROM:<a@example.org> SIZE=123 BODY=8BITMIME RET=FULL ENVID=e1')).toBe(
      '250 2.1.0 Ok',
    );
    expect(hop.commands).toEqual([
      'EHLO tamis.example',
      'MAIL FROM:<a@example.org> SIZE=123 BODY=8BITMIME RET=FULL ENVID=e1',
    ]);
    expect(await wire.command('RCPT TO:<b@example.com> NOTIFY=NEVER ORCPT=rfc822;b@example.com')).toMatch(
      /^250/,
    );
    expect(hop.commands.at(-1)).toBe('RCPT TO:<b@example.com> NOTIFY=NEVER ORCPT=rfc822;b@example.com');
    expect(await wire.command('DATA')).toMatch(/^354/);
    expect(hop.commands.at(-1)).not.toBe('DATA');
    expect(await wire.command('From: a@example.org\r\nSubject: hello\r\n\r\n..dot\r\nbody\r\n.')).toBe(
      '250 2.0.0 hop has it',
    );
    expect(hop.messages).toHaveLength(1);
    expect(hop.messages[0]).toMatch(/^Received: from client\.example[^]*\r\nX-Spam-Flag: NO\r\nFrom: /);
    expect(hop.messages[0]?.endsWith(MAIL)).toBe(true);
    expect(outcome()).toBe('forwarded');
    // Each transaction has its own connection.
    await expect.poll(() => hop.commands.at(-1)).toBe('QUIT');
  });

  it('passes the refusal of one of several recipients on, in its own words', async () => {
    hop.answers.set(
      'RCPT TO:<c@example.com>',
      '550-5.1.1 <c@example.com>: user\r\n550 5.1.1 unknown in table',
    );
    const wire = await client(await start());
    const answers = await wire.envelope('a@example.org', 'b@example.com', 'c@example.com', 'd@example.com');
    expect(answers[2]).toBe('550-5.1.1 <c@example.com>: user|550 5.1.1 unknown in table');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(log.lines.findLast(({ text }) => text === 'finish')?.fields['recipients']).toBe(2);
  });

  it('says DATA to nobody when all recipients were refused', async () => {
    hop.answers.set('RCPT', '450 4.2.0 later');
    const wire = await client(await start());
    const answers = await wire.envelope('a@example.org', 'b@example.com');
    expect(answers[1]).toBe('450 4.2.0 later');
    expect(answers[2]).toMatch(/^554/);
  });

  it.each([
    ['refuses the sender', 'MAIL', '550 5.7.1 not you', '550 5.7.1 not you'],
    ['goes down at MAIL', 'MAIL', '421 4.3.2 going down', '451 4.3.2 going down'],
  ])('%s', async (_, command, given, expected) => {
    hop.answers.set(command, given);
    const wire = await client(await start());
    expect(await wire.command('MAIL FROM:<a@example.org>')).toBe(expected);
    hop.answers.clear();
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^250/);
  });

  it.each([
    ['does not take DATA', 'DATA', '452 4.3.1 full', '452 4.3.1 full'],
    ['refuses the message', '.', '554 5.7.1 do not like it', '554 5.7.1 do not like it'],
    ['cannot take the message now', '.', '451 4.3.0 try later', '451 4.3.0 try later'],
    ['hangs up after the message', '.', 'hang up', '451 4.4.1'],
    ['says nothing after the message', '.', 'silence', '451 4.4.1'],
    ['talks nonsense after the message', '.', 'what?', '451 4.4.1'],
    ['wants something else after the message', '.', '354 more', '451 4.3.0'],
    ['hangs up at DATA', 'DATA', 'hang up', '451 4.4.1'],
  ])('%s', async (_, command, given, expected) => {
    hop.answers.set(command, given);
    const wire = await client(await start());
    await wire.envelope('a@example.org', 'b@example.com');
    expect((await wire.command(`${MAIL}.`)).startsWith(expected)).toBe(true);
    expect(outcome()).toBe(expected.startsWith('5') ? 'rejected' : 'deferred');
    expect(await wire.command('NOOP')).toMatch(/^250/);
  });

  it('is a 4xx when the next hop dies in the middle of it', async () => {
    hop.hangUpAfter = 200_000;
    const wire = await client(await start());
    await wire.envelope('a@example.org', 'b@example.com');
    wire.write(`${MAIL}${`${'x'.repeat(70)}\r\n`.repeat(100_000)}.\r\n`);
    expect(await wire.reply()).toMatch(/^451 4\.4\.1/);
    expect(hop.messages).toEqual([]);
  });

  it('is a 4xx when the next hop refuses before the end of it', async () => {
    hop.features = ['SIZE 1000'];
    const wire = await client(await start());
    hop.answers.set('DATA', '354 go on\r\n552 5.3.4 too big for me');
    await wire.envelope('a@example.org', 'b@example.com');
    wire.write(`${MAIL}${`${'x'.repeat(70)}\r\n`.repeat(10_000)}.\r\n`);
    expect(await wire.reply()).toBe('552 5.3.4 too big for me');
  });

  it('of 30 MB goes through whole', async () => {
    const wire = await client(await start({ commandTimeout: 30, dataTimeout: 30 }));
    await wire.envelope('a@example.org', 'b@example.com');
    const body = `${MAIL}${`${'0123456789'.repeat(7)}\r\n.. \r\n`.repeat(390_000)}`;
    wire.write(`${body}.\r\n`);
    expect(await wire.reply()).toMatch(/^250/);
    const unstuffed = body.replaceAll('\r\n.', '\r\n');
    expect(body.length).toBeGreaterThan(30_000_000);
    expect(hop.messages[0]?.endsWith(unstuffed)).toBe(true);
  });

  it.each([
    ['reject', /^550 5\.7\.1/],
    ['discard', /^250/],
  ])('does not go there when the filter says %s', async (action, answer) => {
    const wire = await client(await start());
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`X-Test-Action: ${action}\r\n${MAIL}.`)).toMatch(answer);
    await expect.poll(() => hop.commands.at(-1)).toBe('QUIT');
    expect(hop.commands).not.toContain('DATA');
  });
});

describe('a next hop that cannot be reached', () => {
  it.each([
    ['is not there', undefined],
    ['refuses connections', '554 5.7.1 go away'],
    ['says nothing', 'silence'],
    ['hangs up', 'hang up'],
    ['speaks something else', 'HTTP/1.1 400 Bad Request'],
  ])('%s: 4xx at MAIL', async (_, greeting) => {
    if (greeting !== undefined) hop.greeting = greeting;
    const wire = await client(await start(greeting === undefined ? { address: '127.0.0.1:1' } : {}));
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^451 4\.4\.1/);
  });
});

describe('extensions', () => {
  it('are announced as the next hop announces them', async () => {
    hop.features = ['DSN'];
    const endpoint = await start();
    const wire = await Wire.greeted(endpoint);
    wires.push(wire);
    const ehlo = await wire.command('EHLO c.example');
    expect(ehlo).toContain('DSN');
    expect(ehlo).not.toMatch(/8BITMIME|SMTPUTF8/);
  });

  it('that it lacks are refused where they matter, and only there', async () => {
    hop.features = [];
    const wire = await client(await start());
    expect(await wire.command('MAIL FROM:<grün@example.org> SMTPUTF8')).toMatch(/^553 5\.6\.7/);
    expect(await wire.command('MAIL FROM:<a@example.org> SMTPUTF8 BODY=8BITMIME SIZE=1 RET=FULL')).toMatch(
      /^250/,
    );
    expect(hop.commands.at(-1)).toBe('MAIL FROM:<a@example.org>');
    expect(await wire.command('RCPT TO:<grün@example.com>')).toMatch(/^553 5\.6\.7/);
    expect(await wire.command('RCPT TO:<b@example.com> NOTIFY=NEVER')).toMatch(/^250/);
    expect(hop.commands.at(-1)).toBe('RCPT TO:<b@example.com>');
    await wire.command('DATA');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    await wire.command('MAIL FROM:<a@example.org> BODY=8BITMIME');
    await wire.command('RCPT TO:<b@example.com>');
    await wire.command('DATA');
    expect(await wire.command(`${MAIL}grün\r\n.`)).toMatch(/^550 5\.6\.3/);
    await wire.command('MAIL FROM:<a@example.org> SMTPUTF8');
    await wire.command('RCPT TO:<b@example.com>');
    await wire.command('DATA');
    expect(await wire.command('Subject: grün\r\n\r\nbody\r\n.')).toMatch(/^550 5\.6\.9/);
    expect(hop.messages).toHaveLength(1);
  });

  it('XFORWARD and XCLIENT tell it who the client is', async () => {
    hop.features = ['XFORWARD NAME ADDR PORT PROTO HELO SOURCE'];
    const wire = await client(await start());
    await wire.command('XCLIENT ADDR=2001:db8::9 NAME=mx.example.net PORT=99');
    await wire.command('EHLO strange+name=x');
    await wire.command('MAIL FROM:<a@example.org>');
    expect(hop.commands[1]).toBe(
      'XFORWARD NAME=mx.example.net ADDR=IPV6:2001:db8::9 PORT=99 HELO=strange+2Bname+3Dx PROTO=ESMTP',
    );
    await server?.close(0);
    await hop.close();

    hop = new ScriptedHop();
    hop.features = ['XCLIENT NAME ADDR LOGIN'];
    hop.answers.set('XCLIENT', '220 hop.example ESMTP');
    const again = await client(await start({ forwardClient: 'xclient' }));
    await again.command('MAIL FROM:<a@example.org>');
    expect(hop.commands).toEqual([
      'EHLO tamis.example',
      'XCLIENT NAME=[UNAVAILABLE] ADDR=127.0.0.1 LOGIN=[UNAVAILABLE]',
      'EHLO tamis.example',
      'MAIL FROM:<a@example.org>',
    ]);
  });

  it('EHLO unknown to it becomes HELO', async () => {
    hop.answers.set('EHLO', '502 5.5.1 what?');
    const wire = await client(await start());
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^250/);
    expect(hop.commands).toEqual(['EHLO tamis.example', 'HELO tamis.example', 'MAIL FROM:<a@example.org>']);
  });

  it('NOOP keeps it while the client takes its time', async () => {
    const wire = await client(await start({ keepAlive: 0.2 }));
    await wire.envelope('a@example.org', 'b@example.com');
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(hop.commands.filter((command) => command === 'NOOP').length).toBeGreaterThanOrEqual(2);
  });
});

describe('TLS to the next hop', () => {
  it('is taken when offered', async () => {
    hop.tls = await selfSignedCertificate('hop.example', new Date());
    hop.features = ['STARTTLS', 'DSN'];
    const wire = await client(await start());
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^250/);
    expect(hop.commands).toEqual([
      'EHLO tamis.example',
      'STARTTLS',
      'EHLO tamis.example',
      'MAIL FROM:<a@example.org>',
    ]);
  });

  it.each([
    ['may', /^250/],
    ['encrypt', /^451 4\.4\.1/],
  ] as const)('that fails: %s', async (tls, answer) => {
    hop.features = ['STARTTLS'];
    hop.answers.set('STARTTLS', '220 go\r\n250 injected');
    const wire = await client(await start({ tls }));
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(answer);
    expect(hop.commands.filter((command) => command.startsWith('MAIL'))).toHaveLength(tls === 'may' ? 1 : 0);
  });

  it('is verified when wanted', async () => {
    hop.tls = await selfSignedCertificate('hop.example', new Date());
    hop.features = ['STARTTLS'];
    const wire = await client(await start({ tls: 'verify' }));
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^451 4\.4\.1/);
  });
});
