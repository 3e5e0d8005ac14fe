import { describe, expect, it } from 'vitest';
import { selfSignedCertificate } from '../../src/net/tls.ts';
import { cleanUp, client, MAIL, start, wires } from './harness.ts';
import { Wire } from './wire.ts';

cleanUp();

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

  it('may hand on what the client has said already with the PROXY header', async () => {
    const { endpoint } = await start({ proxyProtocol: ['127.0.0.1'] });
    const wire = new Wire(endpoint);
    wires.push(wire);
    wire.write('PROXY TCP4 192.0.2.9 127.0.0.1 4242 25\r\nNOOP\r\n');
    expect(await wire.reply()).toMatch(/^220/);
    expect(await wire.reply()).toMatch(/^\d{3} /);
  });

  it('do not lift the limit of connections for the clients they name by PROXY', async () => {
    const { endpoint } = await start({ proxyProtocol: ['127.0.0.1'], connectionsPerAddress: 1 });
    const greetings: string[] = [];
    for (const client of ['192.0.2.9', '192.0.2.9', '192.0.2.10']) {
      const wire = new Wire(endpoint);
      wires.push(wire);
      wire.write(`PROXY TCP4 ${client} 127.0.0.1 4242 25\r\n`);
      greetings.push((await wire.reply()).slice(0, 3));
    }
    expect(greetings).toEqual(['220', '421', '220']);
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
