import type { Log } from '../log.ts';
import type { Action } from '../sieve/types.ts';
import type { ProgramJob, Programs } from './programs.ts';
import type { Decision } from './run-scripts.ts';

export interface PipeOptions extends Pick<ProgramJob, 'sender' | 'recipient'> {
  /** The message as it came. */
  pieces: readonly Uint8Array[];
  programs: Programs | undefined;
  log: Log;
}

const KEEP: Action = { type: 'keep', line: 0, implicit: true };

/**
 * Hands the message to the programs of the `pipe` actions, one after another. When one fails, the script has failed and
 * the implicit keep is all that is left, with what had been done before; with `:try` the message is only kept as well.
 */
export async function runPipes(decision: Decision, options: PipeOptions): Promise<Decision> {
  const { programs, log, pieces, sender, recipient } = options;
  const kept: Action[] = [];
  for (const action of decision.actions) {
    if (action.type !== 'pipe') continue;
    const version = action.version === undefined ? undefined : decision.versions[action.version];
    const job: ProgramJob = {
      command: 'pipe',
      program: action.program,
      arguments: action.arguments,
      input: version?.pieces ?? pieces,
      sender,
      recipient,
    };
    if ((await programs?.run(job)) !== undefined) continue;
    if (!action.try) {
      const fault = `line ${action.line}: error: pipe: the program ${JSON.stringify(action.program)} failed`;
      log.warn({ error: fault }, 'the script failed, the mail is kept');
      return { ...decision, actions: [KEEP], remember: [], errors: [...decision.errors, fault] };
    }
    kept.push(KEEP);
  }
  // With a keep of its own, or that of another program, there is one copy all the same.
  return kept.length === 0 ? decision : { ...decision, actions: [...decision.actions, KEEP] };
}
