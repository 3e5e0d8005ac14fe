import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNA, eventually, MailDaemon, message, PASSWORD, TLS } from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';

describePeers(['mutt', 'script'], 'mutt', () => {
  describe.each(TLS)('over %s', (tls) => {
    const daemon = new MailDaemon();
    let home = '';

    const root = (): string =>
      `${tls === 'TLS' ? 'imaps' : 'imap'}://${ANNA.replace('@', '%40')}@localhost:${daemon.imapPort(tls)}/`;

    function settings(): string {
      const lines = [
        `imap_pass="${PASSWORD}"`,
        `folder="${root()}"`,
        'spoolfile="+INBOX"',
        `certificate_file="${daemon.certificate}"`,
        'ssl_force_tls=yes',
        'ssl_starttls=yes',
        'imap_qresync=yes',
        'imap_condstore=yes',
        'imap_idle=yes',
        'imap_deflate=yes',
        'imap_list_subscribed=no',
        `header_cache="${home}/headers"`,
        `message_cachedir="${home}/bodies"`,
        'mbox_type=mbox',
        'confirmappend=no',
        'confirmcreate=no',
        'delete=yes',
        'move=no',
        'wait_key=no',
        'sleep_time=0',
        'beep=no',
        'sendmail=/bin/true',
        'record="+Sent"',
        'postponed="+Drafts"',
        'from=anna@tamis.test',
        'editor=/bin/true',
      ];
      return `${lines.map((line) => `set ${line}`).join('\n')}\n`;
    }

    const inbox = (): string[] => Object.keys(flags()).sort();

    /** Runs mutt on a mailbox with these keys. */
    async function mutt(mailbox: string, keys: string): Promise<void> {
      writeFileSync(join(home, 'muttrc'), `${settings()}push "${keys}"\n`);
      const ran = await daemon.run('mutt', ['-n', '-F', join(home, 'muttrc'), '-f', `${root()}${mailbox}`], {
        home,
        terminal: true,
        seconds: 30,
      });
      expect(ran).toMatchObject({ code: 0 });
    }

    /** The flags in the names of the files, by subject; without keywords: mutt has one for what is not new any more. */
    const flags = (folder = ''): Record<string, string> =>
      Object.fromEntries(
        daemon
          .files(ANNA, folder)
          .map(({ flags: letters, octets }) => [
            /^Subject: (.*?)\r?$/m.exec(octets.toString())?.[1] ?? '',
            letters.replaceAll(/[a-z]/g, ''),
          ]),
      );

    beforeAll(async () => {
      await daemon.serve();
      home = daemon.home('home');
      for (const n of [1, 2, 3, 4, 5, 6])
        await daemon.deliver(ANNA, message(`number ${n}`, `needle${n}\r\n.\r\nFrom me`));
    });
    afterAll(() => daemon.dispose());

    it('reads all messages', async () => {
      const copy = join(home, 'copy');
      await mutt('INBOX', `<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>${copy}<enter><exit>`);
      const text = readFileSync(copy, 'latin1');
      for (const n of [1, 2, 3, 4, 5, 6]) expect(text).toMatch(new RegExp(`needle${n}\\n\\.\\n>?From me\\n`));
    });

    it('flags, deletes, and searches on the server', async () => {
      await mutt(
        'INBOX',
        "<tag-pattern>=b needle2<enter><tag-prefix><flag-message><untag-pattern>~A<enter><search>~s 'number 3'<enter><display-message><exit><delete-pattern>=b needle4<enter><quit>",
      );
      const wanted = { 'number 1': '', 'number 2': 'F', 'number 3': 'S', 'number 5': '', 'number 6': '' };
      expect(await eventually(flags, (now) => isDeepStrictEqual(now, wanted))).toEqual(wanted);
    });

    it('makes a mailbox, copies and moves into it', async () => {
      await mutt(
        'INBOX',
        `<change-folder>?<create-mailbox><kill-line>${root()}Work/Später<enter><exit><exit>`,
      );
      const work = '.Work.Sp&AOQ-ter';
      await mutt(
        'INBOX',
        `<search>~s 'number 5'<enter><copy-message><kill-line>=Work/Später<enter><search>~s 'number 6'<enter><save-message><kill-line>=Work/Später<enter><quit>`,
      );
      const there = await eventually(
        () => Object.keys(flags(work)).sort(),
        (names) => names.length === 2,
      );
      expect(there).toEqual(['number 5', 'number 6']);
      // Files of expunged messages are removed a moment later.
      expect((await eventually(inbox, (names) => names.length === 4)).join()).toBe(
        'number 1,number 2,number 3,number 5',
      );
      // Into one that is not there: the server says TRYCREATE.
      await mutt('INBOX', `<search>~s 'number 1'<enter><save-message><kill-line>=Fresh<enter><quit>`);
      expect(Object.keys(flags('.Fresh'))).toEqual(['number 1']);
    });

    it('keeps a copy of what it sends, and opens again with its caches (QRESYNC)', async () => {
      writeFileSync(join(home, 'muttrc'), settings());
      const sent = await daemon.run(
        'mutt',
        ['-n', '-F', join(home, 'muttrc'), '-s', 'sent by mutt', 'bert@tamis.test'],
        {
          home,
          input: 'Hello\n',
        },
      );
      expect(sent).toMatchObject({ code: 0 });
      expect(flags('.Sent')).toEqual({ 'sent by mutt': 'S' });
      // Changed while it was away: one is gone, one is new, one is flagged.
      await daemon.deliver(ANNA, message('number 7'));
      const copy = join(home, 'second');
      await mutt('INBOX', `<tag-pattern>~A<enter><tag-prefix><copy-message><kill-line>${copy}<enter><exit>`);
      const subjects = readFileSync(copy, 'latin1')
        .match(/^Subject: .*$/gm)
        ?.sort();
      expect(subjects).toEqual([
        'Subject: number 2',
        'Subject: number 3',
        'Subject: number 5',
        'Subject: number 7',
      ]);
    });
  });
});
