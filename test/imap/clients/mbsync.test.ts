import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNA, MailDaemon, message, PASSWORD, type Ran, TLS, type Tls } from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';
import { tamis } from '../../support/tamis.ts';
import { corpusMessages, describeShared } from '../../support/shared.ts';

const config = (daemon: MailDaemon, tls: Tls, home: string): string => `
IMAPAccount tamis
Host localhost
Port ${daemon.imapPort(tls)}
User ${ANNA}
Pass "${PASSWORD}"
SSLType ${tls === 'TLS' ? 'IMAPS' : 'STARTTLS'}
CertificateFile ${daemon.certificate}

IMAPStore far
Account tamis

MaildirStore near
Path ${home}/mail/
Inbox ${home}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove Both
Expunge Both
CopyArrivalDate yes
SyncState *
`;

interface File {
  readonly path: string;
  readonly flags: string;
  /** Without the field by which mbsync finds again what it has uploaded. */
  readonly text: string;
}

const plain = (octets: Buffer): string =>
  octets
    .toString('latin1')
    .replaceAll('\r\n', '\n')
    .replace(/^X-TUID: .*\n/m, '');

const local = (home: string, box: string): File[] =>
  ['new', 'cur'].flatMap((sub) =>
    readdirSync(join(home, 'mail', box, sub)).map((name) => ({
      path: join(home, 'mail', box, sub, name),
      flags: name.split(':2,')[1] ?? '',
      text: plain(readFileSync(join(home, 'mail', box, sub, name))),
    })),
  );

const only = (files: readonly File[], text: string): File => {
  const [found, ...more] = files.filter((file) => file.text.includes(text));
  if (found === undefined || more.length > 0) throw new Error(`not one file with ${text}`);
  return found;
};

describePeers(['mbsync'], 'mbsync', () => {
  describe.each(TLS)('over %s', (tls) => {
    const daemon = new MailDaemon();
    let home = '';

    const sync = async (at = home): Promise<Ran> => {
      writeFileSync(join(at, 'mbsyncrc'), config(daemon, tls, at), { mode: 0o600 });
      mkdirSync(join(at, 'mail'), { recursive: true });
      const ran = await daemon.run('mbsync', ['-q', '-c', join(at, 'mbsyncrc'), '-a'], { home: at });
      expect(ran).toMatchObject({ code: 0, output: '' });
      return ran;
    };
    const server = (folder = ''): { flags: string; text: string }[] =>
      daemon.files(ANNA, folder).map(({ flags, octets }) => ({ flags, text: plain(octets) }));

    beforeAll(async () => {
      await daemon.serve();
      home = daemon.home(`home-${tls}`);
    });
    afterAll(() => daemon.dispose());

    it('brings new mail, flags, mailboxes and deletions both ways', async () => {
      for (let n = 0; n < 10; n++) await daemon.deliver(ANNA, message(`number ${n}`));
      await sync();
      expect(local(home, 'INBOX').length).toBe(10);

      // Here: a message flagged, one deleted, one that is new, a new mailbox with a message.
      const files = local(home, 'INBOX');
      const flagged = only(files, 'Subject: number 3');
      renameSync(
        flagged.path,
        join(home, 'mail/INBOX/cur', `${flagged.path.split('/').at(-1)?.split(':')[0]}:2,FS`),
      );
      unlinkSync(only(files, 'Subject: number 4').path);
      writeFileSync(join(home, 'mail/INBOX/cur/1.fresh.here:2,S'), message('from the client'));
      // mbsync 1.4 takes names as IMAP has them.
      for (const sub of ['tmp', 'new', 'cur'])
        mkdirSync(join(home, 'mail/Lists/T&AOQ-mis', sub), { recursive: true });
      for (const sub of ['tmp', 'new', 'cur']) mkdirSync(join(home, 'mail/Lists', sub), { recursive: true });
      writeFileSync(join(home, 'mail/Lists/T&AOQ-mis/cur/2.fresh.here:2,RS'), message('in a mailbox'));
      // There: one flagged by another program, one that is new.
      const there = daemon.files(ANNA).find(({ octets }) => octets.includes('number 5'));
      if (there === undefined) throw new Error('number 5 is not there');
      renameSync(
        daemon.maildir(ANNA, there.name.includes(':2,') ? `cur/${there.name}` : `new/${there.name}`),
        daemon.maildir(ANNA, `cur/${there.name.split(':')[0]}:2,RS`),
      );
      await daemon.deliver(ANNA, message('from the server'));
      // What other programs do to the files is seen within a second.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await sync();
      // What mbsync has asked for is in the names of the files half a second later.
      await new Promise((resolve) => setTimeout(resolve, 1500));

      const inbox = local(home, 'INBOX');
      expect(only(inbox, 'Subject: number 5').flags).toBe('RS');
      expect(only(inbox, 'Subject: from the server').flags).toBe('');
      expect(inbox.length).toBe(11);
      const mail = server();
      expect(mail.length).toBe(11);
      expect(mail.filter(({ text }) => text.includes('Subject: number 4'))).toEqual([]);
      expect(mail.find(({ text }) => text.includes('Subject: number 3'))?.flags).toBe('FS');
      expect(mail.find(({ text }) => text.includes('Subject: from the client'))?.flags).toBe('S');
      const [listed] = server('.Lists.T&AOQ-mis');
      expect(listed).toEqual({ flags: 'RS', text: plain(message('in a mailbox')) });

      // A second machine has the same; the first has nothing more to do.
      const second = daemon.home(`second-${tls}`);
      await sync(second);
      const sorted = (files: readonly File[]) => files.map(({ flags, text }) => `${flags} ${text}`).sort();
      expect(sorted(local(second, 'INBOX'))).toEqual(sorted(local(home, 'INBOX')));
      expect(sorted(local(second, 'Lists/T&AOQ-mis'))).toEqual(sorted(local(home, 'Lists/T&AOQ-mis')));
      const before = local(home, 'INBOX').map(({ path }) => path);
      await sync();
      expect(local(home, 'INBOX').map(({ path }) => path)).toEqual(before);
    });

    it('keeps UIDs when the server starts again and its index is made anew', async () => {
      const uids = (): string[] =>
        local(home, 'INBOX')
          .map(({ path }) => /,U=\d+/.exec(path)?.[0] ?? path)
          .sort();
      const before = uids();
      await daemon.stop();
      const rebuilt = await tamis(['store', 'rebuild', '--config', daemon.configFile, ANNA]);
      expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
      await daemon.start();
      await sync();
      expect(uids()).toEqual(before);
      expect(server().length).toBe(before.length);
    });

    describeShared('corpora/index.tsv', 'with the corpora', () => {
      it('brings 200 messages there and back, byte for byte', async () => {
        const all = corpusMessages('spamassassin', 'list-openbmc', 'csdmc2010');
        // mbsync takes no NUL, and makes LF of a CR before it.
        const chosen = all
          .filter((_, at) => at % Math.ceil(all.length / 230) === 0)
          .map(({ path }) => readFileSync(path))
          .filter((octets) => !octets.includes(0) && !/\r(?!\n)/.test(octets.toString('latin1')))
          .slice(0, 200);
        expect(chosen.length).toBe(200);
        for (const sub of ['tmp', 'new', 'cur'])
          mkdirSync(join(home, 'mail/Corpus', sub), { recursive: true });
        for (const [at, octets] of chosen.entries())
          writeFileSync(join(home, `mail/Corpus/cur/${at}.corpus.here:2,S`), octets);
        await sync();
        expect(server('.Corpus').length).toBe(200);
        const third = daemon.home(`third-${tls}`);
        await sync(third);
        const texts = local(third, 'Corpus').map(({ text }) => text);
        expect(texts.sort()).toEqual(chosen.map(plain).sort());
      });
    });
  });
});
