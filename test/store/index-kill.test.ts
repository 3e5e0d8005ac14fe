import { expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import type { MessageFacts } from '../../src/store/mail/types.ts';
import { defaultStoreSettings } from '../../src/store/settings.ts';
import { KilledWriter } from './killed-writer.ts';

const ROUNDS = 8;
const writer = new KilledWriter(new URL('./index-writer.ts', import.meta.url));

/** Each mailbox's messages by their numbers, as a new process finds them. */
async function found(): Promise<Map<string, Map<number, MessageFacts>>> {
  const store = createMailStore({ folder: writer.folder, settings: defaultStoreSettings, log: silentLog });
  try {
    const result = new Map<string, Map<number, MessageFacts>>();
    for (const mailbox of await (await store.account('anna@example.org')).mailboxes()) {
      await mailbox.sync();
      const messages = new Map<number, MessageFacts>();
      for (const facts of mailbox.facts([[1, 0xffff_ffff]])) {
        const number = Number((await mailbox.content(facts.uid))?.envelope.subject);
        expect((await mailbox.bytes(facts.uid))?.length).toBe(facts.size);
        // Nothing comes twice, except what was being done when it died: that nobody was told of.
        messages.set(number, facts);
      }
      result.set(mailbox.name, messages);
    }
    expect((await store.check('anna@example.org')).faults).toEqual([]);
    return result;
  } finally {
    await store.close();
  }
}

test('killed while it writes: what was acknowledged is there, with its flags, and where it was put', {
  timeout: 60_000,
}, async () => {
  const acknowledged = new Map<string, Set<number>>();
  const of = (what: string): Set<number> => {
    const known = acknowledged.get(what) ?? new Set<number>();
    acknowledged.set(what, known);
    return known;
  };
  for (let n = 0; n < ROUNDS; n++)
    for (const line of await writer.round(n * 1_000_000, 20 + ((n * 61) % 200))) {
      const [what = '', number = ''] = line.split(' ');
      of(what).add(Number(number));
    }
  const boxes = await found();
  const inbox = boxes.get('INBOX') ?? new Map<number, MessageFacts>();
  const copies = boxes.get('Copies') ?? new Map<number, MessageFacts>();
  const moved = boxes.get('Moved') ?? new Map<number, MessageFacts>();
  expect(of('append').size).toBeGreaterThan(ROUNDS * 5);
  // One that was being moved or expunged when it died may be gone from INBOX without anybody having been told.
  const lost = [...of('append')].filter(
    (number) => !inbox.has(number) && !moved.has(number) && number % 4 !== 3,
  );
  expect(lost).toEqual([]);
  const flagged = [...of('flag')].filter((number) => {
    const facts = inbox.get(number) ?? moved.get(number);
    return facts !== undefined && ((facts.system & 4) === 0 || facts.keywords !== 'Sure');
  });
  expect(flagged).toEqual([]);
  expect([...of('copy')].filter((number) => !copies.has(number) || !inbox.has(number))).toEqual([]);
  expect([...of('move')].filter((number) => !moved.has(number) || inbox.has(number))).toEqual([]);
  expect([...of('expunge')].filter((number) => inbox.has(number))).toEqual([]);
});
