/** The tree of RFC 5228 §8.2, before anything is known of the names in it. */

/** Where a thing begins: index into the script's text (UTF-16 code units), and the line (from 1). */
export interface Position {
  readonly offset: number;
  readonly line: number;
}

export interface StringNode extends Position {
  readonly kind: 'string';
  readonly value: string;
}

export interface NumberNode extends Position {
  readonly kind: 'number';
  readonly value: number;
}

export interface TagNode extends Position {
  readonly kind: 'tag';
  /** Lower-cased, without the colon. */
  readonly name: string;
}

export interface ListNode extends Position {
  readonly kind: 'list';
  readonly items: readonly StringNode[];
}

export type ArgumentNode = StringNode | NumberNode | TagNode | ListNode;

/** A command or a test: a name, arguments, tests, and for some commands a block. */
export interface CallNode extends Position {
  /** Lower-cased. */
  readonly name: string;
  arguments: readonly ArgumentNode[];
  tests: readonly CallNode[];
  /** The tests stand in parentheses. */
  testList: boolean;
  block: readonly CallNode[] | undefined;
}
