import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePostfix, Postfix } from '../support/postfix.ts';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { TamisServer } from '../support/tamis.ts';
import { makeKey, type Verifier, verifiers, zoneOf } from './verifiers.ts';
import { findProgram } from '../support/peers.ts';

const rsa = makeKey('rsa', 's1', 'tamis.test');
const ed = makeKey('ed25519', 'e1', 'tamis.test');
const keys = [rsa, ed];

const peers = Object.entries<Verifier>({ mailauth: verifiers.mailauth, tamis: verifiers.tamis });
if (findProgram('opendkim') !== undefined) peers.push(['opendkim', verifiers.opendkim]);
/** `opendkim -t` puts one space behind each colon before it verifies. */
const changes = (peer: string, header: string, name: string): boolean =>
  peer === 'opendkim' && header === 'simple' && name.includes('blanks');

const MAILS = {
  plain: 'From: Anna <anna@tamis.test>\r\nTo: b@example.net\r\nSubject: plain\r\n\r\nHello\r\n',
  'no Date, no Message-ID, lines with blanks':
    'From:  Anna\t<anna@tamis.test> \r\nTo:b@example.net\r\nSubject:\tfolded\r\n\t over  lines \r\n\r\n \r\n.\r\n..x \t\r\n\r\n\r\n',
  'fields like ours and from others':
    'X-Spam-Flag: YES\r\nAuthentication-Results: mx.tamis.test; dkim=pass\r\nReceived: from a by b; Mon, 1 Jun 2026 00:00:00 +0000\r\n' +
    'DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; bh=; b=\r\nFrom: anna@tamis.test\r\nSubject: x\r\nX-Spam-Score: 9\r\n\r\nx\r\n',
};

describePostfix('mail that Postfix hands to the milter before it sends it', () => {
  const server = new TamisServer();
  const postfix = new Postfix({ smtpd: { milter_macro_daemon_name: 'ORIGINATING' } });

  const start = async (signing: string): Promise<void> => {
    server.configure(`hostname: mx.tamis.test
servers: { http: { listen: [] }, milter: { listen: ['127.0.0.1:0'] } }
dns: { zone: zone.yaml }
signing:
  keys: [{ domain: tamis.test, selector: s1, file: s1.pem }, { domain: tamis.test, selector: e1, file: e1.pem }]
  networks: [127.0.0.1]
${signing}`);
  };

  beforeAll(async () => {
    for (const key of keys) {
      server.write(`${key.selector}.pem`, key.pem);
      chmodSync(join(server.folder, `${key.selector}.pem`), 0o600);
    }
    server.write('zone.yaml', stringify(zoneOf(keys)));
    await start('');
    await server.start();
    await postfix.start();
    await postfix.configure({
      smtpd_milters: `inet:${server.address('milter')}`,
      milter_default_action: 'tempfail',
    });
  });
  afterAll(async () => {
    await postfix.stop();
    await server.dispose();
  });

  for (const header of ['relaxed', 'simple'])
    for (const body of ['relaxed', 'simple'])
      it(`${header}/${body}: every mail verifies as it was delivered`, async () => {
        const from = server.log.length;
        await start(`  header_canonicalization: ${header}\n  body_canonicalization: ${body}\n`);
        server.signal('SIGHUP');
        await server.waitFor(({ msg }) => msg === 'configuration reloaded', from);
        const before = (await postfix.delivered()).length;
        for (const mail of Object.values(MAILS)) {
          const talk = await SmtpTalk.open(postfix.port);
          for (const line of ['MAIL FROM:<anna@tamis.test>', 'RCPT TO:<b@example.net>', 'DATA'])
            await talk.command(line);
          expect((await talk.command(`${mail.replace(/^\./gm, '..')}.`)).code).toBe(250);
          talk.socket.destroy();
        }
        const delivered = (await postfix.settled()).slice(before).map(({ raw }) => crlf(raw));
        expect(delivered).toHaveLength(Object.keys(MAILS).length);
        for (const raw of delivered) expect(raw.toString('latin1')).toContain(`c=${header}/${body}`);
        for (const [peer, verify] of peers)
          for (const [index, { dkim }] of (await verify(delivered, keys)).entries()) {
            const name = Object.keys(MAILS)[index] ?? '';
            if (changes(peer, header, name)) continue;
            const what = `${peer}, ${name}: ${dkim.join(' ')}`;
            expect(
              dkim.filter((result) => result === 'pass'),
              what,
            ).toHaveLength(2);
          }
      });
});

/** Maildir files have bare LF; SMTP had CRLF. */
const crlf = (raw: Buffer): Buffer => Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
