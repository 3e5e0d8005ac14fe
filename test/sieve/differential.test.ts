import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capabilities } from '../../src/sieve/index.ts';
import { describePeers } from '../support/peers.ts';
import { Pigeonhole } from '../support/pigeonhole.ts';
import { accepted } from './differential/accepted.ts';
import { type Case, difference, ourOutcome, reasonFor } from './differential/compare.ts';
import { address, message } from './differential/messages.ts';
import { peerOutcome } from './differential/peer.ts';
import { oneTest, script } from './differential/scripts.ts';

/** Cases of each property: `npm run test:differential` does thousands, and others each time; a seed repeats a run. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 150);
const seed = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 5228);

describePeers(['sieve-test'], 'the same actions as Pigeonhole', () => {
  let peer: Pigeonhole;
  const met = new Map<string, number>();
  beforeAll(() => {
    // RFC 5230 §4.1 lets a server have a minimum; ours has none.
    peer = new Pigeonhole(['sieve_vacation_min_period = 0', 'sieve_extensions = +editheader']);
  });
  afterAll(() => {
    peer.dispose();
    if (met.size > 0)
      console.log('accepted differences, and how often they were met:', Object.fromEntries(met));
  });

  const known = new Set(capabilities());
  const compare = (scripts: fc.Arbitrary<string>): void => {
    const cases = fc.record({ script: scripts, mail: message, sender: address, recipient: address });
    let failed = 0;
    fc.assert(
      fc.property(cases, (one: Case) => {
        const theirs = peerOutcome(peer, one.script, one.mail, one.sender, one.recipient);
        const ours = ourOutcome(one);
        if (theirs.kind !== 'actions') failed++;
        const found = theirs.kind === 'crashed' ? undefined : difference(ours, theirs);
        if (found === undefined) return;
        const reason = reasonFor(one);
        if (reason === undefined) throw new Error(`${one.script}\n${one.mail}\n${found}`);
        met.set(reason, (met.get(reason) ?? 0) + 1);
      }),
      { numRuns: CASES, seed },
    );
    // A generator whose scripts do not run would prove nothing.
    expect(failed).toBeLessThan(CASES / 10);
  };

  test(`${CASES} scripts of one test (seed ${seed})`, { timeout: 1_800_000 }, () => compare(oneTest(known)));
  test(`${CASES} whole scripts (seed ${seed})`, { timeout: 1_800_000 }, () => compare(script(known)));

  test('an accepted difference has a reason, and does not cover everything', () => {
    for (const { reason, when } of accepted) {
      expect(reason.length).toBeGreaterThan(20);
      expect(
        when('require "fileinto"; if header "subject" "x" { fileinto "A"; }', 'Subject: x\r\n\r\nx\r\n'),
      ).toBe(false);
    }
  });
});
