import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNA, eventually, MailDaemon, message, PASSWORD, type Ran, TLS } from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';

describePeers(['s-nail'], 's-nail', () => {
  describe.each(TLS)('over %s', (tls) => {
    const daemon = new MailDaemon();

    /** Runs commands with the inbox open. */
    async function mail(...commands: string[]): Promise<Ran> {
      const user = ANNA.replace('@', '%40');
      const url = `${tls === 'TLS' ? 'imaps' : 'imap'}://${user}:${encodeURIComponent(PASSWORD)}@localhost:${daemon.imapPort(tls)}`;
      const set = [
        `folder=${url}`,
        `tls-ca-file=${daemon.certificate}`,
        'tls-ca-no-defaults',
        'tls-verify=strict',
        'imap-use-starttls',
        'keep',
        'hold',
        'v15-compat=y',
      ];
      const ran = await daemon.run(
        's-nail',
        ['-:/', '-#', ...set.map((one) => `-S${one}`), '-f', `${url}/INBOX`],
        {
          input: `${commands.join('\n')}\n`,
        },
      );
      expect(ran.code).toBe(0);
      return ran;
    }

    beforeAll(async () => {
      await daemon.serve();
      for (const n of [1, 2, 3, 4]) await daemon.deliver(ANNA, message(`number ${n}`, `body ${n}`));
    });
    afterAll(() => daemon.dispose());

    it('lists, reads, searches, flags, copies and deletes', async () => {
      const ran = await mail(
        'from *',
        'print 2',
        'from @number\\ 3',
        'flag 3',
        'copy 2 +Kept',
        'delete 4',
        'quit',
      );
      for (const n of [1, 2, 3, 4]) expect(ran.output).toContain(`number ${n}`);
      expect(ran.output).toContain('body 2');
      const subject = (octets: Buffer): string => /^Subject: (.*?)\r?$/m.exec(octets.toString())?.[1] ?? '';
      const inbox = await eventually(
        () => Object.fromEntries(daemon.files(ANNA).map(({ flags, octets }) => [subject(octets), flags])),
        (now) => Object.keys(now).length === 3 && now['number 2'] !== '' && now['number 3'] !== '',
      );
      expect(Object.keys(inbox).sort()).toEqual(['number 1', 'number 2', 'number 3']);
      expect(inbox['number 2']).toContain('S');
      expect(inbox['number 3']).toContain('F');
      expect(daemon.files(ANNA, '.Kept').map(({ octets }) => subject(octets))).toEqual(['number 2']);
      expect((await mail('from *', 'quit')).output).not.toContain('number 4');
    });
  });
});
