import { writeFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { MeasuredDovecot, PASSWORD } from '../../bench/support/store/servers.ts';
import { selfSignedCertificate } from '../../src/net/tls.ts';
import { ANNA, MailHome } from '../support/mail-home.ts';
import { ImapRig, SECRET } from '../support/imap-rig.ts';
import { describePeers } from '../support/peers.ts';

const home = new MailHome();
const DATE = new Date('2001-02-03T04:05:06Z');
const octets = (name: string): string =>
  `Message-ID: <${name}@example.org>\r\nSubject: ${name}\r\n\r\n.\xe4\r\n`;

describe('from our own server', () => {
  const rig = new ImapRig();

  test.each([['tls'], ['starttls']])('over %s, with a certificate that is known', async (how) => {
    const tls = await selfSignedCertificate('localhost', new Date());
    await rig.start({ server: { tls }, logins: { clearOnLoopback: false } });
    const account = await rig.mail();
    const sent = await account.create('Gesendet', { specialUse: ['\\Sent'] });
    await account.create('Lists/Tamis');
    await sent.append([
      {
        pieces: [Buffer.from(octets('one'), 'latin1')],
        flags: { system: 5, keywords: ['Work'] },
        internalDate: DATE.getTime(),
      },
    ]);
    await rig.deliver([octets('two'), octets('two')]);
    writeFileSync(home.path('ca.pem'), tls.cert);
    writeFileSync(home.path('password'), `${SECRET}\n`);
    const port = how === 'tls' ? rig.tlsPort : rig.port;
    const common = ['import', 'imap', ANNA, 'localhost', '--port', String(port), '--user', ANNA];
    const secure = [...(how === 'tls' ? [] : ['--starttls']), '--password-file', home.path('password')];
    const refused = await home.tamis(...common, ...secure);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/self-signed|certificate/)]);

    await home.tamis('mailbox', 'create', ANNA, 'Sent', '--use', 'sent');
    const run = () => home.tamis(...common, ...secure, '--ca', home.path('ca.pem'));
    expect(await run()).toMatchObject({ code: 0, stderr: '' });
    const kept = await home.kept();
    expect(kept['Sent']).toEqual([
      { uid: 1, text: octets('one'), system: 5, keywords: 'Work', date: DATE.toISOString() },
    ]);
    expect(kept['INBOX']?.map(({ text }) => text)).toEqual([octets('two'), octets('two')]);
    expect(kept).toHaveProperty(['Lists/Tamis']);
    expect((await run()).stdout).toMatch(/^INBOX +INBOX +0 +2 +0$/m);

    process.env['TAMIS_TEST_PASSWORD'] = 'wrong';
    const wrong = await home.tamis(
      ...common,
      ...secure.slice(0, -2),
      '--password-env',
      'TAMIS_TEST_PASSWORD',
      '--ca',
      home.path('ca.pem'),
    );
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('Wrong user name or password')]);
  });

  test('no server, no port, no password', async () => {
    await rig.start();
    const imap = ['import', 'imap', ANNA, '127.0.0.1', '--user', 'x'];
    writeFileSync(home.path('password'), 'x');
    const file = ['--password-file', home.path('password')];
    expect((await home.tamis(...imap, ...file, '--port', '1', '--clear')).stderr).toContain('ECONNREFUSED');
    expect((await home.tamis(...imap, ...file, '--port', 'x')).stderr).toContain('no port');
    expect((await home.tamis(...imap, '--password-file', home.path('none'))).stderr).toContain('ENOENT');
    expect((await home.tamis(...imap, '--password-env', 'NO_SUCH_THING')).stderr).toContain('NO_SUCH_THING');
  });
});

describePeers(['/usr/lib/dovecot/imap'], 'from Dovecot', () => {
  const dovecot = new MeasuredDovecot();
  const usable = MeasuredDovecot.find() !== undefined;
  beforeAll(() => (usable ? dovecot.start() : undefined));
  afterAll(() => dovecot.dispose());

  const reason = usable ? '' : ' (skipped: Dovecot is started by root alone)';
  it.skipIf(!usable)(
    `everything comes over, once; the same mail as Maildir is there already${reason}`,
    async () => {
      const client = new ImapFlow({
        host: '127.0.0.1',
        port: dovecot.port,
        secure: false,
        auth: { user: ANNA, pass: PASSWORD },
        logger: false,
      });
      await client.connect();
      for (const path of ['Lists.Tamis', 'Entwürfe']) await client.mailboxCreate(path);
      for (const [path, name, flags] of [
        ['INBOX', 'one', ['\\Seen', 'Work']],
        ['INBOX', 'two', ['\\Flagged', '\\Answered']],
        ['Lists.Tamis', 'three', []],
        ['Entwürfe', 'four', ['\\Draft', '\\Deleted']],
      ] as const)
        await client.append(path, Buffer.from(octets(name), 'latin1'), [...flags], DATE);
      await client.logout();

      process.env['TAMIS_TEST_PASSWORD'] = PASSWORD;
      const run = () =>
        home.tamis(
          'import',
          'imap',
          ANNA,
          '127.0.0.1',
          '--port',
          String(dovecot.port),
          '--user',
          ANNA,
          '--clear',
          '--password-env',
          'TAMIS_TEST_PASSWORD',
        );
      expect(await run()).toMatchObject({ code: 0, stderr: '' });
      const date = DATE.toISOString();
      const expected = {
        INBOX: [
          { uid: 1, text: octets('one'), system: 1, keywords: 'Work', date },
          { uid: 2, text: octets('two'), system: 6, keywords: '', date },
        ],
        Entwürfe: [{ uid: 1, text: octets('four'), system: 24, keywords: '', date }],
        'Lists/Tamis': [{ uid: 1, text: octets('three'), system: 0, keywords: '', date }],
      };
      expect(await home.kept()).toEqual(expected);
      expect((await run()).stdout).toMatch(/^INBOX +INBOX +0 +2 +0$/m);
      const copied = await home.tamis('import', 'maildir', ANNA, dovecot.maildir(ANNA));
      expect(copied.stdout).toMatch(/^INBOX +INBOX +0 +2 +0$/m);
      expect(await home.kept()).toEqual(expected);
    },
  );
});
