import type { Call } from '../call.ts';
import { type Compiler, compileWith } from '../compiler.ts';
import type { Asking, CommandDefinition, Extension, VariableNamespace } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { CompiledScript } from '../program.ts';
import { execute } from '../runtime.ts';
import { Slot } from '../slot.ts';
import { type RunState, SieveRuntimeError } from '../state.ts';
import type { Answer, IncludeLocation } from '../types.ts';
import { declareGlobal, enterScope, globalVariable } from '../variables.ts';

/** The script an `include` names. */
interface Included {
  readonly location: IncludeLocation;
  readonly name: string;
  /** Names the same script in all of a run. */
  readonly key: string;
  /** For messages. */
  readonly shown: string;
}

/** While a script is compiled together with those it includes. */
const compilingSlot = new Slot(() => ({
  /** Those that are being compiled, each included by the one before. */
  stack: [] as string[],
  /** Undefined for those with errors. */
  scripts: new Map<string, CompiledScript | undefined>(),
}));

const runningSlot = new Slot(() => ({
  stack: [] as string[],
  seen: new Set<string>(),
  count: 0,
}));

/** RFC 5804 §1.6: names of scripts hold no control characters and no line ends; a "/" would lead out of a folder. */
const NOT_A_NAME = /[\p{Cc}\u2028\u2029/]/u;
/** RFC 5804 §1.6: a name of 128 characters must be possible. */
const MAX_NAME = 255;

/** The script that a call names; undefined when it can be none, which has been reported. */
function includedBy(call: Call, compiler: Compiler): Included | undefined {
  const value = call.string('script');
  const name = value.constant ?? '';
  const shown = JSON.stringify(shorten(name));
  if (name === '' || name.length > MAX_NAME || NOT_A_NAME.test(name)) {
    compiler.diagnostics.error(value, `include: ${shown} is not the name of a script`);
    return undefined;
  }
  const location: IncludeLocation = call.has('global') ? 'global' : 'personal';
  return { location, name, key: `${location} ${name}`, shown: `${location} script ${shown}` };
}

/** Compiles what the host has at hand. Undefined when it has not, or when there are errors, which are reported. */
function compileIncluded(included: Included, call: Call, compiler: Compiler): CompiledScript | undefined {
  const { options, limits, diagnostics } = compiler;
  const { key, shown, location, name } = included;
  const { stack, scripts } = compiler.shared.get(compilingSlot);
  const at = call.string('script');
  const fault = (text: string): undefined => {
    diagnostics.error(at, `include: ${text}`);
    return undefined;
  };
  if (stack.includes(key)) {
    // RFC 6609 §3.2: with :once, a script that is being done has been included already.
    return call.has('once') ? undefined : fault(`${shown} includes itself`);
  }
  // Its errors have been reported.
  if (scripts.has(key)) return scripts.get(key);
  if (stack.length >= limits.includeDepth)
    return fault(`scripts include each other too deep (at most ${limits.includeDepth})`);
  if (scripts.size >= limits.includes) return fault(`too many included scripts (at most ${limits.includes})`);
  const source = options.include?.(location, name);
  if (source === undefined) return call.has('optional') ? undefined : fault(`there is no ${shown}`);
  stack.push(key);
  const result = compileWith(compiler.registry, source, { ...options, name }, compiler.shared);
  stack.pop();
  const script = result.script instanceof CompiledScript ? result.script : undefined;
  scripts.set(key, script);
  for (const diagnostic of result.diagnostics) diagnostics.adopt(at, name, diagnostic);
  return script ?? fault(`${shown} has errors`);
}

/** What the host answers: undefined when there is no such script. Ends the run when it has errors. */
function* askFor({ location, name, shown }: Included, state: RunState): Asking<CompiledScript | undefined> {
  const answer: Answer = yield { ask: 'include', location, name };
  if (typeof answer !== 'object' || !('diagnostics' in answer)) return undefined;
  if (answer.script instanceof CompiledScript) return answer.script;
  const first = answer.diagnostics.find(({ severity }) => severity === 'error');
  return state.fail(
    `${shown} has errors: line ${first?.line ?? 0}: ${first?.text ?? 'it cannot be compiled'}`,
  );
}

/** Does what an included script says. */
function* runIncluded(script: CompiledScript, included: Included, state: RunState): Asking<void> {
  const { line } = state;
  const { stack } = state.slots.get(runningSlot);
  for (const extension of script.decorators) state.decorators.add(extension);
  // RFC 6609 §3.4: its variables are its own.
  const leaveScope = enterScope(state);
  stack.push(included.key);
  state.trace(() => `include ${included.shown}`);
  try {
    yield* execute(script.program, state);
  } catch (error) {
    if (!(error instanceof SieveRuntimeError)) throw error;
    const text = `in ${included.shown}, line ${state.line}: ${error.message}`;
    state.line = line;
    throw new SieveRuntimeError(text);
  }
  stack.pop();
  leaveScope();
  state.line = line;
  state.trace(() => `end of ${included.shown}`);
}

/** RFC 6609 §3.2. */
const include: CommandDefinition = {
  name: 'include',
  eachFault: true,
  tags: [
    { name: 'personal', group: 'location' },
    { name: 'global', group: 'location' },
    { name: 'once' },
    { name: 'optional' },
  ],
  // RFC 6609 §3.2: variables are not expanded in it.
  parameters: [{ name: 'script', type: 'string', constant: true }],
  compile(call, compiler) {
    const included = includedBy(call, compiler);
    if (included === undefined) return;
    const known = compiler.options.include !== undefined;
    const compiled = known ? compileIncluded(included, call, compiler) : undefined;
    const once = call.has('once');
    const { key, shown } = included;
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state): Asking<void> {
        const running = state.slots.get(runningSlot);
        if (once && running.seen.has(key)) {
          state.trace(() => `include ${shown}: has been done already`);
          return;
        }
        // RFC 6609 §3.1: a script that includes itself, or too many, end in an error and the implicit keep.
        if (running.stack.includes(key)) state.fail(`include: ${shown} includes itself`);
        if (running.stack.length >= state.limits.includeDepth)
          state.fail(`include: scripts include each other too deep (at most ${state.limits.includeDepth})`);
        if (++running.count > state.limits.includes)
          state.fail(`include: too many included scripts (at most ${state.limits.includes})`);
        const script = known ? compiled : yield* askFor(included, state);
        if (script === undefined) {
          if (!call.has('optional')) state.fail(`include: there is no ${shown}`);
          state.trace(() => `include ${shown}: there is none`);
          return;
        }
        running.seen.add(key);
        yield* runIncluded(script, included, state);
      },
    });
  },
};

/** RFC 6609 §3.3: in the main script it is the same as `stop`. */
const returnCommand: CommandDefinition = {
  name: 'return',
  compile(call, compiler) {
    compiler.emit({ op: 'return', line: call.line });
    return true;
  },
};

/** RFC 6609 §3.4.1. */
const globalCommand: CommandDefinition = {
  name: 'global',
  parameters: [{ name: 'names', type: 'string-list', constant: true }],
  compile(call, compiler) {
    if (!compiler.use('variables')) {
      compiler.diagnostics.error(call, 'global: needs require "variables"');
      return;
    }
    for (const name of call.strings('names').items) declareGlobal(name, call.name, compiler);
  },
};

/** RFC 6609 §3.4.2. */
const globalNamespace: VariableNamespace = {
  name: 'global',
  variable: (name) => (/^[a-z_]\w*$/.test(name) ? globalVariable(name) : undefined),
};

/** RFC 6609. */
export const includeExtension: Extension = {
  capability: 'include',
  commands: [include, returnCommand, globalCommand],
  namespaces: [globalNamespace],
};
