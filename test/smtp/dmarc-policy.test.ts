import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

/** The policy of a sender's domain, from the DNS to the answer at SMTP. */

const CONFIG = `hostname: mx.tamis.test
policy: {domains: [tamis.test]}
dns: {zone: zone.yaml}
authentication:
  # This test is a client from the world.
  local_networks: []
dmarc:
  apply: reject
  overrides: {friend.test: none}
bimi: {enabled: true}
servers:
  smtp: {listen: ['127.0.0.1:0'], greeting_delay: 0ms}
`;
const ZONE = `
_dmarc.bank.test: {TXT: 'v=DMARC1; p=reject'}
_dmarc.shop.test: {TXT: 'v=DMARC1; p=quarantine'}
_dmarc.trial.test: {TXT: 'v=DMARC1; p=reject; t=y'}
_dmarc.friend.test: {TXT: 'v=DMARC1; p=reject'}
_dmarc.good.test: {TXT: 'v=DMARC1; p=reject'}
good.test: {TXT: 'v=spf1 ip4:127.0.0.1 -all'}
default._bimi.good.test: {TXT: 'v=BIMI1; l=https://good.test/logo.svg'}
bank.test: {TXT: 'v=spf1 -all exp=why.bank.test'}
why.bank.test: {TXT: 'not %{i}'}
`;

const server = new TamisServer();
beforeAll(async () => {
  server.write('zone.yaml', ZONE);
  server.configure(CONFIG);
  await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());

async function send(domain: string, header = ''): Promise<string> {
  const talk = await SmtpTalk.open(server.port('smtp'));
  await talk.command(`MAIL FROM:<a@${domain}>`);
  await talk.command('RCPT TO:<demo@tamis.test>');
  await talk.command('DATA');
  const fields = `From: a@${domain}\r\nTo: demo@tamis.test\r\nSubject: hello\r\nMessage-ID: <1@${domain}>\r\n`;
  const { text } = await talk.command(`${header}${fields}\r\nHello there.\r\n.`);
  talk.socket.destroy();
  return text;
}

async function newest(): Promise<string> {
  const folder = join(server.data, 'mail/demo@tamis.test/Maildir/new');
  // Names begin with the second, the microsecond and the process: they sort as they came.
  return readFile(join(folder, (await readdir(folder)).toSorted().at(-1) ?? ''), 'utf8');
}

describe('the DMARC policy of a domain', () => {
  it('refuses with the reason', async () => {
    expect(await send('bank.test')).toMatch(/^550 5\.7\.1 Refused for the DMARC policy of bank\.test: /);
    const verdict = server.log.findLast(({ msg }) => msg === 'verdict');
    expect(JSON.stringify(verdict)).toContain('DMARC_APPLY_REJECT');
  });

  it('puts on hold', async () => {
    expect(await send('shop.test')).toMatch(/^250 /);
    expect(server.log.findLast(({ msg }) => msg === 'verdict')).toMatchObject({ action: 'quarantine' });
    expect(await send('trial.test')).toMatch(/^250 /);
    expect(server.log.findLast(({ msg }) => msg === 'verdict')).toMatchObject({ action: 'quarantine' });
  });

  it('is not followed where a rule of ours says so', async () => {
    expect(await send('friend.test')).toMatch(/^250 /);
    expect(await newest()).toMatch(/^\tdmarc=fail \(p=reject dis=none\) policy\.dmarc=reject/m);
  });

  it('lets through what is proven, with its indicator, and removes a forged one', async () => {
    expect(await send('good.test', 'BIMI-Location: v=BIMI1; l=https://evil.test/x\r\n')).toMatch(/^250 /);
    const mail = await newest();
    expect(mail).toMatch(
      /^\tbimi=pass header\.d=good\.test header\.selector=default policy\.authority=none/m,
    );
    expect(mail.match(/^BIMI-Location:.*(?:\r?\n[ \t].*)*/gm)).toEqual([
      expect.stringMatching(/^BIMI-Location: v=BIMI1;\r?\n\tl=https:\/\/good\.test\/logo\.svg$/),
    ]);
  });
});
