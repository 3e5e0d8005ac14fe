import { mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ImapClient } from '../support/imap-client.ts';
import { ANNA, eventually, MailDaemon, message, PASSWORD, soon, waits } from '../support/mail-daemon.ts';
import { describePeers } from '../support/peers.ts';
import { TamisServer } from '../support/tamis.ts';

/** LMTP and IMAP in one process, IMAP in another, programs that know Maildir beside them. */
const one = new MailDaemon();
const other = new TamisServer();
const clients: ImapClient[] = [];

/** A client of one of the processes. */
async function login(server: TamisServer): Promise<ImapClient> {
  const client = await ImapClient.connect(server.port('imap'));
  clients.push(client);
  await client.greeted();
  await client.startTls();
  await client.ok(`LOGIN "${ANNA}" "${PASSWORD}"`);
  return client;
}

/** A client that waits for news of a mailbox. */
async function idling(server: TamisServer, box: string): Promise<ImapClient> {
  const client = await login(server);
  await client.ok(`SELECT "${box}"`);
  client.send('i IDLE\r\n');
  await client.until(/^\+/);
  return client;
}

const subject = (octets: Buffer): string => /^Subject: (.*?)\r?$/m.exec(octets.toString())?.[1] ?? '';
const flags = (folder: string): Record<string, string> =>
  Object.fromEntries(one.files(ANNA, folder).map((file) => [subject(file.octets), file.flags]));
const path = (folder: string, wanted: string): string => {
  const found = one.files(ANNA, folder).find(({ octets }) => subject(octets) === wanted);
  if (found === undefined) throw new Error(`${wanted} is not there`);
  return join(one.maildir(ANNA, folder), found.name.includes(':2,') ? 'cur' : 'new', found.name);
};
const bare = (file: string): string => file.split('/').at(-1)?.split(':')[0] ?? '';

beforeAll(async () => {
  await one.serve();
  // An admin may have the data folder elsewhere by a link.
  symlinkSync(one.data, other.data);
  other.configure(`hostname: localhost
policy: {domains: [tamis.test]}
servers: {imap: {listen: ['127.0.0.1:0']}, http: {listen: []}}
delivery: {outbound: {folder: spool}}
`);
  await other.start();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});
afterAll(async () => {
  await other.dispose();
  await one.dispose();
});

describe('several processes at one mailbox', () => {
  it('hear of what the other process does: new mail, flags, expunged messages, mailboxes', async () => {
    const away = await idling(other, 'INBOX');
    const notified = await login(other);
    await notified.ok('NOTIFY SET (PERSONAL (MessageNew MessageExpunge MailboxName))');
    await one.deliver(ANNA, message('by LMTP'));
    expect(await soon(away, /EXISTS/)).toBe('* 1 EXISTS');
    await soon(notified, /^\* STATUS INBOX \(.*MESSAGES 1/);

    const near = await login(one);
    await near.ok('SELECT INBOX');
    await near.ok('STORE 1 +FLAGS (\\Flagged $Label1)');
    expect(await soon(away, / FETCH /)).toMatch(/\\Flagged.*\$Label1|\$Label1.*\\Flagged/);
    await near.ok('CREATE Made');
    expect(await soon(notified, /^\* LIST/)).toMatch(/ Made$/);
    const octets = message('appended');
    await near.ok(`APPEND Made {${octets.length}}`, octets);
    await soon(notified, /^\* STATUS Made \(.*MESSAGES 1/);
    await near.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await near.ok('EXPUNGE');
    expect(await soon(away, /EXPUNGE/)).toBe('* 1 EXPUNGE');
    expect(await soon(notified, /^\* STATUS INBOX/)).toMatch(/MESSAGES 0/);
  });

  it('keep each others UIDs apart when both append at once, and agree in the end', async () => {
    const [near, far] = await Promise.all([login(one), login(other)]);
    await near.ok('CREATE Both');
    const append = async (client: ImapClient, name: string): Promise<number[]> => {
      const uids: number[] = [];
      for (let n = 0; n < 25; n++) {
        const octets = message(`${name} ${n}`);
        const { code } = await client.ok(`APPEND Both {${octets.length}}`, octets);
        uids.push(Number(code.split(' ')[2]));
      }
      return uids;
    };
    const uids = (await Promise.all([append(near, 'near'), append(far, 'far')])).flat();
    expect(new Set(uids).size).toBe(50);
    const state = async (client: ImapClient): Promise<string[]> => {
      await client.ok('SELECT Both');
      const { untagged } = await client.ok('FETCH 1:* (UID BODY[HEADER.FIELDS (SUBJECT)])');
      return untagged
        .filter((line) => line.includes(' FETCH '))
        .map((line) => line.replace(/ FLAGS \([^)]*\)/, ''));
    };
    const seen = await state(near);
    expect(seen.length).toBe(50);
    expect(await state(far)).toEqual(seen);
  });
});

describe('programs that know Maildir, beside the servers', () => {
  it('are noticed within a second, whatever they do', async () => {
    const near = await login(one);
    await near.ok('CREATE Dir');
    const heard = [await idling(one, 'Dir'), await idling(other, 'Dir')];
    one.drop(ANNA, message('dropped'), '.Dir');
    for (const client of heard) expect(await soon(client, /EXISTS/)).toBe('* 1 EXISTS');
    const file = path('.Dir', 'dropped');
    renameSync(file, join(one.maildir(ANNA, '.Dir'), `cur/${bare(file)}:2,FS`));
    for (const client of heard)
      expect(await soon(client, / FETCH /)).toMatch(/\\Flagged \\Seen|\\Seen \\Flagged/);
    unlinkSync(path('.Dir', 'dropped'));
    for (const client of heard) expect(await soon(client, /EXPUNGE/)).toBe('* 1 EXPUNGE');
  });

  it('are noticed when they make, fill and rename mailboxes', async () => {
    const notified = await login(other);
    await notified.ok('NOTIFY SET (PERSONAL (MessageNew MessageExpunge MailboxName))');
    one.drop(ANNA, message('in a new mailbox'), '.Foreign.Sub');
    expect(await soon(notified, /^\* LIST.*Foreign\/Sub/)).toContain('Foreign/Sub');
    await notified.ok('SELECT "Foreign/Sub"');
    expect((await notified.ok('FETCH 1 BODY.PEEK[]')).untagged.join()).toContain('in a new mailbox');
  });

  it('find flags of IMAP in the names of files within a second, and merge with changes at the same time', async () => {
    const near = await login(one);
    await near.ok('CREATE Merge');
    for (const n of [1, 2]) one.drop(ANNA, message(`merge ${n}`), '.Merge');
    await eventually(
      async () => (await near.ok('STATUS Merge (MESSAGES)')).untagged.join(),
      (told) => told.includes('MESSAGES 2'),
    );
    await near.ok('SELECT Merge');
    await near.ok('STORE 1:2 +FLAGS (\\Answered)');
    // Before our flags stand in the names, another program sets one of its own.
    const file = path('.Merge', 'merge 1');
    mkdirSync(join(one.maildir(ANNA, '.Merge'), 'cur'), { recursive: true });
    renameSync(file, join(one.maildir(ANNA, '.Merge'), `cur/${bare(file)}:2,F`));
    const wanted = { 'merge 1': 'FR', 'merge 2': 'R' };
    const found = await eventually(
      // What another program has done is merged when somebody looks at the mailbox.
      async () => {
        await near.ok('NOOP');
        return flags('.Merge');
      },
      (now) => isDeepStrictEqual(now, wanted),
      3000,
    );
    expect(found).toEqual(wanted);
    const told = (await near.ok('FETCH 1:2 FLAGS')).untagged.join('\n');
    expect(told).toMatch(/\\Answered.*\\Flagged|\\Flagged.*\\Answered/);
  });
});

describePeers(['mutt', 'script'], 'mutt on the Maildir itself', () => {
  it('flags and deletes, and IMAP hears of it within a second', async () => {
    const near = await login(one);
    await near.ok('CREATE Mutt');
    for (const n of [1, 2, 3]) one.drop(ANNA, message(`mutt ${n}`), '.Mutt');
    const heard = [await idling(one, 'Mutt'), await idling(other, 'Mutt')];
    const home = one.home('home');
    const settings = [
      'mbox_type=Maildir',
      'delete=yes',
      'move=no',
      'wait_key=no',
      'sleep_time=0',
      `folder=${home}`,
    ];
    const keys = "<search>~s 'mutt 1'<enter><flag-message><delete-pattern>~s 'mutt 2'<enter><quit>";
    writeFileSync(
      join(home, 'muttrc'),
      `${settings.map((line) => `set ${line}`).join('\n')}\nunset mark_old\npush "${keys}"\n`,
    );
    const ran = await one.run('mutt', ['-n', '-F', join(home, 'muttrc'), '-f', one.maildir(ANNA, '.Mutt')], {
      home,
      terminal: true,
      seconds: 30,
    });
    expect(ran.code).toBe(0);
    for (const client of heard) {
      const lines = [await soon(client, /EXPUNGE| FETCH /), await soon(client, /EXPUNGE| FETCH /)].join('\n');
      expect(lines).toContain('EXPUNGE');
      expect(lines).toContain('\\Flagged');
    }
    expect(Object.keys(flags('.Mutt')).sort()).toEqual(['mutt 1', 'mutt 3']);
    expect(flags('.Mutt')['mutt 1']).toBe('F');
  });
});

it('changes are told within a second, as a rule: one of them may come late on a busy machine', () => {
  const [median = Infinity] = waits.toSorted((one, other) => one - other).slice(waits.length >> 1);
  expect(median).toBeLessThan(1000);
});
