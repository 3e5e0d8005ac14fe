/** What strings with `${name}` stand for (RFC 5229 §3), and where the values of variables are. */
import type { Position } from './ast.ts';
import type { StringValue } from './call.ts';
import type { Compiler } from './compiler.ts';
import type { VariableAccess } from './definitions.ts';
import { shorten } from './lexer.ts';
import { Slot } from './slot.ts';
import type { RunState } from './state.ts';

/** What the names of one script mean. */
interface Scope {
  /** Names that the script sets itself. */
  readonly own: Set<string>;
  /** Names that the script has declared as global (RFC 6609 §3.4.1). */
  readonly global: Set<string>;
}

const scopeSlot = new Slot((): Scope => ({ own: new Set(), global: new Set() }));

interface Values {
  /** Of the script that runs. */
  own: Map<string, string>;
  /** Shared by the script and those it includes. */
  readonly global: Map<string, string>;
}

const valuesSlot = new Slot((): Values => ({ own: new Map(), global: new Map() }));

/**
 * ```
 * variable-ref  = "${" [namespace] variable-name "}"
 * namespace     = identifier "." *sub-namespace
 * sub-namespace = variable-name "."
 * variable-name = num-variable / identifier
 * ```
 */
const REFERENCE = /\$\{(\d+|[a-z_]\w*(?:\.(?:\d+|[a-z_]\w*))*)\}/gi;
/** A name that may be set; match variables may not (RFC 5229 §3, RFC 5229 §4). */
const NAME = /^[a-z_]\w*(?:\.(?:\d+|[a-z_]\w*))*$/i;

/** What a string with variables stands for in a run; undefined for one without. Reports names that cannot be. */
export function interpolate(
  text: string,
  at: Position,
  compiler: Compiler,
): ((state: RunState) => string) | undefined {
  if (!text.includes('${')) return undefined;
  const parts: (string | VariableAccess)[] = [];
  let end = 0;
  let found = false;
  for (const { 0: whole, 1: name = '', index } of text.matchAll(REFERENCE)) {
    // No variable has such a name.
    if (name.length > compiler.limits.variableName) continue;
    found = true;
    if (index > end) parts.push(text.slice(end, index));
    end = index + whole.length;
    const access = resolve(name.toLowerCase(), at, compiler);
    if (access !== undefined) parts.push(access);
  }
  // What is no reference stays as it is (RFC 5229 §3).
  if (!found) return undefined;
  compiler.use('variables');
  if (end < text.length) parts.push(text.slice(end));
  const most = compiler.limits.stringLength;
  return (state) => {
    let value = '';
    for (const part of parts) {
      value += typeof part === 'string' ? part : part.get(state);
      if (value.length > most) return wellFormedStart(value, most);
    }
    return value;
  };
}

/** A variable that a command sets. */
export interface VariableTarget {
  /** As the trace shows it. */
  readonly name: string;
  /** Stores a value, cut to the length that values may have. */
  set(state: RunState, value: string): void;
}

/**
 * The variable a command or tag is given the name of. Reports names that cannot be set: `command` stands before the
 * message. For commands of other capabilities too; `variables` must be required where they take such a name.
 */
export function variableTarget(
  name: StringValue,
  command: string,
  compiler: Compiler,
): VariableTarget | undefined {
  const fault = (text: string): undefined => {
    compiler.diagnostics.error(name, `${command}: ${text}`);
    return undefined;
  };
  const written = name.constant;
  if (written === undefined) return fault('name of a variable must be constant, without variables');
  const shown = JSON.stringify(shorten(written));
  if (/^\d+$/.test(written)) return fault(`match variable ${shown} cannot be set`);
  if (!NAME.test(written)) return fault(`${shown} is not the name of a variable`);
  if (written.length > compiler.limits.variableName) return fault(tooLong(written, compiler));
  compiler.use('variables');
  const key = written.toLowerCase();
  const scope = compiler.slots.get(scopeSlot);
  if (!key.includes('.') && !scope.global.has(key)) {
    scope.own.add(key);
    if (scope.own.size > compiler.limits.variables)
      return fault(`too many variables (at most ${compiler.limits.variables})`);
  }
  const access = resolve(key, name, compiler);
  if (access === undefined) return undefined;
  if (access.set === undefined) return fault(`variable ${shown} cannot be set`);
  return targetOf(written, access);
}

function targetOf(name: string, access: VariableAccess): VariableTarget {
  return { name, set: (state, value) => access.set?.(state, cutValue(value, state.limits.variableBytes)) };
}

/** Declares names as global in the script that is compiled (RFC 6609 §3.4.1). */
export function declareGlobal(name: StringValue, command: string, compiler: Compiler): void {
  const written = name.constant ?? '';
  const shown = JSON.stringify(shorten(written));
  const scope = compiler.slots.get(scopeSlot);
  const key = written.toLowerCase();
  const fault = (text: string): void => compiler.diagnostics.error(name, `${command}: ${text}`);
  if (!/^[a-z_]\w*$/.test(key)) fault(`${shown} is not the name of a variable of its own`);
  else if (key.length > compiler.limits.variableName) fault(tooLong(written, compiler));
  else if (scope.own.has(key)) fault(`variable ${shown} has been set before`);
  else {
    scope.global.add(key);
    if (scope.global.size > compiler.limits.variables)
      fault(`too many variables (at most ${compiler.limits.variables})`);
  }
}

/** A global variable (RFC 6609 §3.4.2). */
export function globalVariable(name: string): VariableAccess {
  return {
    get: (state) => state.slots.get(valuesSlot).global.get(name) ?? '',
    set(state, value) {
      const { global } = state.slots.get(valuesSlot);
      if (!global.has(name) && global.size >= state.limits.variables)
        state.fail(`too many global variables (at most ${state.limits.variables})`);
      global.set(name, value);
    },
  };
}

/** Gives an included script variables of its own (RFC 6609 §3.4); what is returned puts back those of the script before. */
export function enterScope(state: RunState): () => void {
  const values = state.slots.get(valuesSlot);
  const { own } = values;
  const { captures } = state;
  values.own = new Map();
  state.captures = [];
  return () => {
    values.own = own;
    state.captures = captures;
  };
}

/** Undefined when there can be no such variable; that has been reported. `name` is lower-case. */
function resolve(name: string, at: Position, compiler: Compiler): VariableAccess | undefined {
  const { limits, diagnostics } = compiler;
  if (/^\d/.test(name)) {
    const index = Number(name);
    if (index > limits.matchVariables) {
      // RFC 5229 §3.2: a number that is higher than those the engine has is an error of syntax.
      diagnostics.error(at, `\${${shorten(name)}}: match variables go up to \${${limits.matchVariables}}`);
      return undefined;
    }
    return { get: (state) => state.captures[index] ?? '' };
  }
  const dot = name.indexOf('.');
  if (dot === -1)
    return compiler.slots.get(scopeSlot).global.has(name) ? globalVariable(name) : ownVariable(name);
  const space = name.slice(0, dot);
  const registered = compiler.registry.namespaces.get(space);
  if (
    registered === undefined ||
    (registered.capability !== undefined && !compiler.use(registered.capability))
  ) {
    // RFC 5229 §3: a namespace whose extension was not required is an error.
    diagnostics.error(
      at,
      registered === undefined
        ? `unknown namespace ${space} of variable \${${name}}`
        : `variable \${${name}} needs require "${registered.capability}"`,
    );
    return undefined;
  }
  const access = registered.definition.variable(name.slice(dot + 1), compiler);
  if (access === undefined) diagnostics.error(at, `there is no variable \${${name}}`);
  return access;
}

function ownVariable(name: string): VariableAccess {
  return {
    get: (state) => state.slots.get(valuesSlot).own.get(name) ?? '',
    set: (state, value) => void state.slots.get(valuesSlot).own.set(name, value),
  };
}

function tooLong(name: string, { limits }: Compiler): string {
  return `name of variable ${shorten(name)} is too long (at most ${limits.variableName} characters)`;
}

/** RFC 5229 §6: what is too long is cut, between two characters. */
function cutValue(value: string, most: number): string {
  if (value.length * 3 <= most) return value;
  const octets = Buffer.from(value);
  if (octets.length <= most) return value;
  let end = most;
  while (end > 0 && ((octets[end] ?? 0) & 0xc0) === 0x80) end--;
  return octets.toString('utf8', 0, end);
}

function wellFormedStart(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
