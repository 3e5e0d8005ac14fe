import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { reply } from '../../src/policy/reply.ts';
import { memoryState } from './memory-state.ts';
import { cleanUp, client, MAIL, start } from './harness.ts';

cleanUp();

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
