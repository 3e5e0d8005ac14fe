import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNA, eventually, MailDaemon, message, PASSWORD, TLS } from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';

describePeers(['offlineimap'], 'offlineimap', () => {
  describe.each(TLS)('over %s', (tls) => {
    const daemon = new MailDaemon();

    async function sync(home: string): Promise<void> {
      // Its library reads and writes a connection in two threads at once, and loses what it writes while it reads the
      // tickets of TLS 1.3, whatever the server is; with STARTTLS it looks at none of its own settings of TLS.
      writeFileSync(
        join(home, 'openssl.cnf'),
        'openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\nsystem_default = limits\n[limits]\nMaxProtocol = TLSv1.2\n',
      );
      writeFileSync(
        join(home, 'offlineimaprc'),
        `[general]
accounts = anna
metadata = ${home}/metadata
ui = quiet

[Account anna]
localrepository = near
remoterepository = far
utf8foldernames = yes

[Repository near]
type = Maildir
localfolders = ${home}/mail
sep = /

[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${daemon.imapPort(tls)}
remoteuser = ${ANNA}
remotepass = ${PASSWORD}
ssl = ${tls === 'TLS' ? 'yes' : 'no'}
starttls = ${tls === 'TLS' ? 'no' : 'yes'}
sslcacertfile = ${daemon.certificate}
maxconnections = 3
usecompression = yes
`,
        { mode: 0o600 },
      );
      const ran = await daemon.run('offlineimap', ['-o', '-c', join(home, 'offlineimaprc')], {
        home,
        seconds: 90,
        env: { OPENSSL_CONF: join(home, 'openssl.cnf') },
      });
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.output).not.toMatch(/error|traceback/i);
    }

    /** The flags of the messages here, by their subject. */
    const local = (home: string, box: string): Record<string, string> =>
      Object.fromEntries(
        ['new', 'cur'].flatMap((sub) =>
          readdirSync(join(home, 'mail', box, sub)).map((name) => [
            subject(readFileSync(join(home, 'mail', box, sub, name))),
            (name.split(':2,')[1] ?? '').replaceAll(/[a-z]/g, ''),
          ]),
        ),
      );
    const subject = (octets: Buffer): string => /^Subject: (.*?)\r?$/m.exec(octets.toString())?.[1] ?? '';
    const find = (home: string, box: string, wanted: string): string => {
      for (const sub of ['new', 'cur'])
        for (const name of readdirSync(join(home, 'mail', box, sub)))
          if (subject(readFileSync(join(home, 'mail', box, sub, name))) === wanted)
            return join(home, 'mail', box, sub, name);
      throw new Error(`${wanted} is not there`);
    };
    const server = (folder = ''): Record<string, string> =>
      Object.fromEntries(daemon.files(ANNA, folder).map(({ flags, octets }) => [subject(octets), flags]));

    beforeAll(() => daemon.serve());
    afterAll(() => daemon.dispose());

    it('brings mail, flags, mailboxes and deletions both ways, and has nothing to do after that', async () => {
      const home = daemon.home('first');
      for (const n of [1, 2, 3, 4]) await daemon.deliver(ANNA, message(`number ${n}`));
      await sync(home);
      expect(local(home, 'INBOX')).toEqual({
        'number 1': '',
        'number 2': '',
        'number 3': '',
        'number 4': '',
      });

      const second = find(home, 'INBOX', 'number 2');
      renameSync(second, join(home, 'mail/INBOX/cur', `${second.split('/').at(-1)?.split(':2,')[0]}:2,FRS`));
      unlinkSync(find(home, 'INBOX', 'number 3'));
      for (const sub of ['tmp', 'new', 'cur'])
        mkdirSync(join(home, 'mail/Arbeit/Später', sub), { recursive: true });
      for (const sub of ['tmp', 'new', 'cur']) mkdirSync(join(home, 'mail/Arbeit', sub), { recursive: true });
      writeFileSync(join(home, 'mail/Arbeit/Später/cur/1.here:2,S'), message('uploaded'));
      await daemon.deliver(ANNA, message('number 5'));
      await sync(home);

      const inbox = { 'number 1': '', 'number 2': 'FRS', 'number 4': '', 'number 5': '' };
      expect(local(home, 'INBOX')).toEqual(inbox);
      expect(await eventually(server, (now) => isDeepStrictEqual(now, inbox))).toEqual(inbox);
      expect(server('.Arbeit.Sp&AOQ-ter')).toEqual({ uploaded: 'S' });

      // The second machine, which then deletes; the first hears of it.
      const other = daemon.home('second');
      await sync(other);
      expect(local(other, 'INBOX')).toEqual(inbox);
      expect(local(other, 'Arbeit/Später')).toEqual({ uploaded: 'S' });
      unlinkSync(find(other, 'INBOX', 'number 1'));
      await sync(other);
      await sync(home);
      expect(Object.keys(local(home, 'INBOX')).sort()).toEqual(['number 2', 'number 4', 'number 5']);
      const names = ['new', 'cur'].flatMap((sub) => readdirSync(join(home, 'mail/INBOX', sub)));
      await sync(home);
      expect(['new', 'cur'].flatMap((sub) => readdirSync(join(home, 'mail/INBOX', sub)))).toEqual(names);
      expect(existsSync(daemon.maildir(ANNA, '.Arbeit'))).toBe(true);
    });
  });
});
