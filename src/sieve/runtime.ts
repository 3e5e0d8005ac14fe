import { debugOf } from './debug-log.ts';
import type { Asking } from './definitions.ts';
import { completeLimits } from './limits.ts';
import { CompiledScript, type Instruction } from './program.ts';
import { rememberedBy } from './remember.ts';
import { completeSettings } from './settings.ts';
import { RunEnd, RunState, SieveRuntimeError } from './state.ts';
import type { Answer, Question, RunInput, RunOptions, RunOutcome, Script } from './types.ts';

/**
 * Runs a script on one message for one recipient. Does nothing to the outside: it yields what it must know and
 * returns what is to be done. Same inputs and answers, same outcome. Never throws for what a script or a message
 * does: whatever goes wrong ends in the implicit keep and an `error` (RFC 5228 §2.10.6).
 */
export function* run(
  script: Script,
  input: RunInput,
  options: RunOptions = {},
): Generator<Question, RunOutcome, Answer> {
  if (!(script instanceof CompiledScript)) throw new TypeError('the script was not made by compile()');
  const limits = completeLimits(options.limits);
  const { after } = options;
  const settings = completeSettings(options.settings);
  const state = new RunState(script, input, { limits, settings, tracing: options.trace === true, after });
  try {
    yield* execute(script.program, state);
    const end = new RunEnd(state);
    const { implicitKeep } = state.result;
    const remember = rememberedBy(state);
    const actions = state.result.finish(state);
    const { versions } = state.result;
    return { actions, versions, trace: state.traceLines, ...debugOf(state), remember, implicitKeep, end };
  } catch (error) {
    const text = error instanceof SieveRuntimeError ? error.message : `cannot go on: ${String(error)}`;
    state.trace(() => `error: ${text}; implicit keep`);
    const untouched = new RunState(script, input, { limits, settings, tracing: false, after });
    return {
      actions: [...untouched.result.actions, { type: 'keep', line: 0, implicit: true }],
      versions: untouched.result.versions,
      error: { severity: 'error', line: state.line, column: 1, text },
      trace: state.traceLines,
      ...debugOf(state),
      remember: rememberedBy(untouched),
      implicitKeep: true,
      end: new RunEnd(untouched),
    };
  }
}

/** Runs a script to its end, with a host that answers. When it cannot answer (throws), the message is kept. */
export async function runToEnd(
  script: Script,
  input: RunInput,
  answer: (question: Question) => Answer | Promise<Answer>,
  options?: RunOptions,
): Promise<RunOutcome> {
  const running = run(script, input, options);
  let step = running.next();
  while (step.done !== true) {
    let answered: Answer;
    try {
      answered = await answer(step.value);
    } catch (error) {
      step = running.throw(error);
      continue;
    }
    step = running.next(answered);
  }
  return step.value;
}

/** Executes instructions until they end or the script stops. Extensions use it for included scripts. */
export function* execute(program: readonly Instruction[], state: RunState): Asking<void> {
  let traced = 0;
  for (let at = 0; at < program.length; at++) {
    const instruction = program[at];
    if (instruction === undefined) return;
    switch (instruction.op) {
      case 'test':
        state.line = instruction.line;
        state.spend(1);
        traced = state.traceLines.length;
        state.truth = instruction.run(state);
        state.conclude(traced);
        break;
      case 'jump-if':
        if (state.truth === instruction.when) at = instruction.to.at - 1;
        break;
      case 'jump':
        // Every loop passes here.
        state.spend(1);
        at = instruction.to.at - 1;
        break;
      case 'do':
        state.line = instruction.line;
        state.spend(1);
        instruction.run(state);
        break;
      case 'ask':
        state.line = instruction.line;
        state.spend(1);
        yield* instruction.run(state);
        if (state.stopped) return;
        break;
      case 'ask-test':
        state.line = instruction.line;
        state.spend(1);
        traced = state.traceLines.length;
        state.truth = yield* instruction.run(state);
        state.conclude(traced);
        break;
      case 'truth':
        state.truth = instruction.value;
        break;
      case 'not':
        state.truth = !state.truth;
        break;
      case 'stop':
        state.line = instruction.line;
        state.trace(() => 'stop');
        state.stopped = true;
        return;
      case 'return':
        state.line = instruction.line;
        state.trace(() => 'return');
        return;
    }
  }
}
