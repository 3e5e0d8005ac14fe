/** The rule language as data: what a parsed set of rule files is. Plain and cloneable, it is handed to the workers. */

/** A place in a rule file; lines count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Why a line, or a rule, was left out, or what is odd about it. */
export interface RuleFault extends Place {
  readonly text: string;
  /** The rule it is about. */
  readonly rule?: string;
  /** `error`: left out. `note`: loaded; worth knowing. */
  readonly level: 'error' | 'note';
}

/** A Perl regular expression: what stands between the delimiters, and the letters after them. */
export interface Pattern {
  readonly source: string;
  readonly flags: string;
}

/** Text that eval functions can be run on, which says when they run. */
export type EvalKind = 'header' | 'body' | 'rawbody' | 'full';

export type RuleTest =
  | {
      readonly kind: 'header';
      /** Field with modifiers, for `Views.header`. */
      readonly field: string;
      readonly negated: boolean;
      readonly pattern: Pattern;
      /** Value of a field that is not there. */
      readonly ifUnset?: string;
    }
  | { readonly kind: 'exists'; readonly field: string; readonly negated: boolean }
  | { readonly kind: 'body' | 'rawbody' | 'full' | 'uri'; readonly pattern: Pattern }
  | { readonly kind: 'meta'; readonly expression: string }
  | {
      readonly kind: 'mimeheader';
      readonly field: string;
      readonly raw: boolean;
      readonly negated: boolean;
      readonly pattern: Pattern;
      readonly ifUnset?: string;
    }
  | { readonly kind: 'uri_detail'; readonly conditions: readonly UriCondition[] }
  | {
      readonly kind: 'eval';
      readonly on: EvalKind;
      readonly function: string;
      readonly args: readonly string[];
    }
  /** Questions to the DNS: kept as data for the network checks. */
  | { readonly kind: 'network'; readonly directive: string; readonly args: readonly string[] };

export interface UriCondition {
  readonly key: 'raw' | 'type' | 'cleaned' | 'text' | 'domain' | 'host';
  readonly negated: boolean;
  readonly pattern: Pattern;
}

/** Score without and with network, then the same with Bayes. */
export type ScoreSet = readonly [number, number, number, number];

export interface Rule extends Place {
  readonly name: string;
  readonly test: RuleTest;
  readonly description: string;
  readonly scores: ScoreSet;
  readonly tflags: readonly string[];
  readonly priority: number;
}

/** A value of a directive that is no rule, e.g. of `freemail_domains`, as written. */
export interface SettingValue extends Place {
  readonly value: string;
}

/** Everything a set of rule files says. */
export interface RuleSet {
  readonly rules: readonly Rule[];
  /** By directive (old spellings under their new name), in the order of the files. */
  readonly settings: ReadonlyMap<string, readonly SettingValue[]>;
  readonly faults: readonly RuleFault[];
  /** Directives read, for reports. */
  readonly directives: number;
}

/** A pattern in JavaScript's terms, for text of bytes. */
export interface Translation {
  readonly source: string;
  readonly flags: string;
  /** Lower-cased texts of which each match holds one; undefined: it has to be run to know. */
  readonly literals: readonly string[] | undefined;
  /** In how many places of a match one of them stands; 1 unless said. */
  readonly copies?: number;
  /** Further texts; each match holds one of these too. */
  readonly also?: readonly string[];
  /** Each match has so many bytes at least. */
  readonly bytes: number;
  /** Each match begins at the beginning of a line, which has so many bytes at least. */
  readonly perLine?: number;
  /** Where there are no literals: an automaton that accepts all it matches; absent: there is none. */
  readonly positions?: Positions;
}

/**
 * The automaton of a pattern: positions, numbered from 0, and which may follow which. Flat, as there are a hundred
 * thousand of them, and in memory that all workers read.
 */
export interface Positions {
  /** By position: the number of the set of the bytes that may stand there. */
  readonly setOf: Uint16Array;
  /** By set: 256 bits. */
  readonly sets: Uint16Array;
  /** Followers of all positions, one position's after the other's. */
  readonly follow: Uint16Array;
  /** By position: where its followers begin; one more, the end. */
  readonly offsets: Uint16Array;
  /** Positions a match may begin with. */
  readonly first: Uint16Array;
  /** By position: 1 where a match may end. */
  readonly ends: Uint16Array;
  /** A match begins at the start of the text. */
  readonly anchored: boolean;
}

/** A set whose patterns are translated, which takes longer than all else: done once, then handed to the workers. */
export interface PreparedRules extends RuleSet {
  /** By index of the rule; undefined for rules without a pattern, and for those whose pattern cannot be used. */
  readonly translations: readonly (Translation | undefined)[];
}
