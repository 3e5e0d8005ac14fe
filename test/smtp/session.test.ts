import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { selfSignedCertificate } from '../../src/net/tls.ts';
import { reply } from '../../src/policy/reply.ts';
import { createSmtpServer } from '../../src/servers/smtp/smtp-server.ts';
import type { SmtpServerOptions } from '../../src/servers/smtp/smtp-server.ts';
import type { MailServer } from '../../src/servers/smtp/server.ts';
import { defaultSmtpSettings } from '../../src/servers/smtp/settings.ts';
import type { SmtpSettings } from '../../src/servers/smtp/settings.ts';
import { memoryLog, MemoryDelivery, MemoryOutbound, testScanner, testTransactions } from './fakes.ts';
import { Wire } from './wire.ts';

const MAIL = 'From: a@example.org\r\nSubject: hello\r\n\r\nbody\r\n';

let server: MailServer | undefined;
const wires: Wire[] = [];

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.destroy();
  await server?.close(0);
  server = undefined;
});

async function start(settings: Partial<SmtpSettings> = {}, options: Partial<SmtpServerOptions> = {}) {
  const delivery = new MemoryDelivery();
  const outbound = new MemoryOutbound();
  const log = memoryLog();
  const started = createSmtpServer({
    settings: { ...defaultSmtpSettings, greetingDelay: 0, ...settings },
    hostname: 'tamis.example',
    transactions: testTransactions(log, testScanner()),
    log,
    local: { delivery, outbound },
    ...options,
  });
  server = started;
  const endpoint = await started.listen({ host: '127.0.0.1', port: 0 });
  return { endpoint, delivery, outbound, log, server: started };
}

async function client(endpoint: Endpoint, before = ''): Promise<Wire> {
  const wire = await Wire.greeted(endpoint, before);
  wires.push(wire);
  return wire;
}

describe('an SMTP session', () => {
  it('announces what it can and delivers', async () => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    const ehlo = await wire.command('EHLO client.example');
    expect(ehlo.split('|').map((line) => line.slice(4))).toEqual([
      'tamis.example',
      'PIPELINING',
      '8BITMIME',
      'SMTPUTF8',
      'ENHANCEDSTATUSCODES',
      'SIZE 52428800',
    ]);
    expect(await wire.envelope('a@example.org', 'b@example.com')).toEqual([
      '250 2.1.0 Ok',
      '250 2.1.5 Ok',
      '354 End data with <CR><LF>.<CR><LF>',
    ]);
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250 2\.0\.0 Ok/);
    expect(delivery.boxes.get('b')).toEqual([MAIL]);
    const [request] = delivery.requests;
    expect(request?.envelope.client).toMatchObject({ address: '127.0.0.1', helo: 'client.example' });
    expect(request?.edits[0]).toMatchObject({ kind: 'insert', position: 0, name: 'Received' });
    expect(request?.edits[0]).toHaveProperty(
      'value',
      expect.stringMatching(
        /^from client\.example \(\[127\.0\.0\.1\]\)\n\tby tamis\.example with ESMTP id \w+\n\tfor <b@example\.com>; .* \+0000$/,
      ),
    );
    expect(await wire.command('QUIT')).toBe('221 2.0.0 Bye');
    expect(await wire.reply()).toBe('closed');
  });

  it('answers a pipelined session in order, with two messages in one write', async () => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    const one = `MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.com>\r\nRCPT TO:<refused@example.com>\r\nDATA\r\n`;
    wire.write(`EHLO c.example\r\n${one}${MAIL}.\r\n${one}${MAIL}..dot\r\n.\r\nNOOP\r\nQUIT\r\n`);
    const answers: string[] = [];
    for (let i = 0; i < 13; i++) answers.push((await wire.reply()).slice(0, 3));
    expect(answers).toEqual([
      '250',
      '250',
      '250',
      '550',
      '354',
      '250',
      '250',
      '250',
      '550',
      '354',
      '250',
      '250',
      '221',
    ]);
    expect(delivery.boxes.get('b')).toEqual([MAIL, `${MAIL}.dot\r\n`]);
  });

  it('gives policy its say at every stage, in its words', async () => {
    const { endpoint } = await start({ xclient: ['127.0.0.1'] });
    const wire = await client(endpoint);
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^503 5\.5\.1/);
    expect(await wire.command('EHLO evil.example')).toBe('550 5.7.1 No evil');
    expect(await wire.command('EHLO good.example')).toMatch(/^250/);
    expect(await wire.command('RCPT TO:<b@example.com>')).toMatch(/^503 5\.5\.1/);
    expect(await wire.command('MAIL FROM:<bad@example.org>')).toBe('550 5.1.8 Bad sender');
    expect(await wire.command('MAIL FROM:<a@example.org> SIZE=99999999')).toMatch(/^552 5\.3\.4/);
    expect(await wire.command('MAIL FROM:<a@example.org> X=1')).toMatch(/^555 5\.5\.4/);
    expect(await wire.command('MAIL FROM:a')).toMatch(/^501 5\.5\.4/);
    expect(await wire.command('MAIL FROM:<a@example.org>')).toBe('250 2.1.0 Ok');
    expect(await wire.command('MAIL FROM:<a@example.org>')).toMatch(/^503 5\.5\.1/);
    expect(await wire.command('DATA')).toMatch(/^554 5\.5\.1/);
    expect(await wire.command('RCPT TO:<refused@example.com>')).toBe('550 5.1.1 No such mailbox here');
    expect(await wire.command('RSET')).toMatch(/^250/);
    expect(await wire.command('DATA')).toMatch(/^503/);
  });

  it.each([
    ['reject', /^550 5\.7\.1/, 0],
    ['soft reject', /^451 4\.7\.1/, 0],
    ['discard', /^250 2\.0\.0/, 0],
    ['quarantine', /^250 2\.0\.0/, 1],
    ['add header', /^250 2\.0\.0/, 1],
  ])('does what the filter decides: %s', async (action, answer, delivered) => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`X-Test-Action: ${action}\r\n${MAIL}.`)).toMatch(answer);
    expect(delivery.requests).toHaveLength(delivered);
    // Without a quarantine, what would be held is filed as spam.
    for (const request of delivery.requests) expect(request.spam).toBe(true);
    expect(await wire.command('NOOP')).toMatch(/^250/);
  });

  it('holds in quarantine before it says 250, and says 4xx when that fails', async () => {
    const held: string[] = [];
    let fails = false;
    const quarantine = {
      hold: async ({ id, pieces }: { id: string; pieces: readonly Uint8Array[] }) => {
        if (fails) throw new Error('disk full');
        held.push(Buffer.concat(pieces).toString('latin1'));
        return id;
      },
    };
    const { endpoint, delivery } = await start({}, { quarantine });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`X-Test-Action: quarantine\r\n${MAIL}.`)).toMatch(/^250/);
    expect(held).toHaveLength(1);
    expect(held[0]).toMatch(/^Received: from c\.example[^]*X-Spam-Flag: YES[^]*body\r\n$/);
    fails = true;
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`X-Test-Action: quarantine\r\n${MAIL}.`)).toMatch(/^451 4\.3\.0/);
    expect(delivery.requests).toHaveLength(0);
  });

  it('reads parameters: DSN, UTF-8 addresses, quoted local parts', async () => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.command('MAIL FROM:<grün@example.org> SMTPUTF8 BODY=8BITMIME RET=HDRS ENVID=x+2B1 SIZE=100');
    await wire.command('RCPT TO:<"b c"@example.com> NOTIFY=NEVER ORCPT=rfc822;b@example.com');
    await wire.command('DATA');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope).toMatchObject({
      sender: 'grün@example.org',
      smtputf8: true,
      body: '8BITMIME',
      ret: 'HDRS',
      envid: 'x+2B1',
      recipients: [{ address: '"b c"@example.com', notify: 'NEVER', orcpt: 'rfc822;b@example.com' }],
    });
  });
});

describe('limits', () => {
  it('closes after too many errors, and clears them after a message', async () => {
    const { endpoint } = await start({ errors: 3 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    for (let i = 0; i < 2; i++) expect(await wire.command('FOO')).toMatch(/^500 5\.5\.2/);
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    for (let i = 0; i < 3; i++) expect(await wire.command('FOO')).toMatch(/^500/);
    expect(await wire.command('NOOP')).toMatch(/^421 4\.7\.0/);
    expect(await wire.reply()).toBe('closed');
  });

  it('closes after too many commands without a message', async () => {
    const { endpoint } = await start({ commands: 10 });
    const wire = await client(endpoint);
    wire.write('NOOP\r\n'.repeat(50));
    const answers: string[] = [];
    for (let answer = await wire.reply(); answer !== 'closed'; answer = await wire.reply())
      answers.push(answer);
    expect(answers).toHaveLength(11);
    expect(answers.at(-1)).toMatch(/^421 4\.7\.0/);
  });

  it('takes no more recipients than it may, and keeps those it has', async () => {
    const { endpoint, delivery } = await start({ recipients: 2 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    const answers = await wire.envelope('a@example.org', 'b@example.com', 'c@example.com', 'd@example.com');
    expect(answers[3]).toMatch(/^452 4\.5\.3/);
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect([...delivery.boxes.keys()]).toEqual(['b', 'c']);
  });

  it('delivers once to a recipient named twice', async () => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(delivery.boxes.get('b')).toHaveLength(1);
  });

  it('refuses a message over the size, whatever SIZE said, and goes on', async () => {
    const { endpoint, delivery } = await start({ messageBytes: 1000 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}${'x'.repeat(2000)}\r\n.`)).toMatch(/^552 5\.3\.4/);
    expect(delivery.requests).toHaveLength(0);
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
  });

  it('refuses a command line over its limit and closes', async () => {
    const { endpoint } = await start({ commandLine: 600 });
    const wire = await client(endpoint);
    expect(await wire.command(`EHLO ${'x'.repeat(700)}`)).toMatch(/^500 5\.5\.2/);
    expect(await wire.reply()).toBe('closed');
  });

  it('holds connections to their number, in all and from one address', async () => {
    const { endpoint } = await start({ connectionsPerAddress: 2 });
    await client(endpoint);
    await client(endpoint);
    const third = new Wire(endpoint);
    wires.push(third);
    expect(await third.reply()).toMatch(/^421 4\.7\.0/);
    expect(await third.reply()).toBe('closed');
    wires[0]?.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await client(endpoint);
  });

  it('turns away who talks before the greeting', async () => {
    const { endpoint } = await start({ greetingDelay: 200 });
    const wire = new Wire(endpoint);
    wires.push(wire);
    wire.write('EHLO early.example\r\n');
    expect(await wire.reply()).toMatch(/^421/);
    expect(await wire.reply()).toBe('closed');
  });

  it('closes an idle connection, but not one that waits for our answer', async () => {
    const { endpoint, delivery } = await start({ idleTimeout: 1 });
    delivery.delay = 2500;
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(await wire.reply()).toMatch(/^421 4\.4\.2/);
  });

  it('gives up on a message that does not end', async () => {
    const { endpoint, delivery, log } = await start({ messageTimeout: 1 });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    const drip = setInterval(() => wire.write('x\r\n'), 100);
    expect(await wire.reply()).toMatch(/^421 4\.4\.2/);
    clearInterval(drip);
    expect(delivery.requests).toHaveLength(0);
    await expect
      .poll(() => log.lines.findLast(({ text }) => text === 'finish')?.fields['outcome'])
      .toBe('aborted');
  });
});

describe('SMTP smuggling', () => {
  const endings = [
    '\n.\n',
    '\r.\r',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r\n',
    '\r\n.\r',
    '\n.\r',
    '\r.\n',
    '\r\n.\r\r\n',
  ];

  it.each(endings)('is refused: %j neither ends the message nor lets it in', async (ending) => {
    const { endpoint, delivery } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    const inner = 'MAIL FROM:<boss@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nsmuggled\r\n';
    wire.write(`${MAIL}x${ending}${inner}.\r\n`);
    expect(await wire.reply()).toMatch(/^550 5\.6\.11/);
    expect(await wire.command('NOOP')).toMatch(/^250/);
    expect(delivery.requests).toHaveLength(0);
  });

  it('has no effect either where line endings are made whole', async () => {
    const { endpoint, delivery } = await start({ bareLineEndings: 'normalise' });
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`a: b\n\nx\n.\nMAIL FROM:<boss@example.com>\r\n.`)).toMatch(/^250/);
    expect(delivery.boxes.get('b')).toEqual(['a: b\r\n\r\nx\r\n.\r\nMAIL FROM:<boss@example.com>\r\n']);
  });
});

describe('several recipients, one answer', () => {
  const send = async (endpoint: Endpoint): Promise<string> => {
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com', 'c@example.com', 'd@example.com');
    return wire.command(`${MAIL}.`);
  };

  it('says what all say', async () => {
    const { endpoint, delivery } = await start();
    for (const local of ['b', 'c', 'd']) delivery.answers.set(local, reply(550, '5.7.1', `No: ${local}`));
    expect(await send(endpoint)).toBe('550 5.7.1 No: b');
  });

  it('bounces those that failed for good before it says 250', async () => {
    const { endpoint, delivery, outbound } = await start();
    delivery.answers.set('c', reply(550, '5.7.1', 'Not wanted'));
    expect(await send(endpoint)).toBe('250 2.0.0 Ok: b');
    expect(outbound.mails).toHaveLength(1);
    expect(outbound.mails[0]).toMatchObject({ kind: 'bounce', sender: '', recipients: ['a@example.org'] });
    const report = Buffer.concat(outbound.mails[0]?.pieces ?? []).toString();
    expect(report).toMatch(/Final-Recipient: rfc822; c@example\.com[^]*Status: 5\.7\.1[^]*Subject: hello/);
    expect(report).not.toMatch(/b@example\.com/);
  });

  it('says 4xx when the bounce cannot be kept', async () => {
    const { endpoint, delivery, outbound } = await start();
    delivery.answers.set('c', reply(550, '5.7.1', 'Not wanted'));
    outbound.fails = true;
    expect(await send(endpoint)).toMatch(/^451/);
  });

  it('remembers who has it while others wait, and delivers to nobody twice', async () => {
    const values = new Map<string, Uint8Array>();
    const { memoryState } = await import('./memory-state.ts');
    const { endpoint, delivery } = await start({}, { state: memoryState(values) });
    delivery.answers.set('c', reply(452, '4.2.2', 'Full'));
    expect(await send(endpoint)).toBe('452 4.2.2 Full');
    expect(values.size).toBe(1);
    expect(await send(endpoint)).toBe('452 4.2.2 Full');
    delivery.answers.clear();
    expect(await send(endpoint)).toMatch(/^250/);
    for (const local of ['b', 'c', 'd']) expect(delivery.boxes.get(local)).toHaveLength(1);
    expect(values.size).toBe(0);
    // The same message sent on purpose once more is a new one.
    expect(await send(endpoint)).toMatch(/^250/);
    expect(delivery.boxes.get('b')).toHaveLength(2);
  });
});

describe('STARTTLS', () => {
  it('is offered with a certificate, forgets what was said in clear, and drops what was pipelined behind it', async () => {
    const tls = await selfSignedCertificate('tamis.example', new Date());
    const { endpoint, delivery } = await start({}, { tls });
    const wire = await client(endpoint);
    expect(await wire.command('EHLO clear.example')).toContain('STARTTLS');
    await wire.command('MAIL FROM:<a@example.org>');
    wire.write('STARTTLS\r\nMAIL FROM:<injected@example.org>\r\nRCPT TO:<b@example.com>\r\n');
    expect(await wire.reply()).toMatch(/^220/);
    expect((await wire.startTls()).protocol).toBe('TLSv1.3');
    // RFC 3207 §4.2: a fresh session; nothing of the injected commands was carried out.
    expect(await wire.command('RCPT TO:<b@example.com>')).toMatch(/^503/);
    const ehlo = await wire.command('EHLO secret.example');
    expect(ehlo).not.toContain('STARTTLS');
    expect(await wire.command('RCPT TO:<b@example.com>')).toMatch(/^503/);
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    const [request] = delivery.requests;
    expect(request?.envelope).toMatchObject({ sender: 'a@example.org', client: { helo: 'secret.example' } });
    expect(request?.envelope.client.tls?.version).toBe('TLSv1.3');
    expect(request?.edits[0]).toHaveProperty('value', expect.stringContaining('with ESMTPS id'));
  });

  it('takes another certificate without a restart, and no unusable one', async () => {
    const tls = await selfSignedCertificate('one.example', new Date());
    const { endpoint, server } = await start({}, { tls });
    const other = await selfSignedCertificate('two.example', new Date());
    expect(() => server.setTls({ key: tls.key, cert: other.cert })).toThrow(TypeError);
    server.setTls(other);
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.command('STARTTLS');
    await wire.startTls();
    expect(await wire.command('EHLO c.example')).toMatch(/^250/);
  });

  it('is not there without a certificate', async () => {
    const { endpoint } = await start();
    const wire = await client(endpoint);
    expect(await wire.command('EHLO c.example')).not.toContain('STARTTLS');
    expect(await wire.command('STARTTLS')).toMatch(/^500/);
  });
});

describe('AUTH', () => {
  it('is offered over TLS only', async () => {
    const tls = await selfSignedCertificate('tamis.example', new Date());
    const authenticate = async (user: string, password: string): Promise<boolean> =>
      user === 'ann@example.com' && password === 'open sesame';
    const { endpoint, delivery } = await start({}, { tls, authenticate });
    const wire = await client(endpoint);
    const token = (password: string): string =>
      Buffer.from(`\0ann@example.com\0${password}`).toString('base64');
    expect(await wire.command('EHLO c.example')).not.toContain('AUTH');
    expect(await wire.command(`AUTH PLAIN ${token('open sesame')}`)).toMatch(/^500/);
    await wire.command('STARTTLS');
    await wire.startTls();
    expect(await wire.command('EHLO c.example')).toContain('AUTH PLAIN LOGIN');
    expect(await wire.command(`AUTH PLAIN ${token('wrong')}`)).toMatch(/^535 5\.7\.8/);
    expect(await wire.command(`AUTH PLAIN ${token('open sesame')}`)).toMatch(/^235 2\.7\.0/);
    await wire.envelope('a@example.org', 'b@example.com');
    expect(await wire.command(`${MAIL}.`)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope.client.user).toBe('ann@example.com');
    expect(delivery.requests[0]?.edits[0]).toHaveProperty(
      'value',
      expect.stringContaining('with ESMTPSA id'),
    );
  });
});

describe('trusted peers', () => {
  const sent = async (wire: Wire): Promise<string> => {
    await wire.envelope('a@example.org', 'b@example.com');
    return wire.command(`${MAIL}.`);
  };

  it('may use XCLIENT; others may not', async () => {
    const { endpoint, delivery } = await start({ xclient: ['127.0.0.0/8'] });
    const wire = await client(endpoint);
    expect(await wire.command('EHLO proxy.example')).toContain('XCLIENT');
    expect(
      await wire.command('XCLIENT ADDR=192.0.2.7 NAME=mx.example.net PORT=4242 HELO=mx LOGIN=ann'),
    ).toMatch(/^220/);
    expect(await wire.command('EHLO mx.example.net')).not.toContain('XCLIENT');
    expect(await sent(wire)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope.client).toMatchObject({
      address: '192.0.2.7',
      port: 4242,
      name: 'mx.example.net',
      helo: 'mx.example.net',
      user: 'ann',
    });
    expect(delivery.requests[0]?.edits[0]).toHaveProperty(
      'value',
      expect.stringContaining('from mx.example.net (mx.example.net [192.0.2.7])'),
    );
    const blocked = await client(endpoint);
    await blocked.command('EHLO proxy.example');
    await blocked.command('XCLIENT ADDR=192.0.2.66');
    expect(await blocked.command('EHLO blocked.example')).toBe('554 5.7.1 Go away');
    await server?.close(0);

    const other = await start({ xclient: ['192.0.2.0/24'] });
    const stranger = await client(other.endpoint);
    expect(await stranger.command('EHLO x.example')).not.toContain('XCLIENT');
    expect(await stranger.command('XCLIENT ADDR=192.0.2.7')).toMatch(/^550 5\.7\.0/);
  });

  it('may use XFORWARD', async () => {
    const { endpoint, delivery } = await start({ xforward: ['127.0.0.1'] });
    const wire = await client(endpoint);
    expect(await wire.command('EHLO proxy.example')).toContain('XFORWARD');
    expect(await wire.command('XFORWARD NAME=mx.example.net ADDR=IPV6:2001:db8::7 PORT=4242')).toMatch(
      /^250/,
    );
    expect(await wire.command('XFORWARD PROTO=ESMTP HELO=Mx.Example.Net SOURCE=REMOTE')).toMatch(/^250/);
    expect(await sent(wire)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope.client).toMatchObject({
      address: '2001:db8::7',
      name: 'mx.example.net',
      helo: 'mx.example.net',
    });
  });

  it.each(['v1', 'v2'])('may use the PROXY protocol, %s', async (version) => {
    const { endpoint, delivery } = await start({ proxyProtocol: ['127.0.0.1'] });
    const v2 = Buffer.from([
      0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12, 192, 0, 2, 9,
      127, 0, 0, 1, 0x10, 0x92, 0, 25,
    ]);
    const wire = new Wire(endpoint);
    wires.push(wire);
    if (version === 'v1') wire.write('PROXY TCP4 192.0.2.9 127.0.0.1 4242 25\r\n');
    else wire.write(v2);
    expect(await wire.reply()).toMatch(/^220/);
    await wire.command('EHLO c.example');
    expect(await sent(wire)).toMatch(/^250/);
    expect(delivery.requests[0]?.envelope.client).toMatchObject({ address: '192.0.2.9', port: 4242 });
  });

  it('must send the PROXY header they are trusted with', async () => {
    const { endpoint } = await start({ proxyProtocol: ['127.0.0.1'] });
    const wire = new Wire(endpoint);
    wires.push(wire);
    wire.write('EHLO c.example\r\n');
    expect(await wire.reply()).toBe('closed');
  });

  it('are refused by policy for the client they name', async () => {
    const { endpoint } = await start({ proxyProtocol: ['127.0.0.1'] });
    const wire = new Wire(endpoint);
    wires.push(wire);
    wire.write('PROXY TCP4 192.0.2.66 127.0.0.1 4242 25\r\n');
    expect(await wire.reply()).toBe('554 5.7.1 Go away');
    expect(await wire.reply()).toBe('closed');
  });
});

describe('closing', () => {
  it('lets the message under way finish and sends the others away', async () => {
    const { endpoint, delivery, server } = await start();
    delivery.delay = 300;
    const idle = await client(endpoint);
    await idle.command('EHLO idle.example');
    const busy = await client(endpoint);
    await busy.command('EHLO busy.example');
    await busy.command('MAIL FROM:<a@example.org>');
    const closed = server.close(5000);
    expect(await idle.reply()).toMatch(/^421 4\.3\.2/);
    expect(await busy.command('RCPT TO:<b@example.com>')).toMatch(/^250/);
    expect(await busy.command('DATA')).toMatch(/^354/);
    expect(await busy.command(`${MAIL}.`)).toMatch(/^250/);
    expect(await busy.reply()).toMatch(/^421 4\.3\.2/);
    await closed;
    expect(delivery.boxes.get('b')).toEqual([MAIL]);
    await expect(Wire.greeted(endpoint)).rejects.toThrow(/closed/);
  });

  it('cuts off at the deadline what does not end', async () => {
    const { endpoint, server } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    const begun = Date.now();
    await server.close(300);
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(await wire.reply()).toBe('closed');
  });
});

describe('a client that goes away', () => {
  it('in the middle of its message leaves nothing behind', async () => {
    const { endpoint, delivery, log } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    await wire.envelope('a@example.org', 'b@example.com');
    wire.write(`${MAIL}half a`);
    wire.destroy();
    await expect
      .poll(() => log.lines.filter(({ text }) => text === 'finish').map((l) => l.fields['outcome']))
      .toEqual(['aborted']);
    expect(delivery.requests).toHaveLength(0);
    expect(server?.connections).toBe(0);
  });

  it('does not have its last, unfinished line carried out', async () => {
    const { endpoint, log } = await start();
    const wire = await client(endpoint);
    await wire.command('EHLO c.example');
    wire.write('MAIL FROM:<a@example.org>');
    wire.end();
    await expect.poll(() => server?.connections).toBe(0);
    expect(log.lines.filter(({ text }) => text === 'mail')).toEqual([]);
  });
});
