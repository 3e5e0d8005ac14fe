import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { reply } from '../../src/policy/reply.ts';
import { createLmtpServer } from '../../src/servers/lmtp/lmtp-server.ts';
import { defaultLmtpSettings } from '../../src/servers/lmtp/settings.ts';
import { createSmtpServer } from '../../src/servers/smtp/smtp-server.ts';
import type { MailServer } from '../../src/servers/smtp/server.ts';
import { defaultSmtpSettings } from '../../src/servers/smtp/settings.ts';
import { until } from '../support/mta.ts';
import { describePeers } from '../support/peers.ts';
import { Postfix } from '../support/postfix.ts';
import { freePort } from '../support/port.ts';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { memoryLog, MemoryDelivery, testScanner, testTransactions } from './fakes.ts';

const MAIL = 'From: a@example.org\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\n.dot\r\nbody\r\n';

let postfix: Postfix | undefined;
let server: MailServer | undefined;
let folder = '';

afterEach(async () => {
  await server?.close(0);
  server = undefined;
  await postfix?.stop();
  postfix = undefined;
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

/** Postfix at both ends, as SMTPD_PROXY_README has it: the first smtpd hands to us, we hand to the second. */
async function beforeQueue(scanDelay = 0) {
  const tamis = await freePort();
  const behind = await freePort();
  const log = memoryLog();
  const scanner = testScanner(scanDelay);
  postfix = new Postfix({
    smtpd: { smtpd_proxy_filter: `127.0.0.1:${tamis}`, smtpd_client_connection_count_limit: '50' },
    main: {
      smtpd_authorized_xforward_hosts: '127.0.0.0/8',
      smtpd_authorized_xclient_hosts: '127.0.0.0/8',
      mynetworks: '0.0.0.0/0',
    },
    services: [
      `127.0.0.1:${behind} inet n - n - - smtpd`,
      '  -o smtpd_proxy_filter=',
      '  -o { smtpd_recipient_restrictions = check_recipient_access inline:{{full@example.com = 450 4.2.2 Mailbox full}}, permit }',
    ],
  });
  const begin = async (): Promise<void> => {
    server = createSmtpServer({
      settings: {
        ...defaultSmtpSettings,
        xforward: ['127.0.0.1'],
        nextHop: { ...defaultSmtpSettings.nextHop, address: `127.0.0.1:${behind}` },
      },
      hostname: 'tamis.example',
      transactions: testTransactions(log, scanner),
      log,
    });
    await server.listen({ host: '127.0.0.1', port: tamis });
  };
  await begin();
  await postfix.start();
  return { postfix, log, begin, behind };
}

describePeers(['postfix'], 'Postfix with Tamis as smtpd_proxy_filter', () => {
  it('delivers what passed the filter, once, with its fields, and knows the client', async () => {
    const { postfix, log } = await beforeQueue();
    const talk = await SmtpTalk.open(postfix.port, 'client.example');
    expect((await talk.command('XCLIENT ADDR=192.0.2.7 NAME=mx.example.net')).code).toBe(220);
    await talk.command('EHLO mx.example.net');
    const answer = await talk.mail('a@example.org', ['b@example.com', 'c@example.com'], MAIL);
    expect(answer.text).toMatch(/^250 2\.0\.0 Ok: queued as/);
    await talk.quit();
    const mails = await postfix.settled();
    expect(mails.map(({ recipient }) => recipient).sort()).toEqual(['b@example.com', 'c@example.com']);
    const text = mails[0]?.raw.toString() ?? '';
    expect(text).toMatch(
      /^Received: from tamis\.example [^]*\nReceived: from mx\.example\.net \(mx\.example\.net \[192\.0\.2\.7\]\)\n/,
    );
    expect(text).toContain('\nX-Spam-Flag: NO\n');
    expect(text.endsWith('\n\n.dot\nbody\n')).toBe(true);
    const client = log.lines.find(({ text }) => text === 'client')?.fields['client'];
    expect(client).toMatchObject({ address: '192.0.2.7', name: 'mx.example.net', helo: 'mx.example.net' });
    // The second smtpd was told as well.
    expect(await postfix.log()).toMatch(/client=mx\.example\.net\[192\.0\.2\.7\]/);
  });

  it.each([
    ['reject', 550, '5.7.1 Message refused as spam'],
    ['soft reject', 451, '4.7.1 Please try again later'],
  ])('passes our answer on and queues nothing: %s', async (action, code, text) => {
    const { postfix } = await beforeQueue();
    const talk = await SmtpTalk.open(postfix.port);
    const answer = await talk.mail('a@example.org', ['b@example.com'], `X-Test-Action: ${action}\r\n${MAIL}`);
    expect(answer.code).toBe(code);
    expect(answer.text).toContain(text);
    await talk.quit();
    expect(await postfix.settled()).toEqual([]);
  });

  it('passes refusals of recipients on, ours and those of the second smtpd', async () => {
    const { postfix } = await beforeQueue();
    const talk = await SmtpTalk.open(postfix.port);
    await talk.command('MAIL FROM:<a@example.org>');
    expect((await talk.command('RCPT TO:<refused@example.com>')).text).toBe('550 5.1.1 No such mailbox here');
    expect((await talk.command('RCPT TO:<full@example.com>')).text).toMatch(/^450 4\.\d\.\d .*Mailbox full/);
    expect((await talk.command('RCPT TO:<b@example.com>')).code).toBe(250);
    await talk.command('DATA');
    expect((await talk.command(`${MAIL.replace('\r\n.', '\r\n..')}.`)).code).toBe(250);
    await talk.quit();
    expect((await postfix.settled()).map(({ recipient }) => recipient)).toEqual(['b@example.com']);
  });

  it('loses nothing when we die in the middle of a message, and goes on when we are back', async () => {
    const { postfix, begin } = await beforeQueue(400);
    const talk = await SmtpTalk.open(postfix.port);
    const answered = talk.mail('a@example.org', ['b@example.com'], MAIL);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server?.close(0);
    expect((await answered).code).toBe(451);
    const down = await SmtpTalk.open(postfix.port);
    expect((await down.mail('a@example.org', ['b@example.com'], MAIL)).code).toBe(451);
    expect(await postfix.settled()).toEqual([]);
    await begin();
    const again = await SmtpTalk.open(postfix.port);
    expect((await again.mail('a@example.org', ['b@example.com'], MAIL)).code).toBe(250);
    expect(await postfix.settled()).toHaveLength(1);
    for (const each of [talk, down, again]) await each.quit();
  });
});

describePeers(['postfix'], "Postfix's lmtp transport to Tamis", () => {
  it.each(['tcp', 'unix'])('has each recipient treated by itself, over %s', async (kind) => {
    folder = mkdtempSync(join(tmpdir(), 'tamis-lmtp-'));
    await chmod(folder, 0o755);
    const delivery = new MemoryDelivery();
    delivery.answers.set('full', reply(452, '4.2.2', 'Mailbox is full'));
    delivery.answers.set('unwilling', reply(550, '5.7.1', 'Not wanted'));
    const log = memoryLog();
    server = createLmtpServer({
      settings: { ...defaultLmtpSettings, xforward: ['127.0.0.1', 'unix'], socketMode: 0o666 },
      hostname: 'tamis.example',
      transactions: testTransactions(log),
      delivery,
      log,
    });
    const place = await server.listen(
      kind === 'unix' ? { path: join(folder, 'lmtp') } : { host: '127.0.0.1', port: 0 },
    );
    postfix = new Postfix({
      main: {
        virtual_transport: 'path' in place ? `lmtp:unix:${place.path}` : `lmtp:inet:127.0.0.1:${place.port}`,
        lmtp_send_xforward_command: 'yes',
        // What comes back to the sender stays in the queue's log.
        notify_classes: '',
      },
    });
    await postfix.start();
    const talk = await SmtpTalk.open(postfix.port);
    const recipients = ['b', 'full', 'unwilling', 'refused'].map((local) => `${local}@example.com`);
    expect((await talk.mail('', recipients, MAIL)).code).toBe(250);
    const running = postfix;
    const left = await until(async () => {
      const mails = await running.queue();
      return mails.length === 1 && mails[0]?.queue === 'deferred' ? mails[0] : undefined;
    }, 'one recipient is deferred');
    expect(left.recipients).toEqual(['full@example.com']);
    expect(left.reasons.join()).toContain('452 4.2.2 Mailbox is full');
    const maillog = await postfix.log();
    expect(maillog).toMatch(/to=<unwilling@example\.com>.*status=bounced.*550 5\.7\.1 Not wanted/);
    expect(maillog).toMatch(/to=<refused@example\.com>.*status=bounced.*550 5\.1\.1 No such mailbox here/);
    expect(maillog).toMatch(/to=<b@example\.com>.*status=sent/);
    delivery.answers.clear();
    await postfix.flush();
    await until(async () => ((await running.queue()).length === 0 ? true : undefined), 'the queue is empty');
    expect(delivery.boxes.get('b')).toHaveLength(1);
    expect(delivery.boxes.get('full')).toHaveLength(1);
    expect(delivery.boxes.has('unwilling')).toBe(false);
    expect(delivery.boxes.get('b')?.[0]).toMatch(/^Received: [^]*\r\n\r\n\.dot\r\nbody\r\n$/);
    await talk.quit();
  });

  it('takes many messages over few connections', async () => {
    const delivery = new MemoryDelivery();
    server = createLmtpServer({
      settings: defaultLmtpSettings,
      hostname: 'tamis.example',
      transactions: testTransactions(),
      delivery,
      log: memoryLog(),
    });
    const place = await server.listen({ host: '127.0.0.1', port: 0 });
    if (!('port' in place)) throw new Error('not on a port');
    postfix = new Postfix({ main: { virtual_transport: `lmtp:inet:127.0.0.1:${place.port}` } });
    await postfix.start();
    const talk = await SmtpTalk.open(postfix.port);
    for (let i = 0; i < 60; i++)
      expect((await talk.mail('a@example.org', ['b@example.com'], MAIL)).code).toBe(250);
    await talk.quit();
    await until(() => (delivery.boxes.get('b')?.length === 60 ? true : undefined), 'all are delivered');
    expect(await postfix.queue()).toEqual([]);
  });
});
