import { afterAll, beforeAll, expect, it } from 'vitest';
import { ImapClient } from '../support/imap-client.ts';
import { ANNA, BERT, MailDaemon, message, PASSWORD, soon } from '../support/mail-daemon.ts';
import { SieveClient } from '../support/managesieve-client.ts';

/** What `npm start` is good for, from the first login to the second machine; each step stands on those before it. */
const daemon = new MailDaemon();
const clients: ImapClient[] = [];

const QUOTA = 100 * 1024;
const SCRIPT = `require ["fileinto", "mailbox", "imap4flags"];
if header :contains "list-id" "tamis" { fileinto :create "Lists/Tamis"; }
elsif header :contains "subject" "invoice" { fileinto :create :flags "\\\\Flagged" "Money"; }
`;
const toList = (n: number): string =>
  message(`list ${n}`, `to the list ${n}`)
    .toString()
    .replace('Subject:', 'List-Id: <dev.tamis.test>\r\nSubject:');

async function login(user: string, tls: 'TLS' | 'STARTTLS' = 'TLS'): Promise<ImapClient> {
  const port = daemon.imapPort(tls);
  const client = await (tls === 'TLS' ? ImapClient.connectTls(port) : ImapClient.connect(port));
  clients.push(client);
  await client.greeted();
  if (tls === 'STARTTLS') await client.startTls();
  await client.ok(`LOGIN "${user}" "${PASSWORD}"`);
  return client;
}

/** What a mailbox holds, as one client sees it. */
async function contents(client: ImapClient, box: string): Promise<string[]> {
  await client.ok(`EXAMINE "${box}"`);
  const { untagged } = await client.ok('UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])');
  return untagged
    .filter((line) => / FETCH /.test(line))
    .map((line) => line.replace(' \\Recent', '').replace('\\Recent', ''));
}

beforeAll(() => daemon.serve(`store: {quota: {storage: ${QUOTA}}}`));
afterAll(async () => {
  for (const client of clients) client.destroy();
  await daemon.dispose();
});

let anna: ImapClient;

it('anna connects over TLS, sees her inbox and makes folders', async () => {
  anna = await login(ANNA);
  await anna.ok('CREATE Lists');
  await anna.ok('CREATE Sent (USE (\\Sent))');
  const { untagged } = await anna.ok('LIST "" "*" RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))');
  expect(
    untagged
      .filter((line) => line.startsWith('LIST'))
      .map((line) => line.split(' ').at(-1) ?? '')
      .sort(),
  ).toEqual(['INBOX', 'Lists', 'Sent']);
  expect(untagged.join('\n')).toMatch(/^LIST \([^)]*\\Sent[^)]*\) "\/" Sent$/m);
  expect(untagged).toContain('STATUS INBOX (MESSAGES 0 UNSEEN 0)');
});

it('uploads a script by ManageSieve that sorts her mail', async () => {
  const sieve = await SieveClient.connect(daemon.port('managesieve'));
  await sieve.reply();
  await sieve.startTls();
  expect((await sieve.plain(ANNA, PASSWORD)).status).toBe('OK');
  expect((await sieve.command(`PUTSCRIPT "sort" {${Buffer.byteLength(SCRIPT)}+}\r\n${SCRIPT}`)).status).toBe(
    'OK',
  );
  expect((await sieve.command('SETACTIVE "sort"')).status).toBe('OK');
  sieve.destroy();
});

it('hears within a second of mail that comes by LMTP: by IDLE, and by NOTIFY of folders that are new', async () => {
  const idle = await login(ANNA);
  await idle.ok('SELECT INBOX');
  idle.send('i IDLE\r\n');
  await soon(idle, /^\+/);
  const notify = await login(ANNA);
  await notify.ok('NOTIFY SET (PERSONAL (MessageNew MessageExpunge MailboxName))');

  await daemon.deliver(ANNA, message('hello'));
  expect(await soon(idle, /EXISTS/)).toBe('* 1 EXISTS');
  await soon(notify, /^\* STATUS INBOX /);

  await daemon.deliver(ANNA, toList(1));
  expect(await soon(notify, /^\* LIST/)).toMatch(/ "\/" Lists\/Tamis$/);
  await soon(notify, /^\* STATUS Lists\/Tamis \(.*MESSAGES 1.*\)$/);
  await daemon.deliver(ANNA, message('invoice 7'));
  await soon(notify, /^\* STATUS Money \(.*MESSAGES 1.*\)$/);
  idle.send('DONE\r\n');
  await idle.reply('i');
  expect((await contents(anna, 'Money')).join()).toContain('FLAGS (\\Flagged)');
});

it('shares a folder with bert, who reads it, and may do no more than she lets him', async () => {
  const bert = await login(BERT);
  const shared = `Other Users/${ANNA}/Lists/Tamis`;
  expect((await bert.command(`SELECT "${shared}"`)).code).toBe('NONEXISTENT');
  await anna.ok(`SETACL Lists/Tamis ${BERT} lrs`);
  expect((await bert.ok('LIST "" "*"')).untagged.join('\n')).toContain(`"${shared}"`);
  expect((await bert.ok(`MYRIGHTS "${shared}"`)).untagged).toEqual([`MYRIGHTS "${shared}" lrs`]);
  await bert.ok(`SELECT "${shared}"`);
  expect((await bert.ok('FETCH 1 BODY.PEEK[TEXT]')).untagged.join()).toContain('to the list 1');
  expect((await bert.command('STORE 1 +FLAGS (\\Deleted)')).status).toBe('NO');
  expect((await bert.command(`APPEND "${shared}" {11+}\r\nFrom: a\r\n\r\n`)).code).toBe('NOPERM');
  expect((await bert.command(`SELECT "Other Users/${ANNA}/Money"`)).code).toBe('NONEXISTENT');
  // He is told of what comes while he looks at it.
  await bert.ok(`SELECT "${shared}"`);
  bert.send('i IDLE\r\n');
  await soon(bert, /^\+/);
  await daemon.deliver(ANNA, toList(2));
  expect(await soon(bert, /EXISTS/)).toBe('* 2 EXISTS');
  bert.send('DONE\r\n');
  await bert.reply('i');
  await anna.ok(`DELETEACL Lists/Tamis ${BERT}`);
  expect((await bert.command(`STATUS "${shared}" (MESSAGES)`)).code).toBe('NONEXISTENT');
});

it('hits her quota, by IMAP and by LMTP, deletes, and has room again', async () => {
  const big = message('big', `${'x'.repeat(70)}\r\n`.repeat(1000));
  await daemon.deliver(ANNA, big);
  const refused = await anna.command(`APPEND INBOX {${big.length}}`, big);
  expect(refused).toMatchObject({ status: 'NO', code: 'OVERQUOTA' });
  await expect(daemon.deliver(ANNA, big)).rejects.toThrow(/4\.2\.2/);
  const { untagged } = await anna.ok('GETQUOTAROOT INBOX');
  const [, used = '', limit = ''] = /STORAGE (\d+) (\d+)/.exec(untagged.join()) ?? [];
  expect(Number(limit)).toBe(QUOTA / 1024);
  expect(Number(used)).toBeGreaterThan(70);
  expect(Number(used)).toBeLessThanOrEqual(100);

  await anna.ok('SELECT INBOX');
  const found = (await anna.ok('UID SEARCH SUBJECT big')).untagged.join();
  const [uid = ''] = /\d+/.exec(found) ?? [];
  await anna.ok(`UID STORE ${uid} +FLAGS (\\Deleted)`);
  expect((await anna.ok(`UID EXPUNGE ${uid}`)).untagged.join()).toContain('EXPUNGE');
  await daemon.deliver(ANNA, big);
  expect((await anna.ok('NOOP')).untagged.join()).toContain('2 EXISTS');
});

it('reads the same from a second machine, and after the server has started again', async () => {
  await anna.ok('SELECT INBOX');
  await anna.ok('STORE 1 +FLAGS (\\Seen \\Answered $Forwarded)');
  const boxes = ['INBOX', 'Lists/Tamis', 'Money', 'Sent'];
  const read = async (client: ImapClient): Promise<string[][]> => {
    const all: string[][] = [];
    for (const box of boxes) all.push(await contents(client, box));
    return all;
  };
  const first = await read(anna);
  expect(first.map((box) => box.length)).toEqual([2, 2, 1, 0]);
  expect(first[0]?.[0]).toContain('$Forwarded');
  expect(await read(await login(ANNA, 'STARTTLS'))).toEqual(first);
  expect(await daemon.stop()).toBe(0);
  await daemon.start();
  expect(await read(await login(ANNA))).toEqual(first);
});
