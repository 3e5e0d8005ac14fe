/**
 * What commands, tests and capabilities are made of. A file of `commands/`, `tests/`, `matching/`, `actions/` or
 * `extensions/` exports definitions; {@link Registry} puts them together.
 */
import type { Position } from './ast.ts';
import type { Call, StringList, StringValue } from './call.ts';
import type { Compiler, Place } from './compiler.ts';
import type { HeaderQuery } from './header-query.ts';
import type { SieveLimits } from './limits.ts';
import type { PendingAction } from './result.ts';
import type { RunState } from './state.ts';
import type { Action, Answer, Question } from './types.ts';

/** What a step of the runtime does when it must know something of the world. */
export type Asking<T> = Generator<Question, T, Answer>;

export type ParameterType = 'string' | 'string-list' | 'number';

/** A positional argument (RFC 5228 §2.6.1). */
export interface ParameterDefinition {
  readonly name: string;
  readonly type: ParameterType;
  /** May be left out; only before or behind all that may not. */
  readonly optional?: boolean;
  /** The script must say it as it is: no variables in it (RFC 5229 §3). */
  readonly constant?: boolean;
}

/** A tagged argument (RFC 5228 §2.6.2). */
export interface TagDefinition {
  /** Lower-case, without the colon. */
  readonly name: string;
  /** At most one tag of a group may be given. */
  readonly group?: string;
  /** Type of the argument behind the tag. */
  readonly argument?: ParameterType;
  /** That argument must not hold variables. */
  readonly constant?: boolean;
  /** Takes the place of the `compile` of the command it stands at. */
  readonly compile?: CommandDefinition['compile'];
  /** Checks the use, and tells what the tag changes of the command or test it stands at. */
  bind?(call: Call, compiler: Compiler): Modifier | undefined;
}

/** What a tag changes. */
export interface Modifier {
  /** Called on the action before it joins the result (`:copy`, `:flags`, `:create`). */
  readonly action?: (state: RunState, pending: PendingAction) => void;
  /** Changes which header fields a test reads, and what of them (`:index`, `:mime`). */
  readonly query?: (query: HeaderQuery) => HeaderQuery;
  /** Changes the value that `set` stores (RFC 5229 §4.1); of several, the one with the highest precedence comes first. */
  readonly value?: { readonly precedence: number; readonly apply: (value: string) => string };
}

/** A variable that is not the script's own (RFC 5229 §3). */
export interface VariableAccess {
  get(state: RunState): string;
  /** Absent when scripts may not set it. */
  set?(state: RunState, value: string): void;
}

/** A namespace of variables, as `global` in `${global.name}` (RFC 5229 §3). */
export interface VariableNamespace {
  /** Lower-case. */
  readonly name: string;
  /** The variable of that name: lower-case, what stands behind the namespace and its dot. Undefined when there is none. */
  variable(name: string, compiler: Compiler): VariableAccess | undefined;
}

/** The outcome of a test that is known when the script is compiled. */
export interface Foregone {
  readonly truth: boolean;
  /** `ihave` has decided it: what can never be reached may be written for another engine (RFC 5463 §4). */
  readonly lenient: boolean;
}

/** What is common to commands and tests. */
export interface CallDefinition {
  /** Lower-case. */
  readonly name: string;
  readonly parameters?: readonly ParameterDefinition[];
  readonly tags?: readonly TagDefinition[];
  /** Takes the tags of this command as well, those that extensions added too. */
  readonly tagsOf?: string;
  /** Takes a match type and a comparator (RFC 5228 §2.7). */
  readonly matching?: boolean;
  /** The comparator where none is given, when it is not i;ascii-casemap. */
  readonly comparator?: string;
  /** Takes an address part as well (RFC 5228 §2.7.4). */
  readonly addressPart?: boolean;
  /** All of its faults are reported, not only the first. */
  readonly eachFault?: boolean;
  /** Tests it takes: none when absent, one, or a list in parentheses. */
  readonly tests?: 'one' | 'list';
}

export interface CommandDefinition extends CallDefinition {
  readonly block?: boolean;
  /** Commands of which one must stand directly before (`elsif`, `else`). */
  readonly follows?: readonly string[];
  /** Emits its instructions. True when the script never goes on behind it. */
  compile(call: Call, compiler: Compiler, place: Place): boolean | void;
}

export interface TestDefinition extends CallDefinition {
  /** Emits instructions that leave the outcome in `RunState.truth`. Returns the outcome when it is known already. */
  compile(call: Call, compiler: Compiler): Foregone | void;
}

/** A comparator (RFC 4790). Strings are equal when they fold to the same. */
export interface Comparator {
  readonly name: string;
  /** Canonical form. It keeps the number of code units, so that places in both agree, unless there is `places`. */
  fold(text: string): string;
  /** For each code unit of the folded text, and its end, the index in `text` of the character it was made of. */
  places?(text: string): readonly number[];
  /** `:contains` and `:matches` can be used with it. */
  readonly substring: boolean;
  /** Orders two folded strings: negative, 0 or positive. */
  order(a: string, b: string): number;
}

/** What a match type is compiled from. */
export interface MatchContext {
  readonly comparator: Comparator;
  readonly keys: StringList;
  /** The argument of the match type's tag, when it takes one. */
  readonly argument: StringValue | undefined;
  /** Wildcards are to be recorded in `RunState.captures` (RFC 5229 §3.2). */
  readonly captures: boolean;
}

/** Says whether one of the values matches one of the keys. Exactly one of the two ways. */
export type Matcher =
  | { readonly match: (state: RunState, values: readonly string[]) => boolean; readonly ask?: undefined }
  | {
      readonly ask: (state: RunState, values: readonly string[]) => Asking<boolean>;
      readonly match?: undefined;
    };

export interface MatchType {
  /** Lower-case, without the colon. */
  readonly name: string;
  /** It looks into strings: the comparator must be able to. */
  readonly substring: boolean;
  /** The tag takes a string (`:value "gt"`). */
  readonly argument?: boolean;
  /** Reports faults of the call through the compiler. */
  compile(context: MatchContext, call: Call, compiler: Compiler): Matcher;
}

export interface AddressPart {
  /** Lower-case, without the colon. */
  readonly name: string;
  /** The part of `local@domain`; undefined when the address has no such part, which then matches nothing. */
  extract(address: string, state: RunState): string | undefined;
  /** True for a key that the part can never equal: surely a mistake. */
  cannotBe?(key: string): boolean;
}

/** A part of the envelope (RFC 5228 §5.4). */
export interface EnvelopePart {
  /** Lower-case. */
  readonly name: string;
  /** Values are addresses, to which address parts apply. */
  readonly address: boolean;
  values(state: RunState, call: Call): readonly string[];
}

/** How one type of action behaves beside others. */
export interface ActionDefinition<T extends Action = Action> {
  readonly type: T['type'];
  /** Whether it takes the place of the implicit keep (RFC 5228 §2.10.2). */
  readonly cancelsImplicitKeep: boolean;
  /** Actions with the same key are one (RFC 5228 §2.10.3); undefined: never the same. */
  key(action: T): string | undefined;
  /** Types it may not be in one result with. */
  readonly conflicts?: readonly Action['type'][];
  /**
   * Which message it is done with: as it is when the action is decided on, or as `redirect` sends it (RFC 5703 §6).
   * Absent: with none, or with the one that came (RFC 5293 §7).
   */
  readonly message?: 'current' | 'forwarded';
  /** It is about mail that is just arriving: not for messages in mailboxes (RFC 6785). */
  readonly arrivalOnly?: boolean;
  /** How many there may be in one run; undefined for an action that does not count. */
  limit?(limits: SieveLimits, action: T): number | undefined;
  /** Fills in what the script said before, where the action's own tags say nothing (RFC 5232 §5). */
  complete?(state: RunState, action: T): void;
  /** What one action does that stands for two with the same key; without it, the first. */
  merge?(first: T, later: T): T;
}

/** An item of the `environment` test (RFC 5183 §4). */
export interface EnvironmentItem {
  /** Lower-case. With a `*` at its end, it is all items whose names begin so. */
  readonly name: string;
  /** Undefined when it is not known: the test is false then. `name` is the one that was asked for, lower-case. */
  value(state: RunState, name: string): string | undefined;
}

/** Changes what the strings of a script mean. */
export interface StringTransform {
  /** Done while compiling (`encoded-character`). Reports faults. Returns the same text when nothing is to change. */
  decode?(text: string, at: Position, compiler: Compiler): string;
  /** Done in each run (`variables`); undefined for a string that is constant. */
  interpolate?(text: string, at: Position, compiler: Compiler): ((state: RunState) => string) | undefined;
}

/** A capability and all that it brings (RFC 5228 §6). */
export interface Extension {
  /** The name for `require`. */
  readonly capability: string;
  /** May be used without `require`. */
  readonly builtIn?: boolean;
  /** Capabilities that come with it. */
  readonly implies?: readonly string[];
  /** Capabilities that a script may not require as well. */
  readonly excludes?: readonly string[];
  /**
   * Why it is refused to scripts: it needs something that a host may not have. Not refused when the host names it in
   * `CompileOptions.available`.
   */
  readonly needs?: string;
  /** Has an effect of its own by being required, so that it is never reported as unused. */
  readonly effective?: boolean;
  readonly commands?: readonly CommandDefinition[];
  readonly tests?: readonly TestDefinition[];
  /** Tags for commands and tests of others, by their names. */
  readonly tags?: Readonly<Record<string, readonly TagDefinition[]>>;
  readonly matchTypes?: readonly MatchType[];
  readonly comparators?: readonly Comparator[];
  readonly addressParts?: readonly AddressPart[];
  readonly envelopeParts?: readonly EnvelopePart[];
  readonly environment?: readonly EnvironmentItem[];
  readonly actions?: readonly ActionDefinition[];
  readonly strings?: StringTransform;
  /** Namespaces of variables. */
  readonly namespaces?: readonly VariableNamespace[];
  /** Called on each action of a script that requires it, the implicit keep too, after the action's own tags. */
  decorate?(state: RunState, pending: PendingAction): void;
  /** Scripts that require it record what wildcards matched. */
  readonly captures?: boolean;
}
