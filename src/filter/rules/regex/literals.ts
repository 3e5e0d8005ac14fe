/**
 * Finds texts of which at least one stands in whatever a pattern matches, so that a search for the texts of all rules
 * at once tells which patterns need to run. Case is folded throughout.
 */
import { type ByteSet, foldByte } from './bytes.ts';
import { byteBits } from './frequencies.ts';
import type { Node } from './syntax.ts';

/** Texts in one set: more of them are each less telling, and each costs a place in the search. */
const MAX_TEXTS = 64;
/** Bytes of a class that are spelt out: `[o0]` is worth it, `[a-z]` is not. */
const MAX_MEMBERS = 6;
/** Longer texts are cut: the search gets no better. */
const MAX_LENGTH = 24;
/** Shorter beginnings of texts say too little. */
const MIN_LENGTH = 4;
/** Repetitions that are spelt out, and those that are counted. */
const MAX_COPIES = 8;
const MOST_COPIES = 20;
/**
 * What a set must say to be worth the search, in bits: that many times it is halved how often the pattern runs. Two
 * common letters say about 8.
 */
const MIN_BITS = 8.5;
/** What says less stands often enough in any text to be counted in vain. */
const MIN_COPIED_BITS = 7.5;

interface Required {
  /** One of them stands in what is matched, so many times side by side. */
  readonly texts: readonly string[];
  readonly copies: number;
  /** Of what looks around: two copies may have found the same text. */
  readonly floating?: boolean;
}

interface Facts {
  /** All texts the node can match; undefined when they are too many. */
  readonly exact: readonly string[] | undefined;
  readonly required: Required | undefined;
  /** Beside that, what is known of other places: each match holds one text of each. */
  readonly others?: readonly Required[];
  /** Texts one of which begins what is matched, and one of which ends it. */
  readonly begins?: readonly string[] | undefined;
  readonly ends?: readonly string[] | undefined;
  /** It may match nothing: the above is said of what it matches else. */
  readonly optional?: boolean;
}

const UNKNOWN: Facts = { exact: undefined, required: undefined };
const NOTHING: Facts = { exact: [''], required: undefined };

export interface Literals {
  /** Lower-cased texts of which each match holds one. */
  readonly texts: readonly string[];
  /** In how many places one of them stands. */
  readonly copies: number;
  /** Another set of which each match holds one text: a second one halves what is found, further ones hardly help. */
  readonly also?: readonly string[];
}

/** Undefined when no texts are worth looking for. */
export function requiredLiterals(root: Node): Literals | undefined {
  const { exact, required, others = [] } = factsOf(root);
  const best = better(worth(exact), required);
  if (best === undefined || !isWorthSearch(best)) return undefined;
  const texts = withoutLonger(best.texts);
  const known = texts.join('\0');
  const second = others
    .filter((one) => one.texts !== best.texts && withoutLonger(one.texts).join('\0') !== known)
    .map((one) => ({ ...one, copies: 1 }))
    .filter(isWorthSearch)
    .reduce<Required | undefined>(better, undefined);
  return { texts, copies: best.copies, ...(second !== undefined && { also: withoutLonger(second.texts) }) };
}

const isWorthSearch = ({ texts, copies }: Required): boolean => copies * bits(texts, textBits) >= MIN_BITS;

function factsOf(node: Node): Facts {
  switch (node.kind) {
    case 'set': {
      let facts = factsOfSets.get(node.set);
      if (facts === undefined) {
        facts = setFacts(node.set);
        factsOfSets.set(node.set, facts);
      }
      return facts;
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
      const found = better(worth(exact), required);
      return {
        exact: [''],
        required: found === undefined ? undefined : { ...found, copies: 1, floating: true },
      };
    }
    case 'repeat':
      return repeat(node);
    case 'anchor':
      return NOTHING;
    case 'reference':
      return UNKNOWN;
  }
}

/** Most sets are letters, which are the same objects in all patterns. */
const factsOfSets = new WeakMap<ByteSet, Facts>();

function setFacts(set: ByteSet): Facts {
  const bytes = new Set(set.size > 2 * MAX_MEMBERS ? [] : set.list().map(foldByte));
  if (bytes.size > MAX_MEMBERS || (bytes.size === 0 && set.size > 0)) return UNKNOWN;
  return { exact: [...bytes].map((byte) => String.fromCharCode(byte)), required: undefined };
}

function repeat({ body, min, max }: Extract<Node, { kind: 'repeat' }>): Facts {
  if (max < min) return UNKNOWN;
  if (max === 0) return NOTHING;
  const facts = factsOf(body);
  const begins = beginsOf(facts);
  const ends = endsOf(facts);
  if (min === 0) {
    const exact = max === 1 && facts.exact !== undefined ? union([['']], facts.exact) : undefined;
    return exact === undefined
      ? { exact, required: undefined, begins, ends, optional: true }
      : { exact, required: undefined };
  }
  const exactly = min === max && min <= MAX_COPIES;
  // At least min copies in a row, then more: what is known of the first ones.
  const copies = Array.from({ length: Math.min(min, MAX_COPIES) }, () => facts);
  const row = sequence(exactly ? copies : [...copies, UNKNOWN]);
  const each = better(worth(facts.exact), facts.required);
  const isTelling =
    each !== undefined && each.floating !== true && bits(each.texts, textBits) >= MIN_COPIED_BITS;
  const many = isTelling ? { ...each, copies: Math.min(each.copies * min, MOST_COPIES) } : undefined;
  const required = better(row.required, many);
  const others = required === row.required ? row.others : [row.required ?? [], row.others ?? []].flat();
  if (exactly) return { ...row, required, ...(others !== undefined && { others }) };
  return { exact: undefined, required, ...(others !== undefined && { others }), begins, ends };
}

/** Undefined, too, of what may match nothing. */
const beginsOf = ({ exact, begins, optional }: Facts): readonly string[] | undefined =>
  exact ?? (optional === true ? undefined : begins);
const endsOf = ({ exact, ends, optional }: Facts): readonly string[] | undefined =>
  exact ?? (optional === true ? undefined : ends);

function sequence(items: readonly Facts[]): Facts {
  const all: Required[] = [];
  const note = (one: Required | undefined): void => {
    if (one !== undefined) all.push(one);
  };
  /** What is matched so far ends with one of these; as long as `whole`, it is one of them. */
  let run: readonly string[] = [''];
  let whole = true;
  let begins: readonly string[] | undefined;
  for (const item of items) {
    note(item.required);
    if (item.others !== undefined) all.push(...item.others);
    if (item.exact !== undefined) {
      const joined = product(run, item.exact);
      if (joined !== undefined) {
        run = joined;
        continue;
      }
    }
    const isOptional = item.optional === true;
    const first = isOptional ? undefined : beginsOf(item);
    const joined = first === undefined ? undefined : product(run, first);
    if (whole) begins = joined ?? run;
    whole = false;
    note(worth(joined ?? run));
    const last = item.exact ?? item.ends ?? [''];
    run = isOptional ? (union([run], last) ?? ['']) : last;
  }
  if (!whole) note(worth(run));
  const required = all.reduce<Required | undefined>(better, undefined);
  const others = all.filter((one) => one !== required && one.floating !== true);
  const more = others.length === 0 ? {} : { others };
  if (whole) return { exact: run, required, ...more };
  return { exact: undefined, required, ...more, begins, ends: run };
}

function alternation(branches: readonly Facts[]): Facts {
  const exact = branches.every((branch) => branch.exact !== undefined)
    ? union(
        branches.map((branch) => branch.exact ?? []),
        [],
      )
    : undefined;
  const sets = branches.flatMap((branch) => better(worth(branch.exact), branch.required) ?? []);
  const texts = sets.length < branches.length ? undefined : shortUnion(sets.map((set) => set.texts));
  const found = worth(texts);
  const edges = { begins: unionOf(branches.map(beginsOf)), ends: unionOf(branches.map(endsOf)) };
  if (found === undefined) return { exact, required: undefined, ...edges };
  const copies = Math.min(...sets.map((set) => set.copies));
  const floating = sets.some((set) => set.floating === true);
  return { exact, required: { ...found, copies, floating }, ...edges };
}

/** Undefined when one of the sets is, or when all together are too many. */
function unionOf(sets: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const known = sets.filter((set) => set !== undefined);
  return known.length < sets.length ? undefined : union(known, []);
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
function worth(texts: readonly string[] | undefined): Required | undefined {
  return texts === undefined || texts.length === 0 || texts.includes('') ? undefined : { texts, copies: 1 };
}

function better(one: Required | undefined, other: Required | undefined): Required | undefined {
  if (one === undefined) return other;
  if (other === undefined) return one;
  return value(other) > value(one) ? other : one;
}

/** What may be looked for goes before what may not. */
function value({ texts, copies }: Required): number {
  let known = bitsOfTexts.get(texts);
  if (known === undefined) {
    known = { all: bits(texts, textBits), rare: bits(texts, rareBits) };
    bitsOfTexts.set(texts, known);
  }
  const all = copies * known.all;
  // Of what says the same, one longer text is found with less work than several.
  return all < MIN_BITS ? all : MIN_BITS + copies * (known.rare - 1);
}

/** The same texts are compared with others again and again, on the way up the tree. */
const bitsOfTexts = new WeakMap<readonly string[], { all: number; rare: number }>();

/** How much it says that one of the texts was found: the likeliest of them, less for each that is as likely. */
function bits(texts: readonly string[], bitsOf: (text: string) => number): number {
  let chance = 0;
  for (const text of texts) chance += 2 ** -bitsOf(text);
  return -Math.log2(Math.max(chance, 1e-30));
}

function textBits(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += byteBits(text.charCodeAt(i));
  return sum;
}

/** What stands in every address, in most HTML and in every header says next to nothing, however long it is. */
const EVERYWHERE =
  /https?:?\/*(?:www\d?\.)?|\.com\b|href=|<a |<\/?(?:div|td|tr|p|br)\b|^\n?(?:from|to|subject|received|date|content-type|message-id):/g;
function rareBits(text: string): number {
  // Shorter than anything that stands everywhere, or without what all of that holds.
  const isPlain = text.length < 3 || !/[:=<]|http|com/.test(text);
  return Math.max(1, textBits(isPlain ? text : text.replace(EVERYWHERE, '')));
}

/** A text that holds another one of the set adds nothing. */
function withoutLonger(texts: readonly string[]): readonly string[] {
  const sorted = [...new Set(texts)].toSorted((one, other) => one.length - other.length);
  const kept: string[] = [];
  for (const text of sorted) if (!kept.some((short) => text.includes(short))) kept.push(text);
  return kept;
}
