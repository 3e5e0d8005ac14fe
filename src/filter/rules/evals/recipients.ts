/** Eval functions on many recipients: in the order of the alphabet, or much alike. */
import { numberOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

const SORTED_FROM = 7;
const SIMILAR_FROM = 5;
/** Each is compared with each. */
const MAX_COMPARED = 256;

function recipients({ views }: Context): readonly string[] {
  const named = ['To:addr', 'Cc:addr'].flatMap((field) => views.header(field));
  const all = named.length >= SIMILAR_FROM ? named : [...named, ...views.header('Bcc:addr')];
  return all
    .filter((address, index) => address.toLowerCase() !== all[index - 1]?.toLowerCase())
    .slice(0, MAX_COMPARED);
}

const sorted: EvalFunction = (context) => {
  const all = context.derived(recipients);
  // oxlint-disable-next-line unicorn/require-array-sort-compare -- by their bytes
  return all.length >= SORTED_FROM && all.join() === all.toSorted().join();
};

/** Of all pairs, how many begin alike, before the `@` and (of different domains) behind it. */
function similarity(context: Context): number {
  const all = context.derived(recipients);
  if (all.length < SIMILAR_FROM) return 0;
  const entries = all.map((address) => {
    const domain = address.slice(address.indexOf('@') + 1);
    return { user: address.slice(0, 2), domain, host: domain.slice(0, 2) };
  });
  let [hits, pairs] = [0, 0];
  entries.forEach((one, index) => {
    for (const other of entries.slice(index + 1)) {
      pairs++;
      if (one.user === other.user) hits++;
      if (one.host === other.host && one.domain !== other.domain) hits++;
    }
  });
  return hits / pairs;
}

/** `similar_recipients(min, max)` */
const similar: EvalFunction = (context, [min = 'undef', max = 'undef']) => {
  const share = context.derived(similarity);
  return (min === 'undef' || share >= numberOf(min)) && (max === 'undef' || share < numberOf(max));
};

export const recipientEvals: Readonly<Record<string, EvalFunction>> = {
  sorted_recipients: sorted,
  similar_recipients: similar,
};
