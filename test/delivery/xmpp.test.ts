/** Notifications by XMPP (RFC 5437): mail by LMTP to `bin/tamis serve`, prosody, and a client that is told. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createXmppNotifier, type XmppNotifier } from '../../src/delivery/xmpp/notifier.ts';
import { defaultXmppSettings, type XmppSettings } from '../../src/delivery/xmpp/settings.ts';
import { XmppConnection } from '../../src/delivery/xmpp/connection.ts';
import type { XmppElement } from '../../src/delivery/xmpp/xml-stream.ts';
import { describePeers } from '../support/peers.ts';
import { Prosody } from '../support/prosody.ts';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const DOMAIN = 'chat.test';
const stanza = (text: string): string =>
  `<message from='robot@${DOMAIN}' to='anna@${DOMAIN}' type='headline'><body>${text}</body></message>`;

/** What came, as lines of `from: name=text`. */
const textOf = ({ attributes, children }: XmppElement): string =>
  `${attributes.get('from')}: ${flat(children).join(' ')}`;
const flat = (elements: readonly XmppElement[]): string[] =>
  elements.flatMap((one) => [`${one.attributes.get('name') ?? one.name}=${one.text}`, ...flat(one.children)]);

/** Logs in and collects the messages that come. */
async function listen(prosody: Prosody, got: string[]): Promise<XmppConnection> {
  const anna = await XmppConnection.open({
    settings: {
      jid: `anna@${prosody.domain}`,
      password: 'secret',
      service: `xmpp://127.0.0.1:${prosody.port}`,
      allowPlain: true,
    },
    timeout: 5000,
    onElement: (one) => void (one.name === 'message' && got.push(textOf(one))),
    onClose: () => undefined,
  });
  await anna.write('<presence/>');
  return anna;
}

describePeers(['prosody', 'prosodyctl'], 'without TLS, on the same machine', () => {
  let prosody: Prosody;
  let anna: XmppConnection;
  let notifier: XmppNotifier;
  let got: string[];
  let lines: string[];
  const log = {
    ...silentLog,
    warn: (fields: object, text: string) => void lines.push(`${text} ${JSON.stringify(fields)}`),
  };
  const make = (more: Partial<XmppSettings> = {}): XmppNotifier =>
    createXmppNotifier(
      {
        ...defaultXmppSettings,
        jid: `robot@${DOMAIN}/mail`,
        password: 'robot',
        service: `xmpp://127.0.0.1:${prosody.port}`,
        allowPlain: true,
        ...more,
      },
      log,
    );
  const send = (text: string, to = 'anna'): Promise<void> =>
    notifier.send({ kind: 'xmpp', to: '', stanza: stanza(text).replace('anna', to) });
  const told = (count: number): Promise<void> =>
    vi.waitFor(() => expect(got.length).toBe(count), { timeout: 30_000, interval: 20 });

  beforeAll(async () => {
    prosody = await Prosody.start(DOMAIN, { tls: false });
    prosody.addUser('anna', 'secret');
    prosody.addUser('robot', 'robot');
  });
  afterAll(() => prosody.dispose());
  beforeEach(async () => {
    got = [];
    lines = [];
    anna = await listen(prosody, got);
    notifier = make();
  });
  afterEach(async () => {
    await notifier.close();
    await anna.close();
  });

  test('what is sent arrives, by one connection', async () => {
    await Promise.all(['one', 'two', 'grün &#60;'].map((text) => send(text)));
    await told(3);
    expect(got.join()).toContain('body=grün <');
    expect(new Set(got.map((text) => /^(\S*): /.exec(text)?.[1]))).toEqual(new Set([`robot@${DOMAIN}/mail`]));
  });

  test('somebody who is not there is told of in the log', async () => {
    // A headline to nobody is dropped (RFC 6121 §8.5.3); other types are answered.
    await notifier.send({
      kind: 'xmpp',
      to: '',
      stanza: stanza('x').replace('anna', 'nobody').replace('headline', 'normal'),
    });
    await expect.poll(() => lines.join()).toContain('a notification by XMPP was refused');
    expect(lines.join()).toContain(`nobody@${DOMAIN}`);
  });

  test('a wrong password is an error, and does not stand in it', async () => {
    await notifier.close();
    notifier = make({ password: 'not-the-password' });
    const error = await send('x').catch((reason: unknown) => String(reason));
    expect(error).toMatch(/not-authorized/);
    expect(error).not.toContain('not-the-password');
  });

  test('without TLS nothing is said when it is wanted', async () => {
    await notifier.close();
    notifier = make({ allowPlain: false });
    await expect(send('x')).rejects.toThrow('offers no TLS');
    expect(got).toEqual([]);
  });

  test('a server that was away is asked again by the next one', async () => {
    await send('one');
    await told(1);
    await prosody.kill();
    await sleep(50);
    await expect(send('two')).rejects.toThrow();
    await prosody.run();
    got = [];
    anna = await listen(prosody, got);
    await send('three');
    await told(1);
  });

  test('only so many wait, and none after it was closed', async () => {
    const all = await Promise.allSettled(Array.from({ length: 120 }, () => send('x')));
    expect(all.filter(({ status }) => status === 'rejected').length).toBe(20);
    await told(100);
    await notifier.close();
    await expect(send('x')).rejects.toThrow('shuts down');
  });
});

describePeers(['prosody', 'prosodyctl'], 'with TLS, from a script', () => {
  const ANNA = 'anna@tamis.test';
  const server = new TamisServer();
  const got: string[] = [];
  let prosody: Prosody;

  beforeAll(async () => {
    prosody = await Prosody.start(DOMAIN, { tls: true });
    prosody.addUser('anna', 'secret');
    prosody.addUser('robot', 'robot');
    server.configure(`policy: {domains: [tamis.test]}
servers:
  lmtp: {listen: ['127.0.0.1:0'], scan: false}
sieve:
  notify:
    xmpp: {jid: 'robot@${DOMAIN}', password: robot, service: 'xmpp://127.0.0.1:${prosody.port}'}
`);
    server.environment = { NODE_EXTRA_CA_CERTS: prosody.certificate };
    await tamis(['user', 'add', ANNA, '--config', server.configFile]);
    const path = join(server.data, 'sieve', ANNA, 'active.sieve');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      `require ["enotify", "variables"]; if header :matches "subject" "*" { set "s" "\${1}"; }
       notify :importance "1" :message "Mail: \${s}" "xmpp:nobody2@${DOMAIN}";
       notify :importance "1" :message "Mail: \${s}" "xmpp:anna@${DOMAIN}?message;subject=Tamis";`,
    );
    await server.start();
  });
  afterAll(async () => {
    await server.dispose();
    await prosody.dispose();
  });

  async function deliver(): Promise<number> {
    const talk = await SmtpTalk.connect(server.port('lmtp'));
    await talk.reply();
    await talk.command('LHLO client.example');
    const lines = ['From: <carl@there.example>', 'Subject: <b>urgent</b> & so on', '', 'body', ''];
    const { code } = await talk.mail('carl@there.example', [ANNA], lines.join('\r\n'));
    await talk.quit();
    return code;
  }

  test('a mail is delivered, and its owner told of it', async () => {
    // The client of this test does not look at certificates; the server of this test was started before.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const anna = await listen(prosody, got);
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    const before = server.log.length;
    expect(await deliver()).toBe(250);
    await server.waitFor(
      ({ msg, to }) => msg === 'notification sent' && String(to) === `anna@${DOMAIN}`,
      before,
    );
    await expect.poll(() => got.length).toBe(1);
    const [text = ''] = got;
    expect(text).toContain('subject=Tamis');
    expect(text).toContain('body=Mail: <b>urgent</b> & so on');
    expect(text).toContain('Urgency=high');
    await anna.close();
  });

  test('nothing is said to a server whose certificate nobody vouches for', async () => {
    const service = `xmpp://127.0.0.1:${prosody.port}`;
    for (const allowPlain of [true, false]) {
      const settings = { jid: `robot@${DOMAIN}`, password: 'robot', service, allowPlain };
      const notifier = createXmppNotifier(settings, silentLog);
      await expect(notifier.send({ kind: 'xmpp', to: '', stanza: stanza('x') })).rejects.toThrow(
        'self-signed',
      );
      await notifier.close();
    }
  });

  test('a server that is away delays no mail', async () => {
    await prosody.kill();
    const before = server.log.length;
    expect(await deliver()).toBe(250);
    await server.waitFor(({ msg }) => msg === 'a notification could not be sent', before);
    await prosody.run();
  });
});
