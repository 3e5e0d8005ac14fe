/**
 * Finds texts of which at least one stands in whatever a pattern matches, so that a search for the texts of all rules
 * at once tells which patterns need to run. Case is folded throughout.
 */
import { foldByte } from './bytes.ts';
import type { Node } from './syntax.ts';

/** Texts in one set: more of them are each less telling, and each costs a place in the search. */
const MAX_TEXTS = 64;
/** Bytes of a class that are spelt out: `[o0]` is worth it, `[a-z]` is not. */
const MAX_MEMBERS = 6;
/** Longer texts are cut: the search gets no better. */
const MAX_LENGTH = 24;
/** Shorter beginnings of texts say too little. */
const MIN_LENGTH = 4;
/** Repetitions that are spelt out. */
const MAX_COPIES = 8;
/**
 * What a set must say to be worth the search, in bits: that many times it is halved how often the pattern runs. Two
 * common letters say about 8.
 */
const MIN_BITS = 8.5;

interface Facts {
  /** All texts the node can match; undefined when they are too many. */
  readonly exact: readonly string[] | undefined;
  /** One of them stands in what the node matches. */
  readonly required: readonly string[] | undefined;
}

const UNKNOWN: Facts = { exact: undefined, required: undefined };
const NOTHING: Facts = { exact: [''], required: undefined };

/** Lower-cased texts of which each match holds one; undefined when none are worth looking for. */
export function requiredLiterals(root: Node): readonly string[] | undefined {
  const facts = factsOf(root);
  const best = better(worth(facts.exact), facts.required);
  if (best === undefined || bits(best) < MIN_BITS) return undefined;
  return withoutLonger(best);
}

function factsOf(node: Node): Facts {
  switch (node.kind) {
    case 'set': {
      const bytes = new Set(node.set.size > 2 * MAX_MEMBERS ? [] : node.set.list().map(foldByte));
      if (bytes.size > MAX_MEMBERS || (bytes.size === 0 && node.set.size > 0)) return UNKNOWN;
      return { exact: [...bytes].map((byte) => String.fromCharCode(byte)), required: undefined };
    }
    case 'sequence':
      return sequence(node.items.map(factsOf));
    case 'alternation':
      return alternation(node.branches.map(factsOf));
    case 'capture':
    case 'atomic':
      return factsOf(node.body);
    case 'look': {
      if (node.negated) return NOTHING;
      const { exact, required } = factsOf(node.body);
      return { exact: [''], required: better(worth(exact), required) };
    }
    case 'repeat':
      return repeat(node);
    case 'anchor':
      return NOTHING;
    case 'reference':
      return UNKNOWN;
  }
}

function repeat({ body, min, max }: Extract<Node, { kind: 'repeat' }>): Facts {
  if (max < min) return UNKNOWN;
  if (max === 0) return NOTHING;
  const facts = factsOf(body);
  if (min === 0) {
    const exact = max === 1 && facts.exact !== undefined ? union([['']], facts.exact) : undefined;
    return { exact, required: undefined };
  }
  if (min === max && min <= MAX_COPIES) return sequence(Array.from({ length: min }, () => facts));
  // At least min copies in a row, then more: what is known of the first ones.
  const copies = sequence([...Array.from({ length: Math.min(min, MAX_COPIES) }, () => facts), UNKNOWN]);
  return { exact: undefined, required: copies.required };
}

function sequence(items: readonly Facts[]): Facts {
  let required: readonly string[] | undefined;
  let run: readonly string[] = [''];
  let whole = true;
  for (const item of items) {
    required = better(required, item.required);
    if (item.exact !== undefined) {
      const joined = product(run, item.exact);
      if (joined !== undefined) {
        run = joined;
        continue;
      }
    }
    whole = false;
    required = better(required, worth(run));
    run = item.exact ?? [''];
  }
  if (whole) return { exact: run, required };
  return { exact: undefined, required: better(required, worth(run)) };
}

function alternation(branches: readonly Facts[]): Facts {
  const exact = branches.every((branch) => branch.exact !== undefined)
    ? union(
        branches.map((branch) => branch.exact ?? []),
        [],
      )
    : undefined;
  const sets = branches.map((branch) => better(worth(branch.exact), branch.required));
  const required = sets.every((set) => set !== undefined)
    ? shortUnion(sets.map((set) => set ?? []))
    : undefined;
  return { exact, required: required === undefined ? undefined : worth(required) };
}

/** Every text of `before` with every text of `after`; undefined when they are too many. */
function product(before: readonly string[], after: readonly string[]): readonly string[] | undefined {
  if (before.length === 1 && before[0] === '') return after;
  if (after.length === 1 && after[0] === '') return before;
  if (before.length * after.length > MAX_TEXTS) return undefined;
  const all = new Set<string>();
  for (const start of before)
    for (const end of after) {
      if (start.length + end.length > MAX_LENGTH) return undefined;
      all.add(start + end);
    }
  return [...all];
}

function union(sets: readonly (readonly string[])[], more: readonly string[]): readonly string[] | undefined {
  const all = new Set(more);
  for (const set of sets) for (const text of set) all.add(text);
  return all.size > MAX_TEXTS * 4 ? undefined : [...all];
}

/** All of the sets; when they are too many, the beginnings of their texts, as long as may be. */
function shortUnion(sets: readonly (readonly string[])[]): readonly string[] | undefined {
  for (let length = MAX_LENGTH; length >= MIN_LENGTH; length -= 2) {
    const all = union(
      sets.map((set) => set.map((text) => text.slice(0, length))),
      [],
    );
    if (all !== undefined) return all;
  }
  return undefined;
}

/** A set of texts, when all of them say something. */
function worth(texts: readonly string[] | undefined): readonly string[] | undefined {
  return texts === undefined || texts.length === 0 || texts.some((text) => text === '') ? undefined : texts;
}

function better(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (one === undefined) return other;
  if (other === undefined) return one;
  return bits(other) > bits(one) ? other : one;
}

/** How much it says that one of the texts was found: the likeliest of them, less for each that is as likely. */
function bits(texts: readonly string[]): number {
  let chance = 0;
  for (const text of texts) chance += 2 ** -textBits(text);
  return -Math.log2(Math.max(chance, 1e-30));
}

function textBits(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += COMMON[text[i] ?? ''] ?? 7;
  return sum;
}

/** Bits a character says, by how often it stands in mail; 7 for those that are not listed. */
const COMMON: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [' e', 3],
      ['taoinsr', 3.8],
      ['hldcum', 4.8],
      ['fpgwyb.=/:-<>"0123\n', 5.5],
    ] as const
  ).flatMap(([characters, bitsEach]) => characters.split('').map((character) => [character, bitsEach])),
);

/** A text that holds another one of the set adds nothing. */
function withoutLonger(texts: readonly string[]): readonly string[] {
  const sorted = [...new Set(texts)].toSorted((one, other) => one.length - other.length);
  const kept: string[] = [];
  for (const text of sorted) if (!kept.some((short) => text.includes(short))) kept.push(text);
  return kept;
}
