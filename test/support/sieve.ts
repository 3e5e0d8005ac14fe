import { parseMessage } from '../../src/message/parse.ts';
import { compile, describeAction, formatDiagnostic, run } from '../../src/sieve/index.ts';
import type {
  Answer,
  CompileOptions,
  Question,
  RunInput,
  RunOptions,
  RunOutcome,
  Script,
} from '../../src/sieve/types.ts';

/** Lines joined as a mail's are, in UTF-8. */
export function mail(...lines: string[]): Uint8Array {
  return Buffer.from(lines.join('\r\n'));
}

export function runInput(
  raw: Uint8Array,
  sender = 'sender@example.org',
  recipient = 'me@example.com',
): RunInput {
  const envelope = { client: {}, sender, recipients: [{ address: recipient }] };
  return { message: parseMessage(raw), envelope, recipient };
}

export function compiled(source: string | Uint8Array, options?: CompileOptions): Script {
  const { script, diagnostics } = compile(source, options);
  if (script === undefined)
    throw new Error(diagnostics.map((diagnostic) => formatDiagnostic('script', diagnostic)).join('\n'));
  return script;
}

/** Errors and warnings as `line:column severity: text`. */
export function faults(source: string | Uint8Array, options?: CompileOptions): string[] {
  return compile(source, options).diagnostics.map(
    ({ line, column, severity, text }) => `${line}:${column} ${severity}: ${text}`,
  );
}

/** Runs without a pause; questions are answered at once. */
export function runNow(
  script: Script,
  input: RunInput,
  options?: RunOptions,
  answer: (question: Question) => Answer = () => undefined,
): RunOutcome {
  const running = run(script, input, options);
  let step = running.next();
  while (step.done !== true) step = running.next(answer(step.value));
  return step.value;
}

/** The actions of a script on a mail as `tamis sieve run` prints them; a failure is the last line. */
export function actions(source: string, input: RunInput, options?: RunOptions): string[] {
  const outcome = runNow(compiled(source), input, options);
  const lines = outcome.actions.map(describeAction);
  if (outcome.error !== undefined) lines.push(`error in line ${outcome.error.line}: ${outcome.error.text}`);
  return lines;
}

/** Whether a test of the language is true for a mail. `requires` stands before it. */
export function holds(test: string, input: RunInput, requires: readonly string[] = []): boolean {
  const require = requires.length === 0 ? '' : `require ${JSON.stringify(requires)};`;
  const [first] = actions(`${require} if ${test} { discard; }`, input);
  return first === 'discard';
}
