import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImapClient, ImapReply } from '../../../test/support/imap-client.ts';
import { ImapRig } from '../../../test/support/imap-rig.ts';
import { resolveSet } from './resolve.ts';
import type { Selected } from './types.ts';
import { UidArray } from './uid-list.ts';

const rig = new ImapRig();

/** What a client believes of the open mailbox, from what it was told. */
class Believer {
  readonly client: ImapClient;
  /** By sequence number: UID and flags where they are known. */
  messages: { uid?: number; flags?: string }[] = [];

  constructor(client: ImapClient) {
    this.client = client;
  }

  async command(text: string, mayExpunge: boolean): Promise<ImapReply> {
    const reply = await this.client.ok(text);
    for (const line of reply.untagged) this.#hear(line, mayExpunge);
    return reply;
  }

  #hear(line: string, mayExpunge: boolean): void {
    const [, number, what, rest = ''] = /^(\d+) (EXISTS|EXPUNGE|FETCH)(?: \((.*)\))?$/.exec(line) ?? [];
    const sequence = Number(number);
    if (what === 'EXISTS') {
      expect(sequence).toBeGreaterThanOrEqual(this.messages.length);
      while (this.messages.length < sequence) this.messages.push({});
    } else if (what === 'EXPUNGE') {
      expect(mayExpunge).toBe(true);
      expect(this.messages[sequence - 1]).toBeDefined();
      this.messages.splice(sequence - 1, 1);
    } else if (what === 'FETCH') {
      const message = this.messages[sequence - 1];
      if (message === undefined) throw new Error(`${line}: there are ${this.messages.length}`);
      const uid = /UID (\d+)/.exec(rest)?.[1];
      if (uid !== undefined) {
        expect([undefined, Number(uid)]).toContain(message.uid);
        message.uid = Number(uid);
      }
      message.flags = /FLAGS \(([^)]*)\)/.exec(rest)?.[1] ?? message.flags ?? '';
    }
    const vanished = /^VANISHED (\S+)$/.exec(line)?.[1];
    if (vanished === undefined) return;
    expect(mayExpunge).toBe(true);
    const gone = new Set(
      vanished.split(',').flatMap((range) => {
        const [first = 0, last = first] = range.split(':').map(Number);
        return Array.from({ length: last - first + 1 }, (_, at) => first + at);
      }),
    );
    const left = this.messages.filter(({ uid }) => uid === undefined || !gone.has(uid));
    expect(this.messages.length - left.length).toBe(gone.size);
    this.messages = left;
  }
}

type Step = readonly [session: number, action: number, at: number];
const ACTIONS = [
  'append',
  'flag',
  'unflag',
  'delete',
  'expunge',
  'fetch',
  'noop',
  'uid fetch',
  'search',
] as const;

async function act(session: Believer, action: (typeof ACTIONS)[number], at: number): Promise<void> {
  const { length } = session.messages;
  const sequence = length === 0 ? 0 : 1 + (at % length);
  if (action === 'append') return void (await session.command('APPEND INBOX {9+}\r\nA: b\r\n\r\nc', true));
  if (action === 'expunge') return void (await session.command('EXPUNGE', true));
  if (action === 'noop') return void (await session.command('NOOP', true));
  if (action === 'uid fetch') return void (await session.command('UID FETCH 1:* (FLAGS)', true));
  if (sequence === 0) return;
  if (action === 'fetch') return void (await session.command(`FETCH ${sequence} (UID FLAGS)`, false));
  if (action === 'search') return void (await session.command('SEARCH 1:* FLAGGED', false));
  const change = {
    flag: '+FLAGS (\\Flagged x)',
    unflag: '-FLAGS (\\Flagged)',
    delete: '+FLAGS.SILENT (\\Deleted)',
  };
  await session.command(`STORE ${sequence} ${change[action]}`, false);
}

test('whatever several sessions do, each believes what is true', { timeout: 120_000 }, async () => {
  await rig.start();
  let runs = 0;
  const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(2), fc.nat(ACTIONS.length - 1), fc.nat(20));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const mailbox = `run${runs++}`;
      const maker = await rig.loggedIn();
      await maker.ok(`CREATE ${mailbox}`);
      const sessions: Believer[] = [];
      for (const enabled of ['', 'QRESYNC', 'IMAP4rev2']) {
        const client = await rig.loggedIn();
        if (enabled !== '') await client.ok(`ENABLE ${enabled}`);
        const session = new Believer(client);
        await session.command(`SELECT ${mailbox}`, false);
        // Who is told of VANISHED has to know the UIDs.
        await session.command('UID FETCH 1:* (UID)', true);
        sessions.push(session);
      }
      for (const [who, action, at] of steps) {
        const session = sessions[who];
        if (session === undefined) continue;
        await act(session, ACTIONS[action] ?? 'noop', at);
        if (who === 1) await session.command('UID FETCH 1:* (UID FLAGS)', true);
      }
      const truth = [...((await (await rig.mail()).mailbox(mailbox))?.uids() ?? [])];
      for (const session of sessions) {
        await session.command('NOOP', true);
        const before = session.messages.map(({ flags }) => flags);
        await session.command('FETCH 1:* (UID FLAGS)', false).catch(() => undefined);
        expect(session.messages.map(({ uid }) => uid)).toEqual(truth);
        // What was told of flags without being asked for was right, too; silent changes were one's own.
        for (const [index, flags] of before.entries())
          if (flags !== undefined && !/\\Deleted/.test(session.messages[index]?.flags ?? ''))
            expect(flags).toBe(session.messages[index]?.flags);
      }
      for (const session of sessions) await session.command('LOGOUT', true);
      await maker.ok('LOGOUT');
    }),
    { numRuns: 25 },
  );
});

test('UIDs and sequence numbers, against a plain list', () => {
  const uid = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(fc.uniqueArray(uid), fc.array(fc.array(uid)), uid, uid, (start, removals, one, other) => {
      let plain = start.toSorted((a, b) => a - b);
      const list = new UidArray(Uint32Array.from(plain));
      for (const removed of removals) {
        const gone = new Set(removed);
        plain = plain.filter((value) => !gone.has(value));
        list.remove(gone);
        const next = (plain.at(-1) ?? 60) + 1;
        list.append([next, next + 2]);
        plain.push(next, next + 2);
        expect([...list]).toEqual(plain);
        expect(list.last).toBe(plain.at(-1));
      }
      for (const [index, value] of plain.entries()) {
        expect(list.sequence(value)).toBe(index + 1);
        expect(list.at(index + 1)).toBe(value);
      }
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      const within = plain.filter((value) => value >= low && value <= high);
      const range = list.between(low, high);
      expect(range === undefined ? [] : plain.slice(range[0] - 1, range[1])).toEqual(within);
      const selected = { uids: list, saved: [] as number[] } as unknown as Selected;
      expect(resolveSet(selected, [[high, low]], 'uid')).toEqual(within);
      expect(
        resolveSet(
          selected,
          [
            [Infinity, Infinity],
            [low, high],
          ],
          'uid',
        ),
      ).toEqual([...new Set([...within, ...plain.slice(-1)])].toSorted((a, b) => a - b));
      if (plain.length > 0)
        expect(
          resolveSet(
            selected,
            [
              [1, Infinity],
              [1, 1],
            ],
            'sequence',
          ),
        ).toEqual(plain);
      expect(() => resolveSet(selected, [[1, plain.length + 1]], 'sequence')).toThrow();
    }),
    { numRuns: 200 },
  );
});
