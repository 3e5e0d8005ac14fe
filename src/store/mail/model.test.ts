import { mkdtempSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore } from './mail-store.ts';
import { type Mailbox, type MessageFacts, SystemFlag } from './types.ts';

const ANNA = 'anna@example.org';
const settings = {
  ...defaultStoreSettings,
  index: { ...defaultStoreSettings.index, flagDelay: 1, scanInterval: 0 },
};
const all = [[1, 0xffff_ffff]] as const;

type Step = {
  readonly who: number;
  readonly what: string;
  readonly box: number;
  readonly pick: number;
  readonly bits: number;
};
const KINDS = [
  'append',
  'append',
  'append',
  'store',
  'store',
  'expunge',
  'copy',
  'move',
  'outside-deliver',
  'outside-remove',
  'outside-flag',
  'sync',
  'settle',
  'look',
];
const steps = fc.array(
  fc.record<Step>({
    who: fc.nat(1),
    what: fc.constantFrom(...KINDS),
    box: fc.nat(1),
    pick: fc.nat(50),
    bits: fc.nat(31),
  }),
  { minLength: 5, maxLength: 40 },
);

/** What a client knows of a mailbox, kept up by nothing but changes(). */
class Replay {
  readonly known = new Map<number, MessageFacts>();
  #modseq = 0;
  #next = 1;
  #validity: number | undefined;

  look(mailbox: Mailbox): void {
    const status = mailbox.status();
    this.#validity ??= status.uidValidity;
    expect(status.uidValidity).toBe(this.#validity);
    expect(status.highestModseq).toBeGreaterThanOrEqual(this.#modseq);
    const { modseq, changed, vanished, complete } = mailbox.changes(this.#modseq);
    expect(complete).toBe(true);
    const fresh: number[] = [];
    for (const facts of changed) {
      expect(facts.modseq).toBeGreaterThan(this.#modseq);
      if (!this.known.has(facts.uid)) fresh.push(facts.uid);
      this.known.set(facts.uid, facts);
    }
    // A UID is never given twice: new ones are above all that were known.
    for (const uid of fresh) expect(uid).toBeGreaterThanOrEqual(this.#next);
    for (const uid of vanished) this.known.delete(uid);
    this.#modseq = modseq;
    this.#next = status.uidNext;
    const truth = [...mailbox.facts(all)];
    expect([...this.known.values()].sort((one, other) => one.uid - other.uid)).toEqual(truth);
    expect([...mailbox.uids()]).toEqual(truth.map(({ uid }) => uid));
    expect(status).toMatchObject({
      messages: truth.length,
      unseen: truth.filter(({ system }) => (system & SystemFlag.seen) === 0).length,
      deleted: truth.filter(({ system }) => (system & SystemFlag.deleted) !== 0).length,
      size: truth.reduce((sum, { size }) => sum + size, 0),
      firstUnseen: truth.find(({ system }) => (system & SystemFlag.seen) === 0)?.uid,
    });
  }
}

test('random work of two processes and of other programs: every view stays consistent', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const folder = mkdtempSync(join(tmpdir(), 'tamis-model-'));
      const stores = [0, 1].map(() => createMailStore({ folder, settings, log: silentLog }));
      try {
        await run(folder, stores, list);
      } finally {
        for (const store of stores) await store.close();
        rmSync(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 30 },
  );
});

async function run(
  folder: string,
  stores: readonly ReturnType<typeof createMailStore>[],
  list: readonly Step[],
): Promise<void> {
  const [first] = stores;
  await (await first?.account(ANNA))?.create('Box');
  const names = ['INBOX', 'Box'];
  const views: { mailbox: Mailbox; replay: Replay }[][] = [];
  for (const store of stores) {
    const row: { mailbox: Mailbox; replay: Replay }[] = [];
    for (const name of names) {
      const mailbox = await (await store.account(ANNA)).mailbox(name);
      if (mailbox === undefined) throw new Error(name);
      row.push({ mailbox, replay: new Replay() });
    }
    views.push(row);
  }
  const path = (box: number, part: string): string =>
    join(folder, ANNA, 'Maildir', box === 0 ? '' : '.Box', part);
  const anyFile = (box: number, pick: number): string | undefined => {
    const files = ['new', 'cur'].flatMap((part) =>
      readdirSync(path(box, part)).map((file) => join(path(box, part), file)),
    );
    return files[pick % Math.max(1, files.length)];
  };
  let count = 0;
  for (const { who, what, box, pick, bits } of list) {
    const view = views[who]?.[box];
    const other = views[who]?.[1 - box];
    if (view === undefined || other === undefined) throw new Error('no view');
    const { mailbox } = view;
    const uids = [...mailbox.uids()];
    const uid = uids[pick % Math.max(1, uids.length)] ?? 1;
    const flags = { system: bits, keywords: bits % 3 === 0 ? [`k${bits}`] : [] };
    if (what === 'append')
      await mailbox.append([{ pieces: [Buffer.from(`Subject: ${count++}\r\n\r\nx\r\n`)], flags }]);
    else if (what === 'store')
      await mailbox.store([uid, uid + 1], {
        mode: (['add', 'remove', 'replace'] as const)[pick % 3] ?? 'add',
        flags,
      });
    else if (what === 'expunge') await mailbox.expunge(pick % 2 === 0 ? undefined : uids.slice(0, 2));
    else if (what === 'copy') await mailbox.copy([uid, uid + 1], pick % 4 === 0 ? mailbox : other.mailbox);
    else if (what === 'move')
      await mailbox.copy([uid], pick % 4 === 0 ? mailbox : other.mailbox, { move: true });
    else if (what === 'outside-deliver')
      writeFileSync(join(path(box, 'new'), `${count}.outside`), `Subject: ${count++}\n\nx\n`);
    else if (what === 'outside-remove') {
      const file = anyFile(box, pick);
      if (file !== undefined) unlinkSync(file);
    } else if (what === 'outside-flag') {
      const file = anyFile(box, pick);
      const base = file?.split('/').at(-1)?.split(':')[0] ?? '';
      if (file !== undefined)
        renameSync(file, join(path(box, 'cur'), `${base}:2,${bits % 2 === 0 ? 'FS' : 'R'}`));
    } else if (what === 'sync') await mailbox.sync();
    else if (what === 'settle') await (mailbox as unknown as { settle(): Promise<void> }).settle();
    else view.replay.look(mailbox);
  }
  for (const row of views)
    for (const { mailbox } of row) {
      await mailbox.sync();
      await (mailbox as unknown as { settle(): Promise<void> }).settle();
    }
  // Times of folders are coarse: the check must look once more.
  for (const row of views)
    for (const { mailbox, replay } of row) {
      await mailbox.sync();
      replay.look(mailbox);
      for (const uid of mailbox.uids()) expect(await mailbox.bytes(uid)).toBeDefined();
    }
  const report = await stores[0]?.check(ANNA);
  expect(report?.faults).toEqual([]);
  // Both processes see the same, and the names of the files say the same flags.
  for (const box of [0, 1]) {
    expect([...(views[0]?.[box]?.mailbox.facts(all) ?? [])]).toEqual([
      ...(views[1]?.[box]?.mailbox.facts(all) ?? []),
    ]);
  }
}
