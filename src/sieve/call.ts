import type { CallNode, Position, TagNode } from './ast.ts';
import type {
  AddressPart,
  Comparator,
  MatchType,
  Modifier,
  ParameterDefinition,
  TagDefinition,
} from './definitions.ts';
import type { RunState } from './state.ts';

/** A string of the script, constant or made in each run. */
export interface StringValue extends Position {
  /** The value, when it is the same in every run. */
  readonly constant: string | undefined;
  get(state: RunState): string;
}

/** A list of strings; a single string is a list of one (RFC 5228 §2.4.2.1). */
export interface StringList extends Position {
  readonly items: readonly StringValue[];
  /** The values, when all are the same in every run. */
  readonly constant: readonly string[] | undefined;
  get(state: RunState): readonly string[];
}

export type ArgumentValue =
  | { readonly type: 'string'; readonly value: StringValue }
  | { readonly type: 'string-list'; readonly value: StringList }
  | { readonly type: 'number'; readonly value: number };

/** A tag that was given, with its argument. */
export interface BoundTag {
  readonly node: TagNode;
  readonly definition: TagDefinition;
  readonly argument: ArgumentValue | undefined;
}

/** MATCH-TYPE, COMPARATOR and ADDRESS-PART of a test (RFC 5228 §2.7). */
export interface Comparison {
  readonly matchType: MatchType;
  /** The argument of the match type's tag, when it takes one. */
  readonly argument: StringValue | undefined;
  readonly comparator: Comparator;
  readonly addressPart: AddressPart;
}

const NONE: readonly never[] = [];

/** A command or test whose arguments have the types its definition asks for. */
export class Call implements Position {
  readonly offset: number;
  readonly line: number;
  readonly name: string;
  readonly tags: ReadonlyMap<string, BoundTag>;
  readonly #parameters: readonly ParameterDefinition[];
  /** In the order of the parameters. */
  readonly #values: readonly ArgumentValue[];
  /** How it compares: `:is`, `i;ascii-casemap` and `:all` where nothing else was given. */
  readonly comparison: Comparison;
  /** What the tags change; set when all arguments are known. */
  modifiers: readonly Modifier[] = NONE;
  #tests: readonly CallNode[] = NONE;

  /** `values` are those of the first `parameters`. */
  constructor(
    at: Position & { readonly name: string },
    parameters: readonly ParameterDefinition[],
    values: readonly ArgumentValue[],
    tags: ReadonlyMap<string, BoundTag>,
    comparison: Comparison,
  ) {
    this.offset = at.offset;
    this.line = at.line;
    this.name = at.name;
    this.#parameters = parameters;
    this.#values = values;
    this.tags = tags;
    this.comparison = comparison;
  }

  /** The tests it takes, as many as its definition allows. */
  get tests(): readonly CallNode[] {
    return this.#tests;
  }

  setTests(tests: readonly CallNode[]): void {
    this.#tests = tests;
  }

  has(tag: string): boolean {
    return this.tags.has(tag);
  }

  /** Whether an optional parameter was given. */
  given(parameter: string): boolean {
    return this.#value(parameter) !== undefined;
  }

  /** There are two or three: looking through them is faster than a map. */
  #value(parameter: string): ArgumentValue | undefined {
    for (let index = 0; index < this.#values.length; index++)
      if (this.#parameters[index]?.name === parameter) return this.#values[index];
    return undefined;
  }

  string(parameter: string): StringValue {
    const value = this.#value(parameter);
    if (value?.type !== 'string') throw new Error(`${this.name} has no string ${parameter}`);
    return value.value;
  }

  /** Of a parameter that is a single string: the list of it (RFC 5228 §2.4.2.1). */
  strings(parameter: string): StringList {
    const value = this.#value(parameter);
    if (value?.type === 'string') return stringList(value.value, [value.value]);
    if (value?.type !== 'string-list') throw new Error(`${this.name} has no list ${parameter}`);
    return value.value;
  }

  number(parameter: string): number {
    const value = this.#value(parameter);
    if (value?.type !== 'number') throw new Error(`${this.name} has no number ${parameter}`);
    return value.value;
  }
}

/** Many of them are made: classes take less room than closures. */
class ConstantString implements StringValue {
  readonly offset: number;
  readonly line: number;
  readonly constant: string;

  constructor({ offset, line }: Position, value: string) {
    this.offset = offset;
    this.line = line;
    this.constant = value;
  }

  get(): string {
    return this.constant;
  }
}

const isConstant = ({ constant }: StringValue): boolean => constant !== undefined;
const constantOf = ({ constant }: StringValue): string => constant ?? '';

class Strings implements StringList {
  readonly offset: number;
  readonly line: number;
  readonly items: readonly StringValue[];
  readonly constant: readonly string[] | undefined;

  constructor({ offset, line }: Position, items: readonly StringValue[]) {
    this.offset = offset;
    this.line = line;
    this.items = items;
    this.constant = items.every(isConstant) ? items.map(constantOf) : undefined;
  }

  get(state: RunState): readonly string[] {
    return this.constant ?? this.items.map((item) => item.get(state));
  }
}

export function constantString(at: Position, value: string): StringValue {
  return new ConstantString(at, value);
}

export function stringList(at: Position, items: readonly StringValue[]): StringList {
  return new Strings(at, items);
}
