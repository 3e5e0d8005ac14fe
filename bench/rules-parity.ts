/**
 * Compares what the stock rules find in Tamis and in SpamAssassin, and prints a table by rule:
 * `node bench/rules-parity.ts [messages, default 1000]`. Takes a tenth of a second for each message.
 */
import {
  type Agreement,
  compareHits,
  ourHits,
  shareOfAgreement,
  stockEngine,
  theirHits,
} from '../test/rules/parity.ts';
import { corpusMessages } from '../test/support/shared.ts';

const wanted = Number(process.argv[2] ?? 1000);
const all = corpusMessages();
const step = Math.max(1, Math.floor(all.length / wanted));
const paths = all
  .filter((_, index) => index % step === 0)
  .slice(0, wanted)
  .map(({ path }) => path);

const theirs = theirHits(paths);
const engine = stockEngine();
const rules = new Map<string, Agreement>();
const subRules = new Map<string, Agreement>();
for (const path of paths) {
  const found = theirs.get(path);
  if (found === undefined) continue;
  const ours = await ourHits(engine, path);
  compareHits(rules, path, ours.rules, found.rules);
  compareHits(subRules, path, ours.subRules, found.subRules);
}

function print(name: string, table: ReadonlyMap<string, Agreement>): void {
  const { hits, agree, share } = shareOfAgreement(table);
  const same = [...table.values()].filter(({ ours, theirs: other }) => ours + other === 0).length;
  console.log(
    `\n${name}: ${agree} of ${hits} hits agree (${(share * 100).toFixed(1)} %); ${same} of ${table.size} rules always.\n`,
  );
  console.log('| rule | both | Tamis alone | SpamAssassin alone |\n|---|---|---|---|');
  const different = [...table]
    .filter(([, { ours, theirs: other }]) => ours + other > 0)
    .toSorted(([, one], [, other]) => other.ours + other.theirs - one.ours - one.theirs);
  for (const [rule, row] of different) console.log(`| ${rule} | ${row.both} | ${row.ours} | ${row.theirs} |`);
  if (process.env['TAMIS_PARITY_WHERE'] !== undefined)
    for (const [rule, { where }] of different) console.error(rule, where.join(' '));
}

console.log(`${paths.length} messages.`);
print('Rules that score', rules);
print('Sub-rules', subRules);
