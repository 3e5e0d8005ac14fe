import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describePeers } from '../support/peers.ts';
import { Pigeonhole } from '../support/pigeonhole.ts';
import { actionCases } from './areas/action-cases.ts';
import { cases } from './areas/cases.ts';
import { kept } from './areas/kept.ts';
import { moreCases } from './areas/more-cases.ts';
import { ourOutcome, peerOutcome } from './areas/outcome.ts';
import type { Outcome } from './differential/peer.ts';
import { PEER_SETTINGS } from './differential/told.ts';

const all = [...cases, ...actionCases, ...moreCases];
const said = (outcome: Outcome): string =>
  outcome.kind === 'actions' ? [...outcome.actions].sort().join('\n') : outcome.kind;

describePeers(['sieve-test'], 'each area as Pigeonhole has it', () => {
  let peer: Pigeonhole;
  beforeAll(() => {
    peer = new Pigeonhole(PEER_SETTINGS);
  });
  afterAll(() => peer.dispose());

  for (const area of new Set(all.map((one) => one.area)))
    describe(area, () => {
      for (const one of all.filter((other) => other.area === area))
        test(one.script, () => {
          const [ours, theirs] = [ourOutcome(one), peerOutcome(peer, one)];
          const difference = kept[one.script];
          if (difference === undefined) return expect(said(ours)).toBe(said(theirs));
          // A difference that is kept stays what it is.
          expect(said(ours)).toBe(difference.ours);
          return expect(said(theirs)).not.toBe(difference.ours);
        });
    });

  test('every difference that is kept is of a case', () => {
    const scripts = new Set(all.map(({ script }) => script));
    expect(Object.keys(kept).filter((script) => !scripts.has(script))).toEqual([]);
  });
});
