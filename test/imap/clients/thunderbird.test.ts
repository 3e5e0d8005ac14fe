import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Marionette } from '../../support/marionette.ts';
import { ANNA, eventually, MailDaemon, message, PASSWORD, TLS } from '../../support/mail-daemon.ts';
import { describePeers, program } from '../../support/peers.ts';
import { freePort } from '../../support/port.ts';

/** Values of Thunderbird's MailSocketType. */
const SOCKET_TYPE = { STARTTLS: 2, TLS: 3 } as const;

/** Milliseconds: it does much on its own time. */
const PATIENCE = 60_000;

/** What every script begins with. */
const COMMON = `
  const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
  const server = () => MailServices.accounts.allServers.find(({ type }) => type === 'imap');
  const inbox = () => server().rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
  const named = (name) => server().rootFolder.getChildNamed(name);
  const update = (folder) => new Promise((resolve) => {
    folder.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null, {
      QueryInterface: ChromeUtils.generateQI(['nsIUrlListener']),
      OnStartRunningUrl() {},
      OnStopRunningUrl: (url, status) => resolve(status),
    });
  });
  const subjects = (folder) => [...folder.messages].map(({ subject }) => subject).sort();
  const found = (folder, subject) => [...folder.messages].find((one) => one.subject === subject);
`;

const wanted = process.env['TAMIS_THUNDERBIRD'] === '1';
const how = wanted ? describe : describe.skip;

how(wanted ? 'long run' : 'long run (skipped: it takes minutes; npm run test:thunderbird)', () => {
  describePeers(['thunderbird'], 'Thunderbird', () => {
    describe.each(TLS)('over %s', (tls) => {
      const daemon = new MailDaemon();
      let child: ChildProcess;
      let marionette: Marionette;

      beforeAll(async () => {
        await daemon.serve();
        for (const n of [1, 2, 3]) await daemon.deliver(ANNA, message(`number ${n}`, `body ${n}`));
        const profile = daemon.home('profile');
        const port = await freePort();
        const settings = {
          'marionette.port': port,
          'mail.provider.suppress_dialog_on_startup': true,
          'mail.spotlight.firstRunDone': true,
          'mail.winsearch.firstRunDone': true,
          'mailnews.start_page.enabled': false,
          'app.donation.eoy.version.viewed': 999,
          'datareporting.policy.dataSubmissionEnabled': false,
          'network.proxy.type': 0,
        };
        const lines = Object.entries(settings).map(
          ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
        );
        writeFileSync(join(profile, 'user.js'), lines.join(''));
        const args = ['--headless', '--marionette', '-remote-allow-system-access', '--profile', profile];
        child = spawn(program('thunderbird'), [...args, '--no-remote'], {
          env: { PATH: process.env['PATH'] ?? '', HOME: daemon.home('home'), LANG: 'C.UTF-8' },
          stdio: 'ignore',
        });
        marionette = await Marionette.connect(port, 120);
        await marionette.command('WebDriver:NewSession', { capabilities: { alwaysMatch: {} } });
        await marionette.command('Marionette:SetContext', { value: 'chrome' });
        await marionette.command('WebDriver:SetTimeouts', { script: 60_000 });
      }, 240_000);
      afterAll(async () => {
        marionette?.close();
        child?.kill('SIGKILL');
        await daemon.dispose();
      });

      it('reads, flags, makes a folder, copies, moves and deletes', { timeout: 240_000 }, async () => {
        const certificate = readFileSync(daemon.certificate, 'latin1').replace(/-----[^-]+-----|\s/g, '');
        await marionette.run(
          `${COMMON}
          const [user, password, port, socketType, certificate] = args;
          const certificates = Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB);
          Cc['@mozilla.org/security/certoverride;1'].getService(Ci.nsICertOverrideService)
            .rememberValidityOverride('localhost', port, {}, certificates.constructX509FromBase64(certificate), true);
          const login = Cc['@mozilla.org/login-manager/loginInfo;1'].createInstance(Ci.nsILoginInfo);
          login.init('imap://localhost', null, 'imap://localhost', user, password, '', '');
          await Services.logins.addLoginAsync(login);
          const made = MailServices.accounts.createIncomingServer(user, 'localhost', 'imap');
          made.port = port;
          made.socketType = socketType;
          made.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
          const identity = MailServices.accounts.createIdentity();
          identity.email = user;
          const account = MailServices.accounts.createAccount();
          account.addIdentity(identity);
          account.incomingServer = made;
          made.performExpand(null);`,
          ANNA,
          PASSWORD,
          daemon.imapPort(tls),
          SOCKET_TYPE[tls],
          certificate,
        );
        const listed = await eventually(
          () =>
            marionette.run(`${COMMON}
              const folder = inbox();
              if (!folder) { server().performExpand(null); return []; }
              await update(folder);
              return subjects(folder);`),
          (now) => (now as string[]).length === 3,
          PATIENCE,
        );
        expect(listed).toEqual(['number 1', 'number 2', 'number 3']);

        await marionette.run(`${COMMON}
          inbox().markMessagesFlagged([found(inbox(), 'number 1')], true);
          inbox().markMessagesRead([found(inbox(), 'number 2')], true);
          server().rootFolder.createSubfolder('Kept', null);`);
        await eventually(
          () => marionette.run(`${COMMON} try { return Boolean(named('Kept')); } catch { return false; }`),
          (there) => there === true,
          PATIENCE,
        );
        await marionette.run(`${COMMON}
          const done = () => Promise.withResolvers();
          const listener = ({ resolve }) => ({
            QueryInterface: ChromeUtils.generateQI(['nsIMsgCopyServiceListener']),
            onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId: () => null,
            onStopCopy: resolve,
          });
          for (const [subject, move] of [['number 1', false], ['number 2', true]]) {
            const waiting = done();
            MailServices.copy.copyMessages(
              inbox(), [found(inbox(), subject)], named('Kept'), move, listener(waiting), null, false);
            await waiting.promise;
          }
          inbox().deleteMessages([found(inbox(), 'number 3')], null, true, false, null, false);`);

        const subject = (octets: Buffer): string => /^Subject: (.*?)\r?$/m.exec(octets.toString())?.[1] ?? '';
        const inFolder = (folder: string): Record<string, string> =>
          Object.fromEntries(daemon.files(ANNA, folder).map(({ flags, octets }) => [subject(octets), flags]));
        const kept = await eventually(
          () => inFolder('.Kept'),
          (now) => Object.keys(now).length === 2 && (now['number 2'] ?? '').includes('S'),
          PATIENCE,
        );
        expect(kept['number 1']).toContain('F');
        expect(kept['number 2']).toContain('S');
        const left = await eventually(
          () => inFolder(''),
          (now) =>
            Object.entries(now).filter(([, flags]) => !flags.includes('T')).length === 1 &&
            (now['number 1'] ?? '').includes('F'),
          PATIENCE,
        );
        expect(Object.keys(left)).toContain('number 1');
      });
    });
  });
});
