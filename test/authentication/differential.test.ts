import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { OPENDKIM_LIBRARY } from '../support/opendkim.ts';
import { describePeers } from '../support/peers.ts';
import { accepted, reasonFor } from './differential/accepted.ts';
import { changes, isPlain, message, way } from './differential/messages.ts';
import { closeLibrary, sealers, signers, verifying } from './differential/programs.ts';
import type { Task, Verified } from './differential/programs.ts';

/**
 * Messages of all shapes, signed and sealed by each program, some changed on the way, and verified by each: whether a
 * signature passes must not depend on who verifies it, but for what `accepted` says.
 */

/** Messages of each test: `npm run test:differential` does thousands, and others each time; a seed repeats a run. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 100);
const seed = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 6376);
/** Verified at a time, so that memory does not grow with their number. */
const BATCH = 500;
const met = new Map<string, number>();

type Program = keyof typeof verifying;

afterAll(() => {
  closeLibrary();
  if (met.size > 0)
    console.log('accepted differences, and how often they were met:', Object.fromEntries(met));
});

/** As many `pass` in the same places. */
const passes = (words: readonly string[]): string => words.map((word) => word === 'pass').join();
/** Of a chain; `terminated`: the newest seal says that it had failed. */
const chainPasses = (word: string | undefined): string => (word === 'pass' ? 'pass' : 'not');

function batches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, i) =>
    all.slice(i * BATCH, (i + 1) * BATCH),
  );
}

/** Compares what a program says of messages with what we say; returns how many signatures passed for both. */
async function compare(program: Program, signer: string, texts: readonly string[]): Promise<number> {
  const [ours, theirs] = await Promise.all([verifying.tamis(texts), verifying[program](texts)]);
  const unexplained: string[] = [];
  let passed = 0;
  for (const [i, text] of texts.entries()) {
    const [our, their] = [ours[i], theirs[i]] as [Verified, Verified];
    passed += our.dkim.filter((word, at) => word === 'pass' && their.dkim[at] === 'pass').length;
    const alike =
      passes(our.dkim) === passes(their.dkim) &&
      (their.arc === undefined || chainPasses(our.arc) === chainPasses(their.arc));
    if (alike) continue;
    const chain = their.arc === undefined ? undefined : { ours: our.arc ?? '', theirs: their.arc };
    const said = { ours: our.dkim, theirs: their.dkim, ...(chain !== undefined && { chain }) };
    const reason = reasonFor({ program, signer, text, ...said });
    if (reason === undefined) unexplained.push(JSON.stringify({ program, signer, our, their, text }));
    else met.set(reason, (met.get(reason) ?? 0) + 1);
  }
  // The shortest says most.
  expect(unexplained.toSorted((a, b) => a.length - b.length).slice(0, 3)).toEqual([]);
  return passed;
}

const tasks = fc.sample(fc.record({ message, way }), { numRuns: CASES, seed });

async function signed(signer: keyof typeof signers): Promise<string[]> {
  const made: string[] = [];
  for (const batch of batches<Task>(tasks))
    made.push(...(await signers[signer](batch)).filter((text) => text !== undefined));
  return made;
}

function changed(texts: readonly string[]): string[] {
  const all = fc.sample(changes, { numRuns: texts.length, seed });
  return texts
    .map((text, i) => all[i]?.reduce((given, change) => change(given), text) ?? text)
    .filter(isPlain);
}

function suite(program: Program, signerNames: readonly (keyof typeof signers)[]): void {
  for (const signer of signerNames) {
    test(`${CASES} messages signed by ${signer} (seed ${seed})`, { timeout: 1_800_000 }, async () => {
      const texts = await signed(signer);
      let passed = 0;
      for (const batch of batches(texts)) passed += await compare(program, signer, batch);
      // dkimpy and libopendkim do not sign everything; what they sign passes but for what is accepted.
      expect(texts.length).toBeGreaterThan(CASES / 4);
      expect(passed).toBeGreaterThan(texts.length / 2);
    });
    test(`${CASES} signed by ${signer} and changed (seed ${seed})`, { timeout: 1_800_000 }, async () => {
      const texts = changed(await signed(signer));
      let passed = 0;
      for (const batch of batches(texts)) passed += await compare(program, signer, batch);
      // Of both kinds, or the comparison would tell nothing.
      expect(passed).toBeGreaterThan(texts.length / 20);
      expect(passed).toBeLessThan(texts.length);
    });
  }
}

describe('as mailauth sees them', () => suite('mailauth', ['tamis', 'mailauth']));
describePeers(OPENDKIM_LIBRARY, 'as libopendkim sees them', () =>
  suite('libopendkim', ['tamis', 'libopendkim', 'mailauth']),
);
describePeers(['dkimverify'], 'as dkimpy sees them', () => suite('dkimpy', ['tamis', 'dkimpy', 'mailauth']));

/** Chains of one to three sets, sealed in turns. */
async function chains(order: readonly (keyof typeof sealers)[]): Promise<string[]> {
  // What dkimpy does not read, and what it hashes in its own way: see `accepted`.
  const unfit = order.includes('dkimpy') ? /^[!-9;-~]+[ \t]+:|[ \t]$(?![^])/m : /^[!-9;-~]+[ \t]+:/m;
  let texts = (await signed('tamis')).filter((text) => !unfit.test(text));
  for (const [i, name] of order.entries())
    texts = (await sealers[name](texts, i === 0 ? 'none' : 'pass')).filter((text) => text !== undefined);
  return texts;
}

function chainSuite(program: 'mailauth' | 'dkimpy', orders: readonly (keyof typeof sealers)[][]): void {
  test.each(orders.map((order) => [order.join(', then '), order] as const))(
    `${CASES} sealed by %s (seed ${seed})`,
    { timeout: 1_800_000 },
    async (_, order) => {
      const texts = await chains(order);
      expect(texts.length).toBeGreaterThan(CASES / 4);
      for (const batch of batches(texts)) {
        const ours = await verifying.tamis(batch);
        for (const [i, { arc }] of ours.entries())
          if (arc !== 'pass') expect({ arc, text: batch[i] }).toBe('a chain that passes');
        await compare(program, order.join(), batch);
        await compare(program, order.join(), changed(batch));
      }
    },
  );
}

describe('chains as mailauth sees them', () =>
  chainSuite('mailauth', [['tamis'], ['mailauth'], ['mailauth', 'tamis', 'mailauth']]));
describePeers(['dkimverify'], 'chains of ours as dkimpy sees them', () => chainSuite('dkimpy', [['tamis']]));
describePeers(['dkimverify', '/usr/lib/python3/dist-packages/authres'], 'chains of dkimpy', () =>
  chainSuite('dkimpy', [['dkimpy'], ['tamis', 'dkimpy', 'tamis'], ['mailauth', 'dkimpy']]),
);

test('an accepted difference has a reason, and does not cover everything', () => {
  const text = 'DKIM-Signature: v=1\r\nFrom: a@example.org\r\n\r\nx\r\n';
  for (const { program, reason, when } of accepted) {
    expect(reason.length).toBeGreaterThan(20);
    expect(when({ program, signer: 'tamis', text, ours: ['pass'], theirs: ['signature mismatch'] })).toBe(
      false,
    );
  }
});
