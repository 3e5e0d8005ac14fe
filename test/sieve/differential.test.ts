import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capabilities } from '../../src/sieve/index.ts';
import { describePeers } from '../support/peers.ts';
import { Pigeonhole } from '../support/pigeonhole.ts';
import { accepted } from './differential/accepted.ts';
import { type Case, difference, ourOutcome, reasonFor } from './differential/compare.ts';
import { includes } from './differential/includes.ts';
import { laidOut } from './differential/layout.ts';
import { address, message } from './differential/messages.ts';
import { type Outcome, peerOutcome } from './differential/peer.ts';
import { probes, recipient, sender } from './differential/probes.ts';
import { MARKS, richMessage } from './differential/rich-messages.ts';
import { oneTest, script } from './differential/scripts.ts';
import { sending, senders, toOwner } from './differential/sending.ts';
import { ourMails, peerMails } from './differential/sent.ts';
import * as told from './differential/told.ts';

/** Cases of each property: `npm run test:differential` does thousands, and others each time; a seed repeats a run. */
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 150);
const seed = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 5228);

/** Named in the mail, so that a vacation is sent; and folded with spaces: see the areas for tabs. */
const addressed = (mail: string, to: string): string =>
  `Resent-To: ${to}\r\n${mail.replaceAll('\r\n\t', '\r\n ')}`;

describePeers(['sieve-test'], 'the same actions as Pigeonhole', () => {
  let peer: Pigeonhole;
  const met = new Map<string, number>();
  beforeAll(() => {
    // RFC 5230 §4.1 lets a server have a minimum; ours has none.
    peer = new Pigeonhole(told.PEER_SETTINGS);
  });
  afterAll(() => {
    peer.dispose();
    if (met.size > 0)
      console.log('accepted differences, and how often they were met:', Object.fromEntries(met));
  });

  const known = new Set(capabilities());
  /** Runs cases on both sides; a difference that is not known ends it. */
  const check = <One extends Case>(
    cases: fc.Arbitrary<One>,
    ours: (one: One) => Outcome,
    theirs: (one: One) => Outcome,
  ): void => {
    let failed = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const outcome = theirs(one);
        if (outcome.kind !== 'actions') failed++;
        const found = outcome.kind === 'crashed' ? undefined : difference(ours(one), outcome);
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
  const compare = (scripts: fc.Arbitrary<string>): void =>
    check(
      fc.record({ script: scripts, mail: message, sender: address, recipient: address }),
      ourOutcome,
      (one) => peerOutcome(peer, one.script, one.mail, one.sender, one.recipient),
    );
  const compareTold = (scripts: fc.Arbitrary<{ script: string; meaning: string }>): void =>
    check(
      fc
        .tuple(scripts, fc.record({ mail: fc.oneof(richMessage([]), message), sender, recipient }))
        .map(([one, on]) => ({ ...one, ...on, mail: addressed(on.mail, on.recipient), included: {} })),
      told.ourOutcome,
      (one) => told.peerOutcome(peer, one),
    );

  test(`${CASES} scripts of one test (seed ${seed})`, { timeout: 1_800_000 }, () => compare(oneTest(known)));
  test(`${CASES} whole scripts (seed ${seed})`, { timeout: 1_800_000 }, () => compare(script(known)));

  test(`${CASES} scripts that tell what they find (seed ${seed})`, { timeout: 1_800_000 }, () =>
    compareTold(probes(1).map((one) => ({ script: one, meaning: one }))),
  );
  test(`${CASES} such scripts in any layout (seed ${seed})`, { timeout: 1_800_000 }, () =>
    compareTold(laidOut(probes(4))),
  );

  test(`${CASES} scripts that include others (seed ${seed})`, { timeout: 1_800_000 }, () =>
    check(
      includes.map((one) => ({
        ...one,
        mail: 'From: a@b.example\r\nTo: me@example.org\r\nSubject: Hello\r\n\r\nx\r\n',
        sender: 'a@b.example',
        recipient: 'me@example.org',
      })),
      told.ourOutcome,
      (one) => told.peerOutcome(peer, one),
    ),
  );
  test(`${CASES} scripts that send mails (seed ${seed})`, { timeout: 1_800_000 }, () =>
    check(
      fc
        .record({ script: sending, to: toOwner, mail: richMessage(MARKS), sender: senders })
        .map(({ script: source, to, mail, sender: from }) => ({
          script: source,
          mail: `${to}\r\n${mail}`,
          sender: from,
          recipient: 'me+box@example.org',
          included: {},
        })),
      ourMails,
      (one) => peerMails(peer, one),
    ),
  );

  test('an accepted difference has a reason, and does not cover everything', () => {
    for (const { reason, when } of accepted) {
      expect(reason.length).toBeGreaterThan(20);
      expect(
        when('require "fileinto"; if header "subject" "x" { fileinto "A"; }', 'Subject: x\r\n\r\nx\r\n'),
      ).toBe(false);
    }
  });
});
