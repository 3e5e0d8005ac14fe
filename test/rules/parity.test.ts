/** The stock rules on real mail: what Tamis finds with them, beside SpamAssassin itself. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describePeers } from '../support/peers.ts';
import { corpusMessages, sharedPath } from '../support/shared.ts';
import {
  type Agreement,
  compareHits,
  ourHits,
  shareOfAgreement,
  STOCK_RULES,
  stockEngine,
  theirHits,
} from './parity.ts';

/** Messages compared; a whole run (`bench/rules-parity.ts`) has a thousand. */
const MESSAGES = 60;

describePeers(['spamassassin', 'perl', 'zstd'], 'the stock rules beside SpamAssassin', () => {
  const missing = sharedPath('corpora/index.tsv') === undefined || !existsSync(STOCK_RULES);
  const reason = missing ? ' (skipped: corpora or stock rules not found; set TAMIS_SHARED)' : '';
  test.skipIf(missing)(`hit the same messages, but for one hit in thirty${reason}`, async () => {
    const all = corpusMessages();
    const paths = all
      .filter((_, index) => index % Math.ceil(all.length / MESSAGES) === 0)
      .map(({ path }) => path);
    const theirs = theirHits(paths);
    const engine = stockEngine();
    const rules = new Map<string, Agreement>();
    const subRules = new Map<string, Agreement>();
    for (const path of paths) {
      const found = theirs.get(path);
      if (found === undefined) throw new Error(`no answer for ${path}`);
      const ours = await ourHits(engine, path);
      compareHits(rules, path, ours.rules, found.rules);
      compareHits(subRules, path, ours.subRules, found.subRules);
    }
    const scored = shareOfAgreement(rules);
    expect(scored.hits).toBeGreaterThan(MESSAGES);
    expect(scored.share).toBeGreaterThan(0.965);
    expect(shareOfAgreement(subRules).share).toBeGreaterThan(0.965);
  });
});
