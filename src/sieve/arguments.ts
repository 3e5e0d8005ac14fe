import type { ArgumentNode, CallNode, Position, TagNode } from './ast.ts';
import { type ArgumentValue, type BoundTag, Call, type Comparison, stringList } from './call.ts';
import type { Compiler } from './compiler.ts';
import type { CallDefinition, Modifier, ParameterDefinition, ParameterType } from './definitions.ts';
import type { Registered } from './registry.ts';

const TYPE_NAMES: Readonly<Record<ParameterType, string>> = {
  string: 'a string',
  'string-list': 'a list of strings',
  number: 'a number',
};

/**
 * Checks the arguments of a command or test against its definition (RFC 5228 §2.6). Reports the first fault and
 * returns undefined then: what follows a misplaced argument is seldom a fault of its own.
 */
export function bindArguments(
  node: CallNode,
  definition: CallDefinition,
  compiler: Compiler,
): Call | undefined {
  return new Binder(node, definition, compiler).bind();
}

const NO_TAGS: ReadonlyMap<string, BoundTag> = new Map();
const NO_PARAMETERS: readonly ParameterDefinition[] = [];
const NO_VALUES: readonly ArgumentValue[] = [];

const isTag = (argument: ArgumentNode): argument is TagNode => argument.kind === 'tag';

class Binder {
  readonly #node: CallNode;
  readonly #definition: CallDefinition;
  readonly #compiler: Compiler;
  #tags: Map<string, BoundTag> | undefined;
  /** The groups of which a tag was given, and that tag: seldom more than two, which a map takes too long for. */
  #groups: { readonly group: string; readonly name: string }[] | undefined;
  #comparison: { -readonly [K in keyof Comparison]: Comparison[K] };
  #at = 0;

  constructor(node: CallNode, definition: CallDefinition, compiler: Compiler) {
    this.#node = node;
    this.#definition = definition;
    this.#compiler = compiler;
    // Only what compares has tags that change it.
    this.#comparison =
      definition.matching === true ? { ...compiler.defaultComparison } : compiler.defaultComparison;
    if (definition.comparator === undefined) return;
    const comparator = compiler.registry.comparators.get(definition.comparator);
    if (comparator !== undefined)
      this.#comparison = { ...this.#comparison, comparator: comparator.definition };
  }

  bind(): Call | undefined {
    const positional = this.#readTags();
    if (positional === undefined) return undefined;
    const parameters = this.#parametersFor(positional.length);
    const values = this.#readPositional(positional, parameters);
    if (values === undefined) return undefined;
    const { matchType, comparator } = this.#comparison;
    if (this.#definition.matching === true && matchType.substring && !comparator.substring)
      return this.#fault(
        this.#node,
        `comparator "${comparator.name}" cannot be used with :${matchType.name}`,
      );
    const call = new Call(this.#node, parameters, values, this.#tags ?? NO_TAGS, this.#comparison);
    if (this.#tags === undefined) return call;
    const modifiers: Modifier[] = [];
    const errors = this.#compiler.diagnostics.errors;
    for (const { definition } of this.#tags.values()) {
      const modifier = definition.bind?.(call, this.#compiler);
      if (modifier !== undefined) modifiers.push(modifier);
    }
    call.modifiers = modifiers;
    return this.#compiler.diagnostics.errors === errors ? call : undefined;
  }

  #fault(at: Position, text: string): undefined {
    this.#compiler.diagnostics.error(at, `${this.#node.name}: ${text}`);
    return undefined;
  }

  /** Takes the tags with their arguments, and returns what is left. */
  #readTags(): readonly Exclude<ArgumentNode, TagNode>[] | undefined {
    const all = this.#node.arguments;
    if (!all.some(isTag)) return all as readonly Exclude<ArgumentNode, TagNode>[];
    const positional: Exclude<ArgumentNode, TagNode>[] = [];
    for (this.#at = 0; this.#at < all.length; this.#at++) {
      const argument = all[this.#at];
      if (argument === undefined) break;
      if (argument.kind !== 'tag') {
        positional.push(argument);
        continue;
      }
      // RFC 5228 §2.6.2: tagged arguments stand before positional ones.
      if (positional.length > 0)
        return this.#fault(argument, `tag :${argument.name} must stand before the other arguments`);
      if (!this.#readTag(argument)) return undefined;
    }
    return positional;
  }

  #readTag(node: TagNode): boolean {
    const { name } = node;
    const { registry } = this.#compiler;
    const { tagsOf } = this.#definition;
    const own =
      registry.tag(this.#definition.name, name) ??
      (tagsOf === undefined ? undefined : registry.tag(tagsOf, name));
    if (own !== undefined && this.#allowed(own)) {
      const { definition } = own;
      if (!this.#first(node, definition.group ?? `:${name}`)) return false;
      const type = definition.argument;
      const argument = type === undefined ? undefined : this.#tagArgument(node, type);
      if (type !== undefined && argument === undefined) return false;
      if (definition.constant === true && !this.#isConstant(argument, `argument of :${name}`)) return false;
      this.#tags ??= new Map();
      this.#tags.set(name, { node, definition, argument });
      return true;
    }
    if (this.#definition.matching === true && name === 'comparator') return this.#readComparator(node);
    const matchType = this.#definition.matching === true ? registry.matchTypes.get(name) : undefined;
    if (matchType !== undefined && this.#allowed(matchType)) {
      if (!this.#first(node, 'match type')) return false;
      this.#comparison.matchType = matchType.definition;
      if (matchType.definition.argument !== true) return true;
      const argument = this.#tagArgument(node, 'string');
      if (argument?.type !== 'string') return false;
      this.#comparison.argument = argument.value;
      return true;
    }
    const part = this.#definition.addressPart === true ? registry.addressParts.get(name) : undefined;
    if (part !== undefined && this.#allowed(part)) {
      if (!this.#first(node, 'address part')) return false;
      this.#comparison.addressPart = part.definition;
      return true;
    }
    if (!this.#compiler.isNews(`${this.#node.name} :${name}`)) return false;
    const capability = (own ?? matchType ?? part)?.capability;
    this.#fault(
      node,
      capability === undefined ? `unknown tag :${name}` : `tag :${name} needs require "${capability}"`,
    );
    return false;
  }

  /** RFC 5228 §2.7.3; comparators beside the two basic ones need `require "comparator-NAME"`. */
  #readComparator(node: TagNode): boolean {
    if (!this.#first(node, 'comparator')) return false;
    const argument = this.#tagArgument(node, 'string');
    if (argument?.type !== 'string') return false;
    const name = argument.value.constant;
    if (name === undefined) {
      this.#fault(argument.value, 'comparator must be a constant string');
      return false;
    }
    // Their names are in lower case; programs that make scripts write them in either.
    const comparator = this.#compiler.registry.comparators.get(name.toLowerCase());
    if (comparator !== undefined && this.#allowed(comparator)) {
      this.#compiler.use(`comparator-${comparator.definition.name}`);
      this.#comparison.comparator = comparator.definition;
      return true;
    }
    this.#fault(
      argument.value,
      comparator === undefined
        ? `unknown comparator ${JSON.stringify(name)}`
        : `comparator "${name}" needs require "${comparator.capability}"`,
    );
    return false;
  }

  #allowed({ capability }: Registered<unknown>): boolean {
    return capability === undefined || this.#compiler.use(capability);
  }

  /** RFC 5228 §2.6.2: a tag, or one of its group, may be given once. */
  #first(node: TagNode, group: string): boolean {
    const { name } = node;
    const before = this.#groups?.find((given) => given.group === group)?.name;
    if (before === undefined) {
      if (this.#groups === undefined) this.#groups = [{ group, name }];
      else this.#groups.push({ group, name });
      return true;
    }
    this.#fault(
      node,
      before === name ? `tag :${name} is given twice` : `:${name} cannot be used together with :${before}`,
    );
    return false;
  }

  #tagArgument(tag: TagNode, type: ParameterType): ArgumentValue | undefined {
    const node = this.#node.arguments[this.#at + 1];
    if (node === undefined || node.kind === 'tag')
      return this.#fault(tag, `tag :${tag.name} needs ${TYPE_NAMES[type]}`);
    this.#at++;
    return this.#value(node, type) ?? this.#mismatch(node, type, `tag :${tag.name}`);
  }

  #readPositional(
    nodes: readonly Exclude<ArgumentNode, TagNode>[],
    taken: readonly ParameterDefinition[],
  ): readonly ArgumentValue[] | undefined {
    if (taken.length === 0 && nodes.length === 0) return NO_VALUES;
    let values: ArgumentValue[] | undefined;
    let index = 0;
    for (const node of nodes) {
      const parameter = taken[index];
      if (parameter === undefined) return this.#tooMany(node);
      const value = this.#value(node, parameter.type);
      if (value === undefined)
        return this.#mismatch(node, parameter.type, `argument ${index + 1} (${parameter.name})`);
      if (parameter.constant === true && !this.#isConstant(value, parameter.name)) return undefined;
      index++;
      // Most commands have one argument: an array that begins empty takes room for many.
      if (values === undefined) values = [value];
      else values.push(value);
    }
    const missing = taken[nodes.length];
    if (missing !== undefined)
      return this.#fault(
        this.#node,
        `argument ${nodes.length + 1} (${missing.name}) is missing: ${TYPE_NAMES[missing.type]}`,
      );
    return values;
  }

  #tooMany(node: Position): undefined {
    const count = this.#definition.parameters?.length ?? 0;
    return this.#fault(
      node,
      count === 0
        ? 'takes no arguments'
        : `takes at most ${count === 1 ? '1 argument' : `${count} arguments`}`,
    );
  }

  /** Reports strings that hold variables where none may be (RFC 5229 §3). */
  #isConstant(argument: ArgumentValue | undefined, what: string): boolean {
    if (argument === undefined || argument.type === 'number') return true;
    const items = argument.type === 'string' ? [argument.value] : argument.value.items;
    const variable = items.find(({ constant }) => constant === undefined);
    if (variable === undefined) return true;
    this.#fault(variable, `${what} must be constant, without variables`);
    return false;
  }

  /** Without the optional ones when there are not enough arguments. */
  #parametersFor(count: number): readonly ParameterDefinition[] {
    const parameters = this.#definition.parameters ?? NO_PARAMETERS;
    if (count >= parameters.length || !parameters.some(({ optional }) => optional === true))
      return parameters;
    return parameters.filter((parameter) => parameter.optional !== true);
  }

  /** Undefined when it is of another type. */
  #value(node: Exclude<ArgumentNode, TagNode>, type: ParameterType): ArgumentValue | undefined {
    if (type === 'number' && node.kind === 'number') return { type, value: node.value };
    if (type === 'string' && node.kind === 'string') return { type, value: this.#compiler.text(node) };
    if (type !== 'string-list' || node.kind === 'number') return undefined;
    const items =
      node.kind === 'list'
        ? node.items.map((item) => this.#compiler.text(item))
        : [this.#compiler.text(node)];
    return { type, value: stringList(node, items) };
  }

  #mismatch(node: Exclude<ArgumentNode, TagNode>, type: ParameterType, what: string): undefined {
    const found = TYPE_NAMES[node.kind === 'list' ? 'string-list' : node.kind];
    return this.#fault(node, `${what} must be ${TYPE_NAMES[type]}, not ${found}`);
  }
}
