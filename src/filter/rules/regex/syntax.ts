import type { ByteSet } from './bytes.ts';

/** A Perl pattern taken apart. Flags have been worked in: case folding, `.`, anchors, white space of `/x`. */
export type Node =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'alternation'; readonly branches: readonly Node[] }
  /** `number` counts from 1 in the order of the opening parentheses. */
  | { readonly kind: 'capture'; readonly number: number; readonly body: Node }
  | { readonly kind: 'atomic'; readonly body: Node }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negated: boolean; readonly body: Node }
  | {
      readonly kind: 'repeat';
      readonly body: Node;
      readonly min: number;
      readonly max: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'anchor'; readonly at: Anchor }
  | { readonly kind: 'reference'; readonly number: number; readonly ignoreCase: boolean };

/** `line…` are `^` and `$` under `/m`; `end` is `$` and `\Z`, which hold before a final newline too. */
export type Anchor = 'start' | 'veryEnd' | 'end' | 'lineStart' | 'lineEnd' | 'boundary' | 'noBoundary';

export interface ParsedPattern {
  readonly root: Node;
  /** The pattern as a whole ignores case. */
  readonly ignoreCase: boolean;
  readonly captures: number;
  /** Captures that something refers to. */
  readonly referenced: ReadonlySet<number>;
}

/** A pattern that is wrong, or that cannot be translated; the message says why. */
export class PatternError extends Error {}
