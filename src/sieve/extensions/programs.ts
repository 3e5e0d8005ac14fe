/** Programs that the admin listed (`vnd.dovecot.pipe`, `vnd.dovecot.filter`, `vnd.dovecot.execute`). */
import type { Call, StringList, StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type {
  ActionDefinition,
  Asking,
  CommandDefinition,
  Extension,
  ParameterDefinition,
} from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { endLoops } from '../mime/part-loop.ts';
import type { RunState } from '../state.ts';
import type { PipeAction } from '../types.ts';
import { type VariableTarget, variableTarget } from '../variables.ts';

/** Characters of a program's name, and arguments and octets of each that are handed over. */
const MAX_NAME = 128;
const MAX_ARGUMENTS = 16;
const MAX_ARGUMENT_BYTES = 1024;

const NEEDS = 'no programs are set up for it';

/** A name is one in a list, never a path: no slash, no control characters, no line ends of Unicode. */
const NAME = /^[^/\p{Cc}\u2028\u2029]+$/u;

const parameters: readonly ParameterDefinition[] = [
  { name: 'program name', type: 'string', constant: true },
  { name: 'arguments', type: 'string-list', optional: true },
];

/** What a command says of the program it runs. */
interface Invocation {
  readonly program: string;
  readonly arguments: StringList | undefined;
}

function readInvocation(call: Call, compiler: Compiler): Invocation {
  const name = call.string('program name');
  const program = name.constant ?? '';
  if (!NAME.test(program) || program === '.' || program === '..' || Array.from(program).length > MAX_NAME)
    compiler.diagnostics.error(
      name,
      `${call.name}: ${JSON.stringify(shorten(program))} is not the name of a program`,
    );
  const list = call.given('arguments') ? call.strings('arguments') : undefined;
  if (list !== undefined && list.items.length > MAX_ARGUMENTS)
    compiler.diagnostics.error(list, `${call.name}: too many arguments (at most ${MAX_ARGUMENTS})`);
  for (const item of list?.items ?? []) {
    const fault = item.constant === undefined ? undefined : argumentFault(item.constant);
    if (fault !== undefined) compiler.diagnostics.error(item, `${call.name}: ${fault}`);
  }
  return { program, arguments: list };
}

function argumentFault(argument: string): string | undefined {
  if (/[\0\r\n]/.test(argument)) return 'an argument holds a line break or a NUL';
  if (Buffer.byteLength(argument) > MAX_ARGUMENT_BYTES)
    return `an argument is too long (at most ${MAX_ARGUMENT_BYTES} octets)`;
  return undefined;
}

function argumentsOf(command: string, { arguments: list }: Invocation, state: RunState): readonly string[] {
  const values = list?.get(state) ?? [];
  for (const value of values) {
    const fault = argumentFault(value);
    if (fault !== undefined) state.fail(`${command}: ${fault}`);
  }
  return values;
}

/** Whether it is listed; a command that is no test fails the script otherwise. */
function* isKnown(
  state: RunState,
  command: 'pipe' | 'filter' | 'execute',
  program: string,
  asTest: boolean,
): Asking<boolean> {
  const known = (yield { ask: 'program-known', command, program }) === true;
  if (!known && !asTest) state.fail(`${command}: no program ${JSON.stringify(shorten(program))} is set up`);
  if (!known) state.trace(() => `${command} ${JSON.stringify(shorten(program))}: not set up: false`);
  return known;
}

/** Once for each program in a run, and never beside a refusal. */
const pipeAction: ActionDefinition<PipeAction> = {
  type: 'pipe',
  cancelsImplicitKeep: true,
  message: 'current',
  key: () => undefined,
  conflicts: ['reject'],
};

const pipeCommand: CommandDefinition = {
  name: 'pipe',
  tags: [{ name: 'try' }],
  parameters,
  compile(call, compiler) {
    const invocation = readInvocation(call, compiler);
    const { program } = invocation;
    const { line, modifiers } = call;
    const run = function* (state: RunState): Asking<void> {
      yield* isKnown(state, 'pipe', program, false);
      const before = state.result.actions.find(
        (action) => action.type === 'pipe' && action.program === program,
      );
      if (before !== undefined)
        state.fail(
          `pipe: the message is piped to ${JSON.stringify(program)} already, in line ${before.line}`,
        );
      const action: PipeAction = {
        type: 'pipe',
        line,
        program,
        arguments: argumentsOf('pipe', invocation, state),
        try: call.has('try'),
        copy: call.has('copy'),
      };
      state.result.add(state, action, modifiers);
    };
    compiler.emit({ op: 'ask', line, run });
  },
};

type Perform = (state: RunState, asTest: boolean) => Asking<boolean>;

/** A command that is a test as well, whose outcome is whether the program succeeded. */
function testable(
  definition: Omit<CommandDefinition, 'compile'>,
  prepare: (call: Call, compiler: Compiler) => Perform,
): Pick<Extension, 'commands' | 'tests'> {
  const command: CommandDefinition = {
    ...definition,
    compile(call, compiler) {
      const perform = prepare(call, compiler);
      const run = function* (state: RunState): Asking<void> {
        yield* perform(state, false);
      };
      compiler.emit({ op: 'ask', line: call.line, run });
    },
  };
  return {
    commands: [command],
    tests: [
      {
        ...definition,
        compile(call, compiler) {
          const perform = prepare(call, compiler);
          compiler.emit({ op: 'ask-test', line: call.line, run: (state) => perform(state, true) });
        },
      },
    ],
  };
}

function prepareFilter(call: Call, compiler: Compiler): Perform {
  const invocation = readInvocation(call, compiler);
  const { program } = invocation;
  return function* (state, asTest) {
    if (!(yield* isKnown(state, 'filter', program, asTest))) return false;
    const given = argumentsOf('filter', invocation, state);
    const input = state.edited.pieces;
    const output = yield { ask: 'run-program', command: 'filter', program, arguments: given, input };
    // A message has at least a field.
    const done = output instanceof Uint8Array && output.length > 0;
    if (done) {
      state.spend(output.length >> 10);
      state.change({ edited: state.edited.withBytes([output]) });
      endLoops(state);
    }
    state.trace(() => `filter ${JSON.stringify(program)}: ${done}`);
    return done;
  };
}

/** What `execute` hands over: nothing, a string, or the message. */
function inputOf(call: Call): (state: RunState) => readonly Uint8Array[] {
  if (call.has('pipe')) return (state) => state.edited.pieces;
  const argument = call.tags.get('input')?.argument;
  if (argument?.type !== 'string') return () => [];
  const text: StringValue = argument.value;
  return (state) => [Buffer.from(text.get(state), 'utf8')];
}

function outputOf(call: Call, compiler: Compiler): VariableTarget | undefined {
  const output = call.tags.get('output');
  if (output?.argument?.type !== 'string') return undefined;
  if (!compiler.use('variables')) {
    compiler.diagnostics.error(output.node, 'execute: :output needs require "variables"');
    return undefined;
  }
  return variableTarget(output.argument.value, call.name, compiler);
}

function prepareExecute(call: Call, compiler: Compiler): Perform {
  const invocation = readInvocation(call, compiler);
  const { program } = invocation;
  const input = inputOf(call);
  const target = outputOf(call, compiler);
  return function* (state, asTest) {
    if (!(yield* isKnown(state, 'execute', program, asTest))) return false;
    const given = argumentsOf('execute', invocation, state);
    const output = yield {
      ask: 'run-program',
      command: 'execute',
      program,
      arguments: given,
      input: input(state),
    };
    const done = output instanceof Uint8Array;
    // A program that failed leaves the variable as it was.
    if (done) target?.set(state, Buffer.from(output).toString('utf8'));
    state.trace(() => `execute ${JSON.stringify(program)}: ${done}`);
    return done;
  };
}

export const vndDovecotPipe: Extension = {
  capability: 'vnd.dovecot.pipe',
  needs: NEEDS,
  commands: [pipeCommand],
  actions: [pipeAction],
};

export const vndDovecotFilter: Extension = {
  capability: 'vnd.dovecot.filter',
  needs: NEEDS,
  ...testable({ name: 'filter', parameters }, prepareFilter),
};

export const vndDovecotExecute: Extension = {
  capability: 'vnd.dovecot.execute',
  needs: NEEDS,
  ...testable(
    {
      name: 'execute',
      tags: [
        { name: 'input', argument: 'string', group: 'input' },
        { name: 'pipe', group: 'input' },
        { name: 'output', argument: 'string', constant: true },
      ],
      parameters,
    },
    prepareExecute,
  ),
};
