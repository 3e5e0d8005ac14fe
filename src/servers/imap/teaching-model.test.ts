import { expect, test } from 'vitest';
import fc from 'fast-check';
import { ANNA, SessionRig } from '../../../test/support/imap-session.ts';

const rig = new SessionRig();
const MAILBOXES = ['INBOX', 'Junk', 'Trash', 'Work'] as const;
const MESSAGES = 4;

const step = fc.record({
  verb: fc.constantFrom('COPY', 'MOVE', 'STORE'),
  from: fc.constantFrom(...MAILBOXES),
  to: fc.constantFrom(...MAILBOXES),
  which: fc.nat(5),
  keyword: fc.constantFrom('+FLAGS ($Junk)', '+FLAGS ($NotJunk)', '-FLAGS ($Junk $NotJunk)'),
});

/** Subjects of a mailbox's messages with their UIDs, as they are in the store. */
async function listed(name: string): Promise<{ uid: number; subject: string; keywords: string }[]> {
  const mailbox = await (await rig.store.account(ANNA)).mailbox(name);
  if (mailbox === undefined) return [];
  const found = [];
  for (const { uid, keywords } of mailbox.facts([[1, 0xffff_ffff]]))
    found.push({ uid, keywords, subject: (await mailbox.content(uid))?.envelope.subject ?? '' });
  return found;
}

/** What putting a message there says of it. */
function said(from: string, to: string): 'spam' | 'ham' | undefined {
  if (to === 'Junk') return from === 'Junk' ? undefined : 'spam';
  return from === 'Junk' && to !== 'Trash' ? 'ham' : undefined;
}

test('the last word that waits about each message is the last that was said', {
  timeout: 120_000,
}, async () => {
  rig.options = { teaching: { spamKeywords: ['$Junk'], hamKeywords: ['$NotJunk'] } };
  const anna = await rig.session();
  for (const name of MAILBOXES.slice(1)) await anna.session.user.create(name);
  const inbox = await (await rig.store.account(ANNA)).mailbox('INBOX');
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      const prefix = `r${round++}m`;
      await inbox?.append(
        Array.from({ length: MESSAGES }, (_, n) => ({
          pieces: [Buffer.from(`Subject: ${prefix}${n}\r\n\r\n${prefix}${n}\r\n`)],
        })),
      );
      const last = new Map<string, 'spam' | 'ham'>();
      for (const { verb, from, to, which, keyword } of steps) {
        const here = (await listed(from)).filter(({ subject }) => subject.startsWith(prefix));
        const message = here[which % Math.max(1, here.length)];
        if (message === undefined) continue;
        await anna.ok(`SELECT ${from}`);
        if (verb === 'STORE') {
          await anna.ok(`UID STORE ${message.uid} ${keyword}`);
          const name = /\$\w+/.exec(keyword)?.[0] ?? '';
          if (keyword.startsWith('+') && !message.keywords.split(' ').includes(name))
            last.set(message.subject, name === '$Junk' ? 'spam' : 'ham');
        } else {
          await anna.ok(`UID ${verb} ${message.uid} ${to}`);
          const word = said(from, to);
          if (word !== undefined) last.set(message.subject, word);
        }
      }
      const waiting = await rig.store.lessons.next(ANNA, 1000);
      const told = new Map<string, 'spam' | 'ham'>();
      for (const lesson of waiting) {
        const subject = /Subject: (\S+)/.exec(String(await lesson.octets()))?.[1];
        // No message was thrown away, so each is still there.
        expect(subject).toBeDefined();
        told.set(subject ?? '', lesson.kind);
      }
      expect(told).toEqual(last);
      await rig.store.lessons.done(
        ANNA,
        waiting.map(({ id }) => id),
      );
    }),
    { numRuns: 40 },
  );
});
