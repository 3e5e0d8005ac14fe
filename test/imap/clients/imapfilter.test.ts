import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNA, BERT, eventually, MailDaemon, message, PASSWORD, TLS } from '../../support/mail-daemon.ts';
import { describePeers } from '../../support/peers.ts';

describePeers(['imapfilter'], 'imapfilter', () => {
  describe.each(TLS)('over %s', (tls) => {
    const daemon = new MailDaemon();

    async function filter(script: string): Promise<string> {
      const home = daemon.home('home');
      const account = (name: string, user: string): string => `${name} = IMAP {
  server = 'localhost', port = ${daemon.imapPort(tls)}, username = '${user}', password = '${PASSWORD}',
  ${tls === 'TLS' ? "ssl = 'auto'" : ''}
}`;
      const config = `options.create = true
options.subscribe = true
options.info = false
options.timeout = 30
${account('anna', ANNA)}
${script.includes('bert') ? account('bert', BERT) : ''}
${script}
`;
      writeFileSync(join(home, 'config.lua'), config, { mode: 0o600 });
      const ran = await daemon.run(
        'imapfilter',
        ['-t', daemon.certificate, '-c', join(home, 'config.lua'), '-l', join(home, 'log')],
        { home, seconds: 40 },
      );
      expect(ran).toMatchObject({ code: 0 });
      return ran.stdout;
    }

    const subjects = (account: string, folder = ''): string[] =>
      daemon
        .files(account, folder)
        .map(({ octets }) => /^Subject: (.*?)\r?$/m.exec(octets.toString())?.[1] ?? '')
        .sort();

    beforeAll(async () => {
      await daemon.serve();
      for (const n of [1, 2, 3, 4, 5]) await daemon.deliver(ANNA, message(`number ${n}`, `needle ${n}`));
      await daemon.deliver(ANNA, message('big', 'x'.repeat(20_000)));
    });
    afterAll(() => daemon.dispose());

    it('searches, flags, copies, moves, deletes, and uploads to another account', async () => {
      const output = await filter(`
local exist, unread, recent, next = anna.INBOX:check_status()
print('status', exist, unread)
print('subject', #anna.INBOX:contain_subject('number'))
print('body', #anna.INBOX:contain_body('needle 2'))
print('larger', #anna.INBOX:is_larger(10000))
print('new', #anna.INBOX:is_unseen())
print('sum', #(anna.INBOX:is_unseen() * anna.INBOX:contain_subject('3') + anna.INBOX:contain_subject('4')))
print('dates', #anna.INBOX:arrived_since(form_date(2)))
anna.INBOX:contain_subject('number 1'):mark_flagged()
anna.INBOX:contain_subject('number 2'):copy_messages(anna['Copies'])
anna.INBOX:contain_subject('number 3'):move_messages(anna['Work/Later'])
anna.INBOX:contain_subject('number 4'):delete_messages()
anna.INBOX:is_larger(10000):move_messages(bert['From anna'])
anna.INBOX:contain_subject('number 5'):add_flags({ 'Mine', '\\\\Seen' })
print('keyword', #anna.INBOX:has_keyword('Mine'))
local boxes, folders = anna:list_all()
table.sort(boxes)
print('boxes', table.concat(boxes, ' '))
for _, m in ipairs(anna['Copies']:select_all()) do
  print('structure', m[1][m[2]]:fetch_field('Subject'))
end
`);
      const lines = Object.fromEntries(
        output.split('\n').map((line) =>
          line
            .trim()
            .split(/\t(.*)/)
            .slice(0, 2),
        ),
      );
      expect(lines).toMatchObject({
        status: '6\t6',
        subject: '5',
        body: '1',
        larger: '1',
        new: '6',
        sum: '2',
        dates: '6',
        keyword: '1',
        boxes: expect.stringContaining('Copies INBOX'),
        structure: 'Subject: number 2',
      });
      const inbox = await eventually(
        () => subjects(ANNA),
        (names) => names.length === 3,
      );
      expect(inbox).toEqual(['number 1', 'number 2', 'number 5']);
      expect(subjects(ANNA, '.Copies')).toEqual(['number 2']);
      expect(subjects(ANNA, '.Work.Later')).toEqual(['number 3']);
      expect(subjects(BERT, '.From anna')).toEqual(['big']);
    });
  });
});
