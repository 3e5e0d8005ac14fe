import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ANNA,
  BERT,
  eventually,
  MailDaemon,
  message,
  PASSWORD,
  type Ran,
} from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';

// With STARTTLS this library, c-client, offers TLS 1.0 and nothing else, which is refused; so TLS comes first here.
describePeers(['mailutil', 'script'], 'mailutil over TLS', () => {
  const daemon = new MailDaemon();

  /** A mailbox as c-client names it. It knows authorities in the system's folder only: the certificate is not looked at. */
  const box = (name: string, user = ANNA, tls = 'ssl', port = daemon.imapPort('TLS')): string =>
    `{localhost:${port}/imap/user=${user}/${tls}/novalidate-cert}${name}`;

  const mailutil = (...args: string[]): Promise<Ran> =>
    daemon.run('mailutil', args, {
      terminal: true,
      seconds: 30,
      prompt: { asks: /password: ?/i, answer: PASSWORD },
    });

  const texts = (account: string, folder = ''): string[] =>
    daemon
      .files(account, folder)
      .map(({ octets }) => octets.toString('latin1').replace(/^(?:Return-Path|Delivered-To): .*\r\n/gm, ''))
      .sort();
  const messages = Array.from({ length: 60 }, (_, n) =>
    message(`number ${String(n).padStart(2, '0')}`, `line\r\n.\r\nFrom me ${n}`),
  );
  const expected = messages.map((octets) => octets.toString('latin1'));

  beforeAll(async () => {
    await daemon.serve();
    for (const octets of messages) daemon.drop(ANNA, octets);
  });
  afterAll(() => daemon.dispose());

  it('checks, creates, appends, renames, prunes and deletes', async () => {
    expect((await mailutil('check', box('INBOX'))).output).toMatch(
      /60 new message\(s\) \(60 unseen\), 60 total/,
    );
    expect(await mailutil('create', box('Archive/2026'))).toMatchObject({ code: 0 });
    expect(await mailutil('append', box('INBOX'), box('Archive/2026'))).toMatchObject({ code: 0 });
    expect(texts(ANNA, '.Archive.2026')).toEqual(expected);
    expect(await mailutil('rename', box('Archive/2026'), box('Archive/Old'))).toMatchObject({ code: 0 });
    expect(texts(ANNA, '.Archive.Old').length).toBe(60);
    // Its exit code says nothing here.
    expect((await mailutil('prune', box('INBOX'), 'subject "number 02"')).output).toContain('purged');
    const left = await eventually(
      () => texts(ANNA),
      (now) => now.length === 59,
    );
    expect(left).toEqual(expected.filter((text) => !text.includes('number 02')));
    expect(await mailutil('delete', box('Archive/Old'))).toMatchObject({ code: 0 });
    expect(texts(ANNA, '.Archive.Old')).toEqual([]);
    expect((await mailutil('delete', box('Archive/Old'))).output).toContain('NONEXISTENT');
  });

  it('moves mailboxes from one account to another, byte for byte', async () => {
    expect(await mailutil('create', box('Lists'))).toMatchObject({ code: 0 });
    expect(await mailutil('append', box('INBOX'), box('Lists'))).toMatchObject({ code: 0 });
    expect(await mailutil('copy', box('Lists'), box('From anna', BERT))).toMatchObject({ code: 0 });
    expect(texts(BERT, '.From anna')).toEqual(texts(ANNA, '.Lists'));
    expect(texts(BERT, '.From anna').length).toBe(59);
    expect(await mailutil('move', box('Lists'), box('Moved', BERT))).toMatchObject({ code: 0 });
    expect(texts(BERT, '.Moved')).toEqual(texts(BERT, '.From anna'));
    expect(
      await eventually(
        () => texts(ANNA, '.Lists'),
        (now) => now.length === 0,
      ),
    ).toEqual([]);
  });

  it('is refused with TLS 1.0', async () => {
    const refused = await mailutil('check', box('INBOX', ANNA, 'tls', daemon.imapPort('STARTTLS')));
    expect(refused.output).toContain('SSL negotiation failed');
  });
});
