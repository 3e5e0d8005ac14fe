import { describe, expect, it } from 'vitest';
import type { ImapClient, ImapReply } from '../support/imap-client.ts';
import { ADMIN, ANNA, BERT, ImapRig } from '../support/imap-rig.ts';

/**
 * The table of RFC 4314 §4, asked of the server: every command with every right alone, with `l` beside it, and with all
 * rights but one.
 */
const RIGHTS = 'lrswipkxtea';
const SETS = [
  '',
  RIGHTS,
  ...RIGHTS.split('').flatMap((right) => (right === 'l' ? ['l'] : [right, `l${right}`])),
  ...RIGHTS.split('').map((right) => RIGHTS.replace(right, '')),
];

interface Asked {
  /** The mailbox with the rights, with one message in it; and two like it to delete and rename. */
  readonly box: string;
  readonly doomed: string;
  readonly moving: string;
}

interface Operation {
  /** What it needs, as the RFC says it. */
  readonly needs: (has: (right: string) => boolean) => boolean;
  readonly run: (client: ImapClient, asked: Asked) => Promise<ImapReply>;
}

const any =
  (rights: string) =>
  (has: (right: string) => boolean): boolean =>
    rights.split('').some(has);
const all =
  (rights: string) =>
  (has: (right: string) => boolean): boolean =>
    rights.split('').every(has);
const KNOWN = any('lrikxa');

const OPERATIONS: Readonly<Record<string, Operation>> = {
  SELECT: { needs: all('r'), run: (client, { box }) => client.command(`SELECT "${box}"`) },
  EXAMINE: { needs: all('r'), run: (client, { box }) => client.command(`EXAMINE "${box}"`) },
  STATUS: { needs: all('r'), run: (client, { box }) => client.command(`STATUS "${box}" (MESSAGES)`) },
  MYRIGHTS: { needs: KNOWN, run: (client, { box }) => client.command(`MYRIGHTS "${box}"`) },
  GETACL: { needs: all('a'), run: (client, { box }) => client.command(`GETACL "${box}"`) },
  SETACL: { needs: all('a'), run: (client, { box }) => client.command(`SETACL "${box}" eve@example.org l`) },
  DELETEACL: {
    needs: all('a'),
    run: (client, { box }) => client.command(`DELETEACL "${box}" eve@example.org`),
  },
  LISTRIGHTS: { needs: all('a'), run: (client, { box }) => client.command(`LISTRIGHTS "${box}" anyone`) },
  GETQUOTAROOT: { needs: KNOWN, run: (client, { box }) => client.command(`GETQUOTAROOT "${box}"`) },
  GETMETADATA: {
    needs: (has) => has('l') && any('rswip')(has),
    run: (client, { box }) => client.command(`GETMETADATA "${box}" /shared/comment`),
  },
  'SETMETADATA private': {
    needs: (has) => has('l') && any('rswip')(has),
    run: (client, { box }) => client.command(`SETMETADATA "${box}" (/private/comment "x")`),
  },
  'SETMETADATA shared': {
    needs: all('lw'),
    run: (client, { box }) => client.command(`SETMETADATA "${box}" (/shared/comment "x")`),
  },
  APPEND: {
    needs: all('i'),
    run: (client, { box }) => client.command(`APPEND "${box}" {3}`, 'abc'),
  },
  COPY: {
    needs: all('i'),
    run: async (client, { box }) => {
      await client.ok('SELECT INBOX');
      return client.command(`COPY 1 "${box}"`);
    },
  },
  CREATE: { needs: all('k'), run: (client, { box }) => client.command(`CREATE "${box}/Below"`) },
  DELETE: { needs: all('x'), run: (client, { doomed }) => client.command(`DELETE "${doomed}"`) },
  RENAME: {
    needs: all('x'),
    run: (client, { moving }) =>
      client.command(`RENAME "${moving}" "Other Users/${ANNA}/Top/${moving.slice(-8)}"`),
  },
};

describe('rights over IMAP', () => {
  const rig = new ImapRig();

  it('are asked for by every command, and those that are missing hide what may not be seen', async () => {
    await rig.start();
    const anna = await rig.store.user(ANNA);
    await rig.deliver(['Subject: mine\n\ntext\n'], 'INBOX', BERT);
    await anna.create('Top');
    await anna.acl.set('Top', BERT, 'replace', 'lk');
    const client = await rig.loggedIn(BERT);
    let asked = 0;
    for (const [index, rights] of SETS.entries()) {
      const names = ['Box', 'Doomed', 'Moving'].map((name) => `${name}${String(index).padStart(2, '0')}`);
      for (const name of names) {
        await anna.create(name);
        await anna.acl.set(name, BERT, 'replace', rights);
      }
      const [box = '', doomed = '', moving = ''] = names.map((name) => `Other Users/${ANNA}/${name}`);
      await rig.deliver(['Subject: x\n\ntext\n'], names[0]);
      const has = (right: string): boolean => rights.includes(right);
      const listed = (await client.ok(`LIST "" "Other Users/${ANNA}/*"`)).untagged.join('\n');
      expect(listed.includes(box), `LIST with "${rights}"`).toBe(has('l'));
      for (const [name, { needs, run }] of Object.entries(OPERATIONS)) {
        const reply = await run(client, { box, doomed, moving });
        const { status, code } = reply;
        const what = `${name} with "${rights}": ${reply.raw}`;
        if (needs(has)) expect(status, what).toBe('OK');
        else {
          expect(status, what).toBe('NO');
          // Making a mailbox is refused in one way whether its parent is there or not.
          const hidden = !has('l') && name !== 'CREATE';
          const expected = hidden ? /^(?:NONEXISTENT|TRYCREATE)/ : /^NOPERM/;
          expect(code, what).toMatch(expected);
        }
        asked++;
      }
    }
    expect(asked).toBe(SETS.length * Object.keys(OPERATIONS).length);
  });

  it('decide in an open mailbox over each flag, over expunging and moving', async () => {
    await rig.start();
    const anna = await rig.store.user(ANNA);
    const [client, owner] = [await rig.loggedIn(BERT), await rig.loggedIn(ANNA)];
    for (const [index, rights] of SETS.filter((set) => set.includes('r')).entries()) {
      const name = `Box${index}`;
      await anna.create(name);
      await anna.acl.set(name, BERT, 'replace', rights);
      await rig.deliver(['Subject: x\n\ntext\n', 'Subject: y\n\ntext\n'], name);
      const has = (right: string): boolean => rights.includes(right);
      const flagsOf = async (uid: number): Promise<string> => {
        await owner.ok(`SELECT "${name}"`);
        return (await owner.ok(`UID FETCH ${uid} (FLAGS)`)).untagged.join('\n');
      };
      const selected = await client.ok(`SELECT "Other Users/${ANNA}/${name}"`);
      const writable = any('swite')(has);
      expect(selected.code, rights).toBe(writable ? 'READ-WRITE' : 'READ-ONLY');
      await client.ok('UID FETCH 1 (BODY[])');
      expect((await flagsOf(1)).includes('\\Seen'), `FETCH with "${rights}"`).toBe(has('s'));
      for (const [flag, right] of [
        ['\\Seen', 's'],
        ['\\Deleted', 't'],
        ['\\Flagged', 'w'],
        ['$Label', 'w'],
      ] as const) {
        const reply = await client.command(`UID STORE 2 +FLAGS (${flag})`);
        expect(reply.status, `STORE ${flag} with "${rights}": ${reply.raw}`).toBe(has(right) ? 'OK' : 'NO');
        expect((await flagsOf(2)).includes(flag), `${flag} with "${rights}"`).toBe(has(right));
      }
      await owner.ok(`SELECT "${name}"`);
      await owner.ok('UID STORE 2 +FLAGS (\\Deleted)');
      const moved = await client.command('UID MOVE 1 INBOX');
      expect(moved.status, `MOVE with "${rights}": ${moved.raw}`).toBe(all('te')(has) ? 'OK' : 'NO');
      const expunged = await client.command('EXPUNGE');
      expect(expunged.status, `EXPUNGE with "${rights}": ${expunged.raw}`).toBe(has('e') ? 'OK' : 'NO');
      await owner.ok(`SELECT "${name}"`);
      const left = (await owner.ok('UID SEARCH ALL').catch(() => owner.ok('UID FETCH 1:* (UID)'))).untagged;
      expect(
        left.some((line) => /\b2\b/.test(line) && !/EXISTS|RECENT/.test(line)),
        rights,
      ).toBe(!has('e'));
    }
  });

  it('decide which flags come with what is appended and copied', async () => {
    await rig.start();
    const anna = await rig.store.user(ANNA);
    const [client, owner] = [await rig.loggedIn(BERT), await rig.loggedIn(ANNA)];
    await rig.deliver(['Subject: mine\n\ntext\n'], 'INBOX', BERT);
    await client.ok('SELECT INBOX');
    await client.ok('STORE 1 +FLAGS (\\Seen \\Deleted \\Flagged $Label)');
    for (const [index, rights] of SETS.filter((set) => set.includes('i')).entries()) {
      const name = `Box${index}`;
      await anna.create(name);
      await anna.acl.set(name, BERT, 'replace', rights);
      await client.ok(`APPEND "Other Users/${ANNA}/${name}" (\\Seen \\Deleted \\Flagged $Label) {3}`, 'abc');
      await client.ok(`COPY 1 "Other Users/${ANNA}/${name}"`);
      await owner.ok(`SELECT "${name}"`);
      for (const line of (await owner.ok('FETCH 1:2 (FLAGS)')).untagged)
        for (const [flag, right] of [
          ['\\Seen', 's'],
          ['\\Deleted', 't'],
          ['\\Flagged', 'w'],
          ['$Label', 'w'],
        ] as const)
          expect(line.includes(flag), `${flag} with "${rights}": ${line}`).toBe(rights.includes(right));
    }
  });
});

describe('an administrator over IMAP', () => {
  const rig = new ImapRig();

  it('manages the mailboxes, rights and limits of others, and reads nothing', async () => {
    await rig.start();
    const lists = `Other Users/${BERT}/Lists`;
    const admin = await rig.loggedIn(ADMIN);
    await admin.ok(`CREATE "${lists}"`);
    await admin.ok(`SETACL "${lists}" ${ANNA} lr`);
    await admin.ok(`SETQUOTA ${BERT} (MESSAGE 1)`);
    expect((await admin.ok(`LIST "" "Other Users/${BERT}/%"`)).untagged.join('\n')).toContain(`"${lists}"`);
    expect((await admin.command(`SELECT "${lists}"`)).code).toBe('NOPERM');
    const anna = await rig.loggedIn(ANNA);
    expect((await anna.ok('LIST "" *')).untagged.join('\n')).toContain(`"${lists}"`);
    expect((await anna.command(`SETQUOTA ${ANNA} (MESSAGE 1)`)).code).toBe('NOPERM');
    const bert = await rig.loggedIn(BERT);
    await bert.ok('APPEND Lists {3}', 'abc');
    expect((await bert.command('APPEND Lists {3}', 'abc')).code).toBe('OVERQUOTA');
    expect((await bert.ok('GETQUOTAROOT INBOX')).untagged).toEqual([
      `QUOTAROOT INBOX ${BERT}`,
      `QUOTA ${BERT} (MESSAGE 1 1)`,
    ]);
    await admin.ok(`RENAME "${lists}" "Other Users/${BERT}/Old"`);
    await admin.ok(`DELETE "Other Users/${BERT}/Old"`);
    expect((await anna.ok('LIST "" *')).untagged.join('\n')).not.toContain(BERT);
    expect((await admin.command('CREATE "Other Users/nobody@example.org/x"')).code).toBe('NOPERM');
  });
});
