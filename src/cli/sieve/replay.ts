import { basename } from 'node:path';
import { parseMessage } from '../../message/parse.ts';
import { compile, formatDiagnostic, runToEnd } from '../../sieve/index.ts';
import type { Action, RunInput, RunOutcome, Script } from '../../sieve/types.ts';
import { countInputs, type Input, readInputs } from '../inputs.ts';
import { EXIT, type Io } from '../io.ts';
import { Progress } from '../progress.ts';
import { printDiagnostics } from './diagnostics.ts';
import { type Change, MaildirFolder } from './maildir-folder.ts';
import { readFile } from './read.ts';
import { effectOf, replayJson, replayText, type Replayed, type Totals } from './replay-report.ts';
import { TRIAL_CAPABILITIES, type TrialEnvelope, TrialHost, trialInput } from './trial.ts';

export interface ReplayOptions extends TrialEnvelope {
  script: string;
  /** Another script to compare with. */
  against?: string | undefined;
  json: boolean;
  /** Do it, on a folder of a Maildir. */
  apply: boolean;
  /** Remove what the script discards; without it such mail stays. */
  allowDiscard: boolean;
  /** Time of the runs. */
  now: Date;
}

/**
 * `tamis sieve replay`: what a script would do to mail that is there. Nothing is ever sent. 1 when the script has errors,
 * or a message could not be read, run or changed; the others are done all the same.
 */
export async function sieveReplay(paths: readonly string[], options: ReplayOptions, io: Io): Promise<number> {
  const fault = usageFault(paths, options);
  if (fault !== undefined) {
    io.stderr(`tamis: ${fault}\n`);
    return EXIT.usage;
  }
  const script = load(options.script, io);
  const against = options.against === undefined ? undefined : load(options.against, io);
  if (script === undefined || (options.against !== undefined && against === undefined)) return EXIT.input;

  const folders = await Promise.all(paths.map((path) => MaildirFolder.open(path)));
  const [target] = folders;
  if (options.apply && target === undefined) {
    io.stderr(`tamis: ${paths[0]}: --apply needs a folder of a Maildir, with cur, new and tmp\n`);
    return EXIT.usage;
  }
  const files = paths.flatMap((path, index) => folders[index]?.paths ?? [path]);
  const home = paths.length === 1 ? target : undefined;
  const exists = home === undefined ? undefined : (mailbox: string) => home.has(mailbox);
  const now = new Trial(script, exists, options);
  const before = against === undefined ? undefined : new Trial(against, exists, options);

  const all: Replayed[] = [];
  const totals: Totals = { messages: 0, failed: 0 };
  const progress = new Progress(io, 'replay', io.interactive ? await countInputs(files) : undefined);
  try {
    for await (const input of readInputs(files)) {
      const replayed = await replayOne(input, now, before);
      progress.advance();
      if (typeof replayed === 'string') {
        totals.failed++;
        io.stderr(`tamis: ${input.name}: ${replayed}\n`);
        continue;
      }
      totals.messages++;
      if (options.apply && target !== undefined) {
        const failure = await applyTo(target, replayed, options.allowDiscard);
        if (failure !== undefined) replayed.error ??= failure;
      }
      if (replayed.error !== undefined) totals.failed++;
      all.push(replayed);
    }
  } finally {
    progress.clear();
  }
  const compared = before !== undefined;
  io.stdout(options.json ? replayJson(all, totals, compared) : replayText(all, totals, compared, io));
  if (totals.messages === 0 && totals.failed === 0)
    io.stderr(`tamis: no message found in ${paths.join(' ')}\n`);
  return totals.failed > 0 || totals.messages === 0 ? EXIT.input : EXIT.ok;
}

function usageFault(paths: readonly string[], options: ReplayOptions): string | undefined {
  const inputs = [...paths, options.script, ...(options.against === undefined ? [] : [options.against])];
  if (inputs.filter((path) => path === '-').length > 1) return 'only one of the files can be standard input';
  if (options.apply && options.against !== undefined) return '--apply and --against cannot be used together';
  if (options.allowDiscard && !options.apply) return '--allow-discard needs --apply';
  if (options.apply && paths.length !== 1) return '--apply works on one folder at a time';
  return undefined;
}

function load(file: string, io: Io): Script | undefined {
  const source = readFile(file, io);
  if (source === undefined) return undefined;
  const name = file === '-' ? 'script' : basename(file, '.sieve');
  const { script, diagnostics } = compile(source, { name, available: TRIAL_CAPABILITIES });
  printDiagnostics(name, diagnostics, source, io);
  return script;
}

/** One of the scripts, with what it remembers from message to message. */
class Trial {
  readonly #script: Script;
  readonly #host: TrialHost;
  readonly #options: ReplayOptions;

  constructor(script: Script, exists: ((mailbox: string) => boolean) | undefined, options: ReplayOptions) {
    this.#script = script;
    this.#host = new TrialHost(exists);
    this.#options = options;
  }

  /** A message of its own: readings of the other script must not help this one. */
  async run(raw: Uint8Array): Promise<{ input: RunInput; outcome: RunOutcome; error: string | undefined }> {
    const input = trialInput(parseMessage(raw), this.#options, this.#options.now);
    const outcome = await runToEnd(this.#script, input, this.#host.answer);
    this.#host.remember(outcome);
    const { error } = outcome;
    return { input, outcome, error: error && formatDiagnostic(this.#script.name, error) };
  }
}

async function replayOne(input: Input, now: Trial, before: Trial | undefined): Promise<Replayed | string> {
  if ('fault' in input) return input.fault;
  const run = await now.run(input.raw);
  const other = await before?.run(input.raw);
  const { message, envelope, recipient } = run.input;
  return {
    file: input.name,
    subject: message.header.get('subject')?.text ?? '',
    sender: envelope.sender,
    recipient,
    actions: run.outcome.actions,
    ...(run.error === undefined ? {} : { error: run.error }),
    ...(other === undefined ? {} : { before: other.outcome.actions }),
  };
}

/** Does what the script decided; why it could not, when it failed. */
async function applyTo(
  folder: MaildirFolder,
  message: Replayed,
  allowDiscard: boolean,
): Promise<string | undefined> {
  const skipped: string[] = [];
  message.skipped = skipped;
  try {
    await folder.apply(message.file, changeOf(message.actions, folder, allowDiscard, skipped));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * What can be done to a message that has been delivered already. `keep` leaves it where it is. What would send
 * something is not done, nor is what takes the message away for that reason: then it stays.
 */
function changeOf(
  actions: readonly Action[],
  folder: MaildirFolder,
  allowDiscard: boolean,
  skipped: string[],
): Change {
  const targets = new Map<string, string[]>();
  const flags: string[] = [];
  let stays = false;
  let discarded = false;
  for (const action of actions) {
    if ('version' in action && action.version !== undefined) skipped.push('edits of the message');
    if (action.type === 'keep') {
      stays = true;
      flags.push(...(action.flags ?? []));
    } else if (action.type === 'fileinto') {
      const mailbox = folder.canonical(action.mailbox);
      if (mailbox === folder.mailbox) {
        stays = true;
        flags.push(...(action.flags ?? []));
      } else targets.set(mailbox, [...(targets.get(mailbox) ?? []), ...(action.flags ?? [])]);
    } else if (action.type === 'discard' && allowDiscard) discarded = true;
    else skipped.push(action.type === 'discard' ? 'discard (needs --allow-discard)' : effectOf(action));
  }
  if (targets.size === 0 && !stays) stays = skipped.length > 0 || !discarded;
  return { targets: [...targets].map(([mailbox, given]) => ({ mailbox, flags: given })), stays, flags };
}
