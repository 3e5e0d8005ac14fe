import { bindArguments } from './arguments.ts';
import type { CallNode, Position, StringNode } from './ast.ts';
import { type Call, type Comparison, constantString, type StringList, type StringValue } from './call.ts';
import type {
  CallDefinition,
  CommandDefinition,
  Extension,
  Foregone,
  Matcher,
  StringTransform,
  TestDefinition,
} from './definitions.ts';
import { Diagnostics } from './diagnostics.ts';
import { shorten } from './lexer.ts';
import { completeLimits, type SieveLimits } from './limits.ts';
import { parse } from './parser.ts';
import { CompiledScript, type Instruction, Label } from './program.ts';
import type { Registered, Registry } from './registry.ts';
import { Slots } from './slot.ts';
import { readSource } from './source.ts';
import type { RunState } from './state.ts';
import type { Action, CompileOptions, CompileResult } from './types.ts';

/** Compiles a script with the definitions of a registry. `shared` is that of the script that includes it. */
export function compileWith(
  registry: Registry,
  source: string | Uint8Array,
  options: CompileOptions = {},
  shared = new Slots(),
): CompileResult {
  const limits = completeLimits(options.limits);
  const size = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
  const start: Position = { offset: 0, line: 1 };
  if (size > limits.scriptBytes) {
    const diagnostics = new Diagnostics('', limits.diagnostics);
    diagnostics.error(start, `script of ${size} octets is too large (at most ${limits.scriptBytes})`);
    return { diagnostics: diagnostics.sorted() };
  }
  const { text, fault } = readSource(source);
  const diagnostics = new Diagnostics(text, limits.diagnostics);
  if (fault !== undefined) {
    diagnostics.error(fault, 'script is not UTF-8');
    return { diagnostics: diagnostics.sorted() };
  }
  const commands = parse(text, diagnostics, limits);
  const compiler = new Compiler(registry, diagnostics, limits, options, shared);
  const program = compiler.script(commands);
  if (diagnostics.errors > 0) return { diagnostics: diagnostics.sorted() };
  const { requires, decorators } = compiler;
  const name = options.name ?? 'script';
  const script = new CompiledScript({ name, requires, program, registry, decorators });
  return { script, diagnostics: diagnostics.sorted() };
}

/** Where a command stands among its siblings. */
export interface Place {
  /** 0 at the top of the script. */
  readonly depth: number;
  /** Names of the commands directly before and behind. */
  readonly previous: string | undefined;
  readonly next: string | undefined;
  readonly block: readonly CallNode[];
  /** Shared by the commands of one `if`/`elsif`/`else`: where it ends, and whether all its blocks so far stop. */
  readonly chain: Chain;
}

export interface Chain {
  readonly end: Label;
  stops: boolean;
  /** `ihave` has decided for one of the blocks: those behind it are never reached. */
  decided: boolean;
  /** `ihave` has decided against one of the blocks. */
  lenient: boolean;
}

const NO_COMMANDS: readonly CallNode[] = [];
/** Stands in the place of commands without a block, which have no use for one. */
const NO_CHAIN: Chain = { end: new Label(), stops: true, decided: false, lenient: false };
const newChain = (): Chain => ({ end: new Label(), stops: true, decided: false, lenient: false });

/** Commands and tests with others in them are looked at whole; of the rest the first fault is enough. */
function isWhole({ tests, block, eachFault }: CallDefinition & { block?: boolean }): boolean {
  return tests !== undefined || block === true || eachFault === true;
}

/** Turns the tree of a script into a program, and reports what is wrong with it. */
export class Compiler {
  readonly registry: Registry;
  readonly diagnostics: Diagnostics;
  readonly limits: SieveLimits;
  readonly defaultComparison: Comparison;
  /** Capabilities required so far, with those they imply. */
  readonly #enabled = new Set<string>();
  /** Where each was required. */
  readonly #required = new Map<string, StringNode>();
  readonly #used = new Set<string>();
  readonly options: CompileOptions;
  readonly #transforms: StringTransform[] = [];
  /** Unknown names are reported once. */
  readonly #unknown = new Set<string>();
  /** What extensions remember while they compile. */
  readonly slots = new Slots();
  /** The same while a script and those it includes are compiled. */
  readonly shared: Slots;
  readonly decorators: Extension[] = [];
  readonly #program: Instruction[] = [];
  #captures = false;
  #abandoned = false;

  constructor(
    registry: Registry,
    diagnostics: Diagnostics,
    limits: SieveLimits,
    options: CompileOptions,
    shared: Slots,
  ) {
    this.shared = shared;
    this.registry = registry;
    this.diagnostics = diagnostics;
    this.limits = limits;
    this.options = options;
    this.defaultComparison = {
      matchType: known(registry.matchTypes, 'is'),
      argument: undefined,
      comparator: known(registry.comparators, 'i;ascii-casemap'),
      addressPart: known(registry.addressParts, 'all'),
    };
  }

  get requires(): readonly string[] {
    return [...this.#required.keys()];
  }

  script(commands: readonly CallNode[]): readonly Instruction[] {
    this.block(commands, 0);
    for (const [capability, node] of this.#required)
      if (!this.#isUsed(capability))
        this.diagnostics.warning(node, `capability "${capability}" is required but not used`);
    return this.#program;
  }

  /** Compiles the commands of a block. True when it never goes on behind its end. */
  block(commands: readonly CallNode[], depth: number): boolean {
    let stopped = false;
    let warned = false;
    let chain = NO_CHAIN;
    let index = -1;
    for (const node of commands) {
      index++;
      if (this.diagnostics.full) break;
      if (stopped && !warned) {
        this.diagnostics.warning(node, `${node.name} is never reached: the script has stopped before`);
        warned = true;
      }
      const previous = commands[index - 1]?.name;
      const definition = this.registry.commands.get(node.name)?.definition;
      if (definition?.block === true && (definition.follows === undefined || chain === NO_CHAIN))
        chain = newChain();
      const place: Place = {
        depth,
        previous,
        next: commands[index + 1]?.name,
        block: node.block ?? NO_COMMANDS,
        chain,
      };
      stopped = this.#command(node, place) || stopped;
      if (this.#abandoned) {
        this.#abandoned = false;
        return true;
      }
    }
    return stopped;
  }

  /**
   * Leaves the rest of the block uncompiled: it is never reached, because `ihave` has decided so, and may be written
   * for another engine (RFC 5463 §4).
   */
  abandonBlock(): void {
    this.#abandoned = true;
  }

  #command(node: CallNode, place: Place): boolean {
    const definition = this.#lookUp(node, this.registry.commands.get(node.name), 'command');
    if (definition === undefined) return false;
    const tested = this.#hasTests(node, definition);
    const most = this.diagnostics.narrow(isWhole(definition));
    const stops = this.#compileCommand(node, definition, place, tested);
    this.diagnostics.widen(most);
    return stops;
  }

  #compileCommand(node: CallNode, definition: CommandDefinition, place: Place, tested: boolean): boolean {
    const call = this.#call(node, definition, tested);
    if (call === undefined) {
      // One fault of a command is enough.
    } else if (definition.block !== true && node.block !== undefined)
      this.diagnostics.error(node, `${node.name} takes no block`);
    else if (definition.block === true && node.block === undefined)
      this.diagnostics.error(node, `${node.name} needs a block`);
    else if (definition.follows?.includes(place.previous ?? '') === false)
      this.diagnostics.error(node, `${node.name} must follow ${definition.follows.join(' or ')}`);
    else {
      for (const { definition: tag } of call.tags.values())
        if (tag.compile !== undefined) return tag.compile(call, this, place) === true;
      return definition.compile(call, this, place) === true;
    }
    // Something is wrong with the command: what is in its block is looked at all the same.
    if (definition.tests !== undefined) for (const test of node.tests) this.test(test);
    if (definition.block === true) this.block(node.block ?? [], place.depth + 1);
    return false;
  }

  /** Compiles a test; its instructions leave the outcome in `RunState.truth`. Returns it when it is known already. */
  test(node: CallNode): Foregone | undefined {
    const definition = this.#lookUp(node, this.registry.tests.get(node.name), 'test');
    if (definition === undefined) return undefined;
    const tested = this.#hasTests(node, definition);
    const most = this.diagnostics.narrow(isWhole(definition));
    const outcome = this.#compileTest(node, definition, tested);
    this.diagnostics.widen(most);
    return outcome;
  }

  #compileTest(node: CallNode, definition: TestDefinition, tested: boolean): Foregone | undefined {
    const call = this.#call(node, definition, tested);
    if (call !== undefined) return definition.compile(call, this) ?? undefined;
    if (definition.tests !== undefined) for (const test of node.tests) this.test(test);
    return undefined;
  }

  #lookUp<T extends CallDefinition>(
    node: CallNode,
    found: Registered<T> | undefined,
    kind: 'command' | 'test',
  ): T | undefined {
    if (found !== undefined && (found.capability === undefined || this.use(found.capability)))
      return found.definition;
    const name = shorten(node.name);
    const other = kind === 'command' ? this.registry.tests : this.registry.commands;
    if (found === undefined && other.has(node.name)) {
      const is = kind === 'command' ? 'test' : 'command';
      this.diagnostics.error(node, `${name} is a ${is}, not a ${kind}`);
      return undefined;
    }
    if (!this.isNews(node.name)) return undefined;
    this.diagnostics.error(
      node,
      found === undefined ? `unknown ${kind} ${name}` : `${kind} ${name} needs require "${found.capability}"`,
    );
    return undefined;
  }

  /** False for a name that was said to be unknown before: once is enough. */
  isNews(unknown: string): boolean {
    if (this.#unknown.has(unknown)) return false;
    this.#unknown.add(unknown);
    return true;
  }

  #call(node: CallNode, definition: CallDefinition, tested: boolean): Call | undefined {
    const call = bindArguments(node, definition, this);
    if (!tested) return undefined;
    if (node.tests.length > 0) call?.setTests(node.tests);
    return call;
  }

  /** Whether a call has the tests it takes; reported beside what is wrong with its arguments. */
  #hasTests(node: CallNode, { tests: expected }: CallDefinition): boolean {
    const first = node.tests[0];
    // The most frequent case.
    if (expected === undefined && first === undefined) return true;
    const second = node.tests[1];
    const fault = (at: Position, text: string): false => {
      this.diagnostics.error(at, `${node.name}: ${text}`);
      return false;
    };
    if (expected === undefined && first !== undefined)
      return fault(
        first,
        first.line === node.line
          ? 'takes no test'
          : `takes no test; is a ";" missing before ${shorten(first.name)}?`,
      );
    if (expected !== undefined && first === undefined)
      return fault(node, expected === 'one' ? 'needs a test' : 'needs a list of tests in parentheses');
    if (expected === 'one' && second !== undefined)
      return fault(second, 'takes one test, not a list (use allof or anyof)');
    if (expected === 'one' && node.testList) return fault(node, 'takes a test without parentheses');
    if (expected === 'list' && !node.testList) return fault(node, 'takes a list of tests in parentheses');
    return true;
  }

  /** RFC 5228 §3.2. False when there is no such capability here; this has been reported. */
  require(node: StringNode): boolean {
    const name = node.value;
    const shown = JSON.stringify(shorten(name));
    const fault = this.#refusal(name);
    if (fault !== undefined) {
      this.diagnostics.error(
        node,
        fault === '' ? `unknown capability ${shown}` : `capability ${shown} ${fault}`,
      );
      return false;
    }
    const other = this.#excluded(name);
    if (other !== undefined) {
      this.diagnostics.error(node, `capability ${shown} cannot be used together with "${other}"`);
      return false;
    }
    if (!this.#required.has(name)) this.#required.set(name, node);
    this.#enable(name);
    return true;
  }

  /** A capability required before that cannot stand beside this one. */
  #excluded(name: string): string | undefined {
    const excludes = (one: string, other: string): boolean =>
      this.registry.extensions.get(one)?.excludes?.includes(other) === true;
    for (const other of this.#required.keys())
      if (excludes(name, other) || excludes(other, name)) return other;
    return undefined;
  }

  /** Whether a script may require all of these capabilities here. If so, they may be used from here on. */
  have(names: readonly string[]): boolean {
    if (names.some((name) => this.#refusal(name) !== undefined)) return false;
    for (const name of names) this.#enable(name);
    return true;
  }

  /** Why a capability cannot be used here; '' when it is unknown. */
  #refusal(name: string): string | undefined {
    const extension = this.registry.extensions.get(name);
    if (extension === undefined) return '';
    const available = this.options.available?.includes(name) ?? false;
    const reason = this.options.refused?.get(name) ?? (available ? undefined : extension.needs);
    const listed = this.options.capabilities?.includes(name) ?? true;
    return reason === undefined && listed
      ? undefined
      : `cannot be used here: ${reason ?? 'it is not allowed'}`;
  }

  #enable(name: string): void {
    const extension = this.registry.extensions.get(name);
    if (extension === undefined || this.#enabled.has(name)) return;
    this.#enabled.add(name);
    if (extension.strings !== undefined) this.#transforms.push(extension.strings);
    if (extension.decorate !== undefined) this.decorators.push(extension);
    if (extension.captures === true) this.#captures = true;
    for (const implied of extension.implies ?? []) this.#enable(implied);
  }

  /** Notes that the script uses a capability. False when it was not required. */
  use(capability: string): boolean {
    this.#used.add(capability);
    return this.#enabled.has(capability);
  }

  /** An extension is used when it, or one that came with it, is. */
  #isUsed(capability: string): boolean {
    const extension = this.registry.extensions.get(capability);
    return (
      extension?.effective === true ||
      this.#used.has(capability) ||
      (extension?.implies ?? []).some((implied) => this.#isUsed(implied))
    );
  }

  /** A string of the script, as the capabilities in use make it. */
  text(node: StringNode): StringValue {
    let value = node.value;
    for (const transform of this.#transforms) value = transform.decode?.(value, node, this) ?? value;
    for (const transform of this.#transforms) {
      const get = transform.interpolate?.(value, node, this);
      if (get !== undefined) return { offset: node.offset, line: node.line, constant: undefined, get };
    }
    return constantString(node, value);
  }

  emit(instruction: Instruction): void {
    this.#program.push(instruction);
  }

  /** Puts a label before the next instruction. */
  mark(label: Label): void {
    label.at = this.#program.length;
  }

  /** Emits a command that adds an action. */
  emitAction(call: Call, make: (state: RunState) => Action): void {
    const { line, modifiers } = call;
    this.emit({ op: 'do', line, run: (state) => state.result.add(state, make(state), modifiers) });
  }

  /** The compiled form of a test's match type, comparator and keys. */
  matcher(call: Call, keys: StringList, captures = this.#captures): Matcher {
    const { matchType, comparator, argument } = call.comparison;
    return matchType.compile({ comparator, keys, argument, captures }, call, this);
  }
}

function known<T>(map: ReadonlyMap<string, Registered<T>>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new Error(`${name} is not registered`);
  return found.definition;
}
