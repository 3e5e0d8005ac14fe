import type { Log } from '../log.ts';
import { formatDiagnostic, runToEnd, type ScriptCache } from '../sieve/index.ts';
import type { Remembered } from '../sieve/remember.ts';
import type { Action, RunInput, RunOptions, RunOutcome } from '../sieve/types.ts';
import type { ScriptFolder } from '../store/script-folder.ts';
import { type ActiveScript, ScriptError, type Scripts } from '../store/types.ts';
import type { Host } from './host/host.ts';

/** What the scripts want to be done with a message. */
export interface Decision extends Pick<RunOutcome, 'actions' | 'versions' | 'remember'> {
  /** The owner has a script. */
  own: boolean;
  /** Faults of his script, as he is to read them. */
  errors: readonly string[];
}

/** The scripts of the admin that run around each user's own. */
export interface GlobalScripts {
  before: readonly ScriptFolder[];
  after: readonly ScriptFolder[];
}

export interface ScriptsJob {
  account: string;
  scripts: Scripts;
  global: GlobalScripts;
  /** Compiled scripts, shared by all jobs. */
  compiled: ScriptCache;
  input: RunInput;
  options: RunOptions;
  host: Host;
  log: Log;
}

const NOTHING: readonly Remembered[] = [];
const KEEP: Action = { type: 'keep', line: 0, implicit: true };
/** Errors of a script that does not compile, in one line of the log. */
const ERRORS_LOGGED = 3;

/**
 * Runs the admin's scripts before, the user's own, and the admin's after it, each going on where the one before ended,
 * until one has taken the place of the implicit keep. A script that fails in any way has done nothing; the implicit
 * keep is left to the next one, and to the end (RFC 5228 §2.10.6). Rejects with a temporary {@link ScriptError} only: a
 * script that cannot be read just now may want to discard, so the mail has to come again.
 */
export async function runScripts(job: ScriptsJob): Promise<Decision> {
  let last: RunOutcome | undefined;
  const errors: string[] = [];
  let own = false;
  const next = async (script: ActiveScript, whose: 'user' | 'global'): Promise<boolean> => {
    last = (await runOne(script, whose, last, job, errors)) ?? last;
    return last?.implicitKeep !== false;
  };
  if (await runFolders(job.global.before, next, job)) {
    const script = await ownScript(job, errors);
    own = script !== undefined || errors.length > 0;
    if (script === undefined || (await next(script, 'user'))) await runFolders(job.global.after, next, job);
  }
  const { actions, versions, remember } = last ?? { actions: [KEEP], versions: [], remember: NOTHING };
  return { actions, versions, remember, own, errors };
}

/** True when the implicit keep is still to be done. */
async function runFolders(
  folders: readonly ScriptFolder[],
  next: (script: ActiveScript, whose: 'global') => Promise<boolean>,
  { log }: ScriptsJob,
): Promise<boolean> {
  for (const folder of folders) {
    let scripts;
    try {
      scripts = await folder.all();
    } catch (error) {
      if (temporary(error)) throw error;
      log.error({ err: error }, 'a folder of global scripts cannot be read');
      continue;
    }
    for (const { name, script, fault } of scripts) {
      if (script !== undefined) {
        if (!(await next(script, 'global'))) return false;
        continue;
      }
      if (fault.temporary) throw fault;
      log.error({ script: name, err: fault }, 'a global script cannot be read');
    }
  }
  return true;
}

async function ownScript(
  { scripts, account, log }: ScriptsJob,
  faults: string[],
): Promise<ActiveScript | undefined> {
  try {
    return await scripts.activeScript(account);
  } catch (error) {
    if (temporary(error)) throw error;
    log.error({ err: error }, 'the script cannot be read, the mail is kept');
    faults.push('the active script cannot be read');
    return undefined;
  }
}

/** Undefined when the script does not compile. */
async function runOne(
  { name, source }: ActiveScript,
  whose: 'user' | 'global',
  before: RunOutcome | undefined,
  { compiled, host, input, options, log }: ScriptsJob,
  faults: string[],
): Promise<RunOutcome | undefined> {
  const { script, diagnostics } = compiled.get(source, name);
  const fields = { script: name, whose };
  if (script === undefined) {
    const errors = diagnostics
      .filter(({ severity }) => severity === 'error')
      .slice(0, ERRORS_LOGGED)
      .map((diagnostic) => formatDiagnostic(name, diagnostic));
    if (whose === 'user') faults.push(...errors);
    log.warn({ ...fields, errors }, 'the script has errors, the mail is kept');
    return undefined;
  }
  const answer = host.answer.bind(host);
  const after = before?.end;
  const outcome = await runToEnd(
    script,
    input,
    answer,
    after === undefined ? options : { ...options, after },
  );
  if (host.fault !== undefined) throw host.fault;
  if (outcome.error !== undefined) {
    const error = formatDiagnostic(name, outcome.error);
    if (whose === 'user') faults.push(error);
    log.warn({ ...fields, error }, 'the script failed, the mail is kept');
  }
  return outcome;
}

const temporary = (error: unknown): boolean => error instanceof ScriptError && error.temporary;
