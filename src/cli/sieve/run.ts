import { basename } from 'node:path';
import { parseMessage } from '../../message/parse.ts';
import { compile, describeAction, runToEnd } from '../../sieve/index.ts';
import type { Answer, Question, RunOutcome } from '../../sieve/types.ts';
import { EXIT } from '../io.ts';
import { printDiagnostics } from './diagnostics.ts';
import { readFile, refuseTwoInputs, type SieveIo } from './read.ts';
import { printable, traceText } from './trace.ts';

export interface SieveRunOptions {
  /** File of the script; `-` for standard input. */
  script: string;
  /** File of the message; `-` for standard input. */
  message: string;
  /** Envelope sender; '' for the null sender. */
  from: string;
  /** Envelope recipient; when it is '' the first address of the message's To field stands in. */
  to: string;
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
  const { script, diagnostics } = compile(source, { name });
  printDiagnostics(name, diagnostics, source, io);
  if (script === undefined) return EXIT.input;

  const message = parseMessage(raw);
  const recipient = options.to === '' ? (message.header.get('to')?.addresses[0]?.address ?? '') : options.to;
  const envelope = { client: {}, sender: options.from, recipients: [{ address: recipient }] };
  const input = { message, envelope, recipient };
  const outcome = await runToEnd(script, input, answerForTrial, { trace: options.trace });
  if (options.json) printJson(outcome, io);
  else printText(outcome, source, io);
  if (outcome.error === undefined) return EXIT.ok;
  printDiagnostics(name, [outcome.error], source, io);
  return EXIT.input;
}

/** There is no store here: every mailbox is taken to be there. */
function answerForTrial(question: Question): Answer {
  switch (question.ask) {
    case 'mailbox-exists':
      return true;
  }
}

function printJson({ actions, trace, error }: RunOutcome, io: SieveIo): void {
  for (const line of trace) io.stdout(`${JSON.stringify({ trace: line })}\n`);
  if (error !== undefined) io.stdout(`${JSON.stringify({ error })}\n`);
  for (const action of actions) io.stdout(`${JSON.stringify(action)}\n`);
}

function printText({ actions, trace }: RunOutcome, source: Uint8Array, io: SieveIo): void {
  if (trace.length > 0) io.stdout(`${traceText(trace, source, io)}\n`);
  for (const action of actions) io.stdout(`${printable(describeAction(action))}\n`);
}
