import { basename } from 'node:path';
import { parseMessage } from '../../message/parse.ts';
import { compile, describeAction, runToEnd } from '../../sieve/index.ts';
import type { RunOutcome } from '../../sieve/types.ts';
import { EXIT } from '../io.ts';
import { actionJson } from './action-json.ts';
import { printDiagnostics } from './diagnostics.ts';
import { readFile, refuseTwoInputs, type SieveIo } from './read.ts';
import { printable, traceText } from './trace.ts';
import { TRIAL_CAPABILITIES, type TrialEnvelope, TrialHost, trialInput } from './trial.ts';

export interface SieveRunOptions extends TrialEnvelope {
  /** File of the script; `-` for standard input. */
  script: string;
  /** File of the message; `-` for standard input. */
  message: string;
  json: boolean;
  trace: boolean;
}

/**
 * `tamis sieve run`: runs a script on a message and prints the actions in order, one a line; with `json` one object a
 * line (`{"trace": …}` for lines of the trace, `{"error": …}` for a failure at run time, and the actions themselves).
 * Nothing is delivered. 1 when the script has errors or failed, or a file cannot be read.
 */
export async function sieveRun(options: SieveRunOptions, io: SieveIo): Promise<number> {
  const usage = refuseTwoInputs([options.script, options.message], io);
  if (usage !== undefined) return usage;
  const source = readFile(options.script, io);
  const raw = readFile(options.message, io);
  if (source === undefined || raw === undefined) return EXIT.input;
  const name = options.script === '-' ? 'script' : basename(options.script, '.sieve');
  const { script, diagnostics } = compile(source, { name, available: TRIAL_CAPABILITIES });
  printDiagnostics(name, diagnostics, source, io);
  if (script === undefined) return EXIT.input;

  const input = trialInput(parseMessage(raw), options, new Date());
  const outcome = await runToEnd(script, input, new TrialHost().answer, { trace: options.trace });
  if (options.json) printJson(outcome, io);
  else printText(outcome, source, io);
  if (outcome.error === undefined) return EXIT.ok;
  printDiagnostics(name, [outcome.error], source, io);
  return EXIT.input;
}

function printJson({ actions, trace, error }: RunOutcome, io: SieveIo): void {
  for (const line of trace) io.stdout(`${JSON.stringify({ trace: line })}\n`);
  if (error !== undefined) io.stdout(`${JSON.stringify({ error })}\n`);
  for (const action of actions) io.stdout(`${actionJson(action)}\n`);
}

function printText({ actions, trace }: RunOutcome, source: Uint8Array, io: SieveIo): void {
  if (trace.length > 0) io.stdout(`${traceText(trace, source, io)}\n`);
  for (const action of actions) io.stdout(`${printable(describeAction(action))}\n`);
}
