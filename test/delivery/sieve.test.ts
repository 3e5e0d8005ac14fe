/** Sieve as a user meets it: scripts on disk, mail by LMTP to `bin/tamis serve`, what is stored and what is sent. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';
import { type Sink, sink } from './sink.ts';

const ANNA = 'anna@tamis.test';
const server = new TamisServer();
let relay: Sink;

const config = (more = ''): string => `hostname: mx.tamis.test
policy: {domains: [tamis.test]}
servers:
  lmtp: {listen: ['127.0.0.1:0'], scan: false}
delivery:
  redirect_sender: srs
  outbound: {relay: '127.0.0.1:${relay.port}', relay_tls: none, first_retry: 1s}
sieve:
  before: [global/before]
  after: [global/after]
  global: global/included
  vacation: {min_period: 1s}
${more}`;

beforeAll(async () => {
  relay = await sink({
    rcpt: (address) => (address.startsWith('refused') ? '550 5.1.1 no such user' : undefined),
  });
  for (const name of ['before', 'after', 'included'])
    mkdirSync(join(server.folder, 'global', name), { recursive: true });
  server.configure(config());
  await tamis(['user', 'add', ANNA, '--alias', 'alias@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(async () => {
  await server.dispose();
  await relay.close();
});
beforeEach(() => {
  rmSync(join(server.data, 'mail'), { recursive: true, force: true });
  rmSync(join(server.data, 'sieve'), { recursive: true, force: true });
  for (const name of ['before', 'after', 'included'])
    for (const file of readdirSync(join(server.folder, 'global', name)))
      rmSync(join(server.folder, 'global', name, file));
  relay.mails.length = 0;
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
const script = (source: string): void => write(join(server.data, 'sieve', ANNA, 'active.sieve'), source);
const included = (name: string, source: string): void =>
  write(join(server.data, 'sieve', ANNA, 'scripts', `${name}.sieve`), source);
const global = (where: 'before' | 'after' | 'included', name: string, source: string): void =>
  write(join(server.folder, 'global', where, `${name}.sieve`), source);

interface Given {
  sender?: string;
  to?: string;
  headers?: string[];
  body?: string;
}

/** Delivers by LMTP; the answer for the recipient. */
async function send({
  sender = 'carl@there.example',
  to = ANNA,
  headers = [],
  body = 'body',
}: Given = {}): Promise<string> {
  const talk = await SmtpTalk.connect(server.port('lmtp'));
  try {
    await talk.reply();
    await talk.command('LHLO client.example');
    const lines = [
      `From: <${sender || 'MAILER-DAEMON@there.example'}>`,
      `To: <${to}>`,
      'Subject: hello',
      'Message-ID: <one@there.example>',
    ];
    const answer = await talk.mail(sender, [to], [...lines, ...headers, '', body, ''].join('\r\n'));
    return `${answer.code} ${answer.lines.join('|')}`;
  } finally {
    await talk.quit();
  }
}

/** Files of a mailbox: name of the file and text. */
function files(mailbox = ''): { name: string; text: string }[] {
  return ['new', 'cur'].flatMap((part) => {
    const path = join(server.data, 'mail', ANNA, 'Maildir', mailbox, part);
    try {
      return readdirSync(path).map((name) => ({ name, text: readFileSync(join(path, name), 'utf8') }));
    } catch {
      return [];
    }
  });
}
const count = (mailbox = ''): number => files(mailbox).length;

/** Waits until so many mails have reached the relay, and a moment longer for one too many. */
async function sent(number: number): Promise<typeof relay.mails> {
  await vi.waitFor(() => expect(relay.mails.length).toBeGreaterThanOrEqual(number), {
    timeout: 30_000,
    interval: 20,
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(relay.mails.length).toBe(number);
  return relay.mails;
}

describe('filing', () => {
  test('flags and keywords stand in the name of the file', async () => {
    script('require ["imap4flags", "fileinto"]; addflag ["\\\\Seen", "\\\\Flagged", "$Work"]; fileinto "A";');
    expect(await send()).toMatch(/^250/);
    // The letter of a keyword comes when the index has given it one.
    await expect.poll(() => files('.A').map(({ name }) => /:2,.*$/.exec(name)?.[0])).toEqual([':2,FSa']);
    const keywords = join(server.data, 'mail', ANNA, 'Maildir/.A/dovecot-keywords');
    expect(readFileSync(keywords, 'utf8')).toBe('0 $Work\n');
  });

  test(':create makes the mailbox, :specialuse finds it', async () => {
    script(
      'require ["fileinto", "mailbox", "special-use"]; fileinto :specialuse "\\\\Archive" :create "Alt/Archiv";',
    );
    await send();
    script('require ["fileinto", "special-use"]; fileinto :specialuse "\\\\Archive" "Other";');
    await send();
    expect([count('.Alt.Archiv'), count('.Other')]).toEqual([2, 0]);
  });

  test('the header is stored as the script has changed it', async () => {
    script(`require ["editheader", "fileinto", "copy"];
      fileinto :copy "Before";
      addheader "X-Seen" "yes"; deleteheader "Message-ID"; fileinto "After";`);
    await send();
    expect(files('.Before')[0]?.text).toMatch(/^Message-ID: <one@there.example>\r$/m);
    const [after] = files('.After');
    expect(after?.text).toMatch(
      /^Return-Path: <carl@there\.example>\r\nDelivered-To: anna@tamis\.test\r\nX-Seen: yes\r\n/,
    );
    expect(after?.text).not.toContain('Message-ID');
  });

  test('a script that fails keeps the mail as it came, and its owner can read why', async () => {
    script(
      'require ["editheader", "fileinto", "reject"]; addheader "X-Seen" "yes"; fileinto "A"; reject "no";',
    );
    const from = server.log.length;
    expect(await send()).toMatch(/^250/);
    expect([count('.A'), count()]).toEqual([0, 1]);
    expect(files()[0]?.text).not.toContain('X-Seen');
    const line = await server.waitFor(({ msg }) => msg.startsWith('the script failed'), from);
    expect(line['error']).toMatch(/^active: line 1: error: reject cannot be combined with the fileinto/);
    const shown = await tamis(['sieve', 'log', ANNA, '--config', server.configFile]);
    expect(shown.stdout).toContain('reject cannot be combined');
  });
});

describe('duplicate', () => {
  const SCRIPT = 'require ["duplicate", "fileinto"]; if duplicate { fileinto "Twice"; }';

  test('the second copy is one, also after a restart', async () => {
    script(SCRIPT);
    await send({ headers: ['X-Copy: 1'] });
    await send({ headers: ['X-Copy: 2'] });
    expect([count(), count('.Twice')]).toEqual([1, 1]);
    await server.stop();
    await server.start();
    await send({ headers: ['X-Copy: 3'] });
    expect(count('.Twice')).toBe(2);
  });

  test('copies that come in at the same time are one and its doubles', async () => {
    script(SCRIPT.replace('duplicate {', 'duplicate :handle "together" {'));
    await Promise.all(Array.from({ length: 5 }, () => send()));
    expect([count(), count('.Twice')]).toEqual([1, 4]);
  });
});

describe('vacation', () => {
  const AWAY = 'require "vacation"; vacation :days 7 :handle "h" "I am away";';

  test('answers each sender once, and remembers it over a restart', async () => {
    script(AWAY);
    expect(await send({ sender: 'one@there.example' })).toMatch(/^250/);
    await send({ sender: 'one@there.example' });
    const [reply] = await sent(1);
    expect(reply).toMatchObject({ sender: '', recipients: ['one@there.example'] });
    const text = reply?.raw.toString('utf8') ?? '';
    expect(text).toMatch(/^Auto-Submitted: auto-replied/m);
    expect(text).toMatch(/^In-Reply-To: <one@there.example>\r$/m);
    expect(text).toContain('I am away');
    expect(count()).toBe(2);
    await server.stop();
    await server.start();
    await send({ sender: 'one@there.example' });
    await sent(1);
    await send({ sender: 'two@there.example' });
    await sent(2);
  });

  test('mail to an alias is answered; that of lists, and that without a sender, is not', async () => {
    script(AWAY.replace('"h"', '"alias"'));
    await send({ sender: 'three@there.example', to: 'alias@tamis.test' });
    await sent(1);
    await send({ sender: 'four@there.example', headers: ['List-Id: <l.there.example>'] });
    await send({ sender: 'five@there.example', headers: ['Auto-Submitted: auto-generated'] });
    await send({ sender: '' });
    await sent(1);
  });

  test('a copy of the reply, where the owner wants one', async () => {
    script(
      AWAY.replace('"vacation"', '["vacation", "fcc", "mailbox"]').replace(
        '"h"',
        '"fcc" :fcc "Sent" :create',
      ),
    );
    await send({ sender: 'six@there.example' });
    const [reply] = await sent(1);
    expect(files('.Sent').map(({ text }) => text)).toEqual([reply?.raw.toString('utf8')]);
  });
});

test('notify by mail', async () => {
  script('require "enotify"; notify :message "new mail" "mailto:phone@there.example";');
  await send();
  const [mail] = await sent(1);
  expect(mail?.recipients).toEqual(['phone@there.example']);
  expect(mail?.raw.toString()).toMatch(/^Auto-Submitted: auto-notified/m);
  expect(count()).toBe(1);
});

describe('include', () => {
  test('a script of the owner’s, and one of the admin’s', async () => {
    script('require "include"; include :personal "own"; include :global "ours";');
    included('own', 'require ["fileinto", "copy"]; fileinto :copy "Own";');
    global('included', 'ours', 'require "fileinto"; fileinto "Ours";');
    await send();
    expect([count('.Own'), count('.Ours'), count()]).toEqual([1, 1, 0]);
  });

  test('one that is not there keeps the mail', async () => {
    script('require ["include", "fileinto"]; fileinto "A"; include :personal "none";');
    await send();
    expect([count('.A'), count()]).toEqual([0, 1]);
  });
});

describe('global scripts', () => {
  test('run around the owner’s, in the order of their names, and hand on flags and header', async () => {
    global(
      'before',
      '20-b',
      'require ["editheader", "imap4flags"]; addheader :last "X-Order" "2"; addflag "\\\\Seen";',
    );
    global('before', '10-a', 'require "editheader"; addheader :last "X-Order" "1";');
    script('require "editheader"; addheader :last "X-Order" "own";');
    global(
      'after',
      'z',
      'require ["fileinto", "imap4flags"]; if header "x-order" "own" { fileinto "After"; }',
    );
    await send();
    const [mail] = files('.After');
    expect(mail?.text.match(/^X-Order: \w+/gm)).toEqual(['X-Order: 1', 'X-Order: 2', 'X-Order: own']);
    expect(mail?.name).toMatch(/:2,S$/);
  });

  test('what has taken the place of the implicit keep is the last', async () => {
    script('require "fileinto"; fileinto "Own";');
    global('after', 'z', 'require "fileinto"; fileinto "After";');
    await send();
    expect([count('.Own'), count('.After')]).toEqual([1, 0]);
    global('before', 'a', 'discard;');
    expect(await send()).toMatch(/^250/);
    expect([count('.Own'), count()]).toEqual([1, 0]);
  });

  test('one with errors stops nobody', async () => {
    global('before', 'a', 'this is not sieve');
    global('before', 'b', 'require ["fileinto", "reject"]; fileinto "B"; reject "no";');
    script('require "fileinto"; fileinto "Own";');
    await send();
    expect([count('.Own'), count('.B'), count()]).toEqual([1, 0, 0]);
  });

  test('the owner’s errors leave the admin’s defaults', async () => {
    script('nonsense');
    global('after', 'z', 'require "fileinto"; fileinto "Default";');
    await send();
    expect(count('.Default')).toBe(1);
  });
});

describe('redirect', () => {
  test(':copy goes through the spool, and a bounce finds its way back by SRS', async () => {
    script('require "copy"; redirect :copy "away@there.example";');
    await send();
    expect(count()).toBe(1);
    const [redirected] = await sent(1);
    expect(redirected?.recipients).toEqual(['away@there.example']);
    const sender = redirected?.sender ?? '';
    expect(sender).toMatch(/^SRS0=\w{8}=\w\w=there\.example=carl@tamis\.test$/);
    // Nothing but a bounce goes that way, and only to an address we made.
    expect(await send({ sender: 'eve@evil.example', to: sender })).toMatch(/^550/);
    expect(await send({ sender: '', to: sender.replace('carl', 'dora') })).toMatch(/^550/);
    expect(await send({ sender: '', to: sender })).toMatch(/^250/);
    const [, bounce] = await sent(2);
    expect(bounce).toMatchObject({ sender: '', recipients: ['carl@there.example'] });
  });

  test('a bounce of our own goes to the sender as well', async () => {
    script('redirect "refused@there.example";');
    await send();
    const [bounce] = await sent(1);
    expect(bounce).toMatchObject({ sender: '', recipients: ['carl@there.example'] });
    expect(bounce?.raw.toString()).toContain('550 5.1.1 no such user');
  });

  test('the secret outlives a restart', async () => {
    script('redirect "away@there.example";');
    await send();
    const [redirected] = await sent(1);
    await server.stop();
    await server.start();
    expect(await send({ sender: '', to: redirected?.sender ?? '' })).toMatch(/^250/);
    expect((await sent(2))[1]?.recipients).toEqual(['carl@there.example']);
  });
});

test('reject is the answer of LMTP', async () => {
  script('require "reject"; reject "not today";');
  expect(await send()).toBe('550 5.7.1 not today');
  expect(count()).toBe(0);
});
