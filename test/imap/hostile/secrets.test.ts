import { expect, test } from 'vitest';
import type { ImapClient, ImapReply } from '../../support/imap-client.ts';
import { ANNA, BERT, ImapRig } from '../../support/imap-rig.ts';

/**
 * What is refused says no more than it may (RFC 4314 §6): a mailbox that a user may not know of is answered, over every
 * command, as one that is not there.
 */
const RIGHTS = 'lrswipkxtea';
const SETS = [
  '',
  ...RIGHTS.split(''),
  ...RIGHTS.slice(1)
    .split('')
    .map((right) => `l${right}`),
  'lr',
  'lrs',
  RIGHTS,
];

const rig = new ImapRig();

interface Operation {
  /** Pieces of the command; `NAME` is the mailbox. */
  readonly command: readonly string[];
  /** Rights with which it is done; without, it is refused. */
  readonly needs: string;
}

const OPERATIONS: readonly Operation[] = [
  { command: ['SELECT "NAME"'], needs: 'r' },
  { command: ['EXAMINE "NAME" (CONDSTORE)'], needs: 'r' },
  { command: ['STATUS "NAME" (MESSAGES MAILBOXID)'], needs: 'r' },
  { command: ['APPEND "NAME" {3}', 'abc'], needs: 'i' },
  { command: ['APPEND "NAME" CATENATE (TEXT {3}', 'abc)'], needs: 'i' },
  { command: ['APPEND INBOX CATENATE (URL "/URLNAME/;UID=1")'], needs: 'r' },
  { command: ['COPY 1 "NAME"'], needs: 'i' },
  { command: ['UID COPY 1 "NAME"'], needs: 'i' },
  { command: ['REPLACE 1 "NAME" {3}', 'abc'], needs: 'i' },
  { command: ['GETACL "NAME"'], needs: 'a' },
  { command: ['SETACL "NAME" eve@example.org l'], needs: 'a' },
  { command: ['DELETEACL "NAME" eve@example.org'], needs: 'a' },
  { command: ['LISTRIGHTS "NAME" eve@example.org'], needs: 'a' },
  { command: ['DELETE "NAME/Below"'], needs: 'never' },
  { command: ['SETMETADATA "NAME" (/shared/comment "x")'], needs: 'lw' },
];

/** Answered with OK whatever the rights; what is told is another matter. */
const TELLING: readonly { readonly command: string; readonly needs: string; readonly tells: RegExp }[] = [
  { command: 'LIST "" "NAME" RETURN (STATUS (MESSAGES))', needs: 'lr', tells: /^STATUS / },
  { command: 'LIST "" "NAME" RETURN (MYRIGHTS)', needs: 'l', tells: /^(?:MYRIGHTS|LIST) / },
  { command: 'LIST "" "NAME*" RETURN (CHILDREN SPECIAL-USE)', needs: 'l', tells: /^LIST / },
  { command: 'LIST (SUBSCRIBED) "" "Other Users/*"', needs: 'l', tells: /^LIST .*NAME"?$/ },
  { command: 'ESEARCH IN (mailboxes "NAME") ALL', needs: 'lr', tells: /^ESEARCH .*MAILBOX/ },
  { command: 'ESEARCH IN (subtree "Other Users") ALL', needs: 'lr', tells: /^ESEARCH .*NAME/ },
  {
    command: 'NOTIFY SET STATUS (mailboxes "NAME" (MessageNew MessageExpunge))',
    needs: 'lr',
    tells: /^STATUS /,
  },
];

const has = (rights: string, needs: string): boolean =>
  needs !== 'never' && needs.split('').every((right) => rights.includes(right));

const encoded = (box: string): string => box.split('/').map(encodeURIComponent).join('/');

/** Without its tag, with the name of the mailbox left out. */
const without = (text: string, box: string): string =>
  text
    .replace(/^T\d+ /, '')
    .replaceAll(box, 'NAME')
    .replaceAll(encoded(box), 'NAME');

const run = (client: ImapClient, pieces: readonly string[], box: string): Promise<ImapReply> =>
  client.command(...pieces.map((piece) => piece.replace('URLNAME', encoded(box)).replace('NAME', box)));

test('what may not be known of is answered as what is not there', { timeout: 120_000 }, async () => {
  await rig.start();
  const anna = await rig.store.user(ANNA);
  await rig.deliver(
    Array.from({ length: 200 }, () => 'Subject: mine\n\nx\n'),
    'INBOX',
    BERT,
  );
  const nowhere = `Other Users/${ANNA}/Nowhere`;
  // A mailbox of hers that bert may see, so that he knows of her.
  await anna.create('Known');
  await anna.acl.set('Known', BERT, 'replace', 'l');
  const reference = new Map<string, string>();
  for (const { command } of OPERATIONS) {
    const client = await rig.selected('INBOX', BERT);
    const { raw, status } = await run(client, command, nowhere);
    expect(status, command[0]).toBe('NO');
    reference.set(command.join(' '), without(raw, nowhere));
  }
  for (const [index, rights] of SETS.entries()) {
    const box = `Other Users/${ANNA}/Box${index}x`;
    await anna.create(`Box${index}x`);
    await rig.deliver(['Subject: the secret\n\nx\n'], `Box${index}x`);
    await anna.acl.set(`Box${index}x`, BERT, 'replace', rights);
    const client = await rig.selected('INBOX', BERT);
    await client.command(`SUBSCRIBE "${box}"`);
    for (const { command, needs } of OPERATIONS) {
      if (client.closed) throw new Error(command.join(' '));
      await client.ok('SELECT INBOX');
      const { raw, status, untagged } = await run(client, command, box);
      const what = `${command.join(' ')} with "${rights}": ${raw}`;
      if (has(rights, needs)) expect(status, what).toBe('OK');
      else {
        expect(status, what).toBe('NO');
        expect(untagged.join('\n'), what).not.toContain('secret');
        if (!/[lrikxa]/.test(rights)) expect(without(raw, box), what).toBe(reference.get(command.join(' ')));
      }
    }
    for (const { command, needs, tells } of TELLING) {
      const { untagged } = await client.ok(command.replaceAll('NAME', box));
      const told = untagged.map((line) => without(line, box)).filter((line) => tells.test(line));
      // A name he has subscribed to is his own, and he may see that it is not there.
      const lines = told.filter((line) => !/\\NonExistent/i.test(line));
      const about = lines.filter((line) => line.includes('NAME'));
      expect(about.length > 0, `${command} with "${rights}": ${untagged.join('; ')}`).toBe(
        has(rights, needs),
      );
    }
    await client.ok('NOTIFY NONE');
    await client.command(`UNSUBSCRIBE "${box}"`);
    client.destroy();
  }
});
