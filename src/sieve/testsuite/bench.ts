import { parseMessage } from '../../message/parse.ts';
import type { Header, Message } from '../../message/types.ts';
import type { CompiledScript } from '../program.ts';
import { describeAction, Result } from '../result.ts';
import { runToEnd } from '../runtime.ts';
import { Slots } from '../slot.ts';
import { RunEnd, type RunState } from '../state.ts';
import type { Action, Answer, Question, RunEnvironment, RunInput, RunOutcome } from '../types.ts';
import { EditedMessage } from '../edited-message.ts';
import { setFlags } from '../flags.ts';
import { answerFrom } from './answers.ts';
import { pathSlot } from './ask.ts';
import { Configuration, type Configured } from './configuration.ts';
import { defaultMessage, type Sending, sending, sendingOf, TEST_USER } from './default-message.ts';
import { execute } from './execute.ts';
import { Reporter } from './reporter.ts';
import type { TestObject } from './test-set.ts';
import { World } from './world.ts';

/** A script that was compiled, or what is wrong with it: the texts of its errors, in order. */
export type Compiled = { readonly script: CompiledScript } | { readonly errors: readonly string[] };

/** What the bench has from outside. */
export interface BenchHost {
  /** Absolute path of the folder of the file of tests. */
  readonly folder: string;
  /** Compiles a file, named relative to the folder. */
  compile(path: string, configured: Configured): Compiled;
  now(): Date;
}

/** The names of actions in `test_result_action`, where they differ from ours. */
const ACTION_NAMES: Readonly<Partial<Record<Action['type'], string>>> = { fileinto: 'store' };

/**
 * What the commands and tests of `vnd.dovecot.testsuite` work on: settings, mailboxes, mails that were sent, the last
 * compiled script and its errors. The message, its envelope and the pending result are those of the file's own run.
 */
export class Bench {
  readonly world = new World();
  readonly configuration = new Configuration();
  readonly reporter = new Reporter();
  /** Texts of the errors of the last script that was compiled, run or executed. */
  errors: readonly string[] = [];
  readonly #host: BenchHost;
  /** The runs have it in their input, so that what is changed here is seen at once. */
  readonly #environment: RunEnvironment = {
    domain: 'example.org',
    host: 'mail.example.org',
    location: 'MDA',
    phase: 'during',
    name: 'Tamis',
    username: TEST_USER,
    defaultMailbox: 'INBOX',
  };
  readonly #binaries = new Map<string, CompiledScript>();
  #script: CompiledScript | undefined;
  /** Of the message that came. */
  #header: Header = defaultMessage().header;
  /** Scripts that a test has started and that are running now. */
  #running = 0;
  /** How many actions of the pending result are done, and whether the implicit keep is. */
  #done = 0;
  #kept = false;

  constructor(host: BenchHost) {
    this.#host = host;
  }

  /** What the file's own run begins with. */
  start(): { input: RunInput; after: RunEnd } {
    const message = defaultMessage();
    const slots = new Slots();
    slots.set(pathSlot, this.#host.folder);
    const after = new RunEnd({ edited: new EditedMessage(message), result: new Result(), slots });
    return { input: this.#input(message, sendingOf(message)), after };
  }

  readonly answer = (question: Question): Promise<Answer> | Answer => {
    if (question.ask === 'testsuite') return question.perform(this);
    return answerFrom(this.world, this.configuration.current, this.#header, question);
  };

  #input(message: RunInput['message'], { envelope, recipient }: Sending): RunInput {
    const environment = this.#environment;
    return { message, envelope, recipient, now: this.#host.now(), addresses: this.#addresses(), environment };
  }

  #addresses(): readonly string[] {
    const { userEmail } = this.configuration.current;
    return userEmail === undefined ? [] : [userEmail];
  }

  /** Counts a failure. False within a script that a test has started: that script fails then. */
  fail(state: RunState, reason: string, line = state.line): boolean {
    if (this.#running > 0) return false;
    this.reporter.fail(state.traceLines, { line, reason });
    return true;
  }

  set(state: RunState, object: TestObject, value: string): true {
    const [first] = state.envelope.recipients;
    const original = first?.orcpt?.replace(/^rfc822;/i, '') ?? state.recipient;
    const user = state.envelope.client.user;
    const address = value.trim().replace(/^<(.*)>$/s, '$1');
    const { sender } = state.envelope;
    switch (object) {
      case 'message': {
        const message = parseMessage(Buffer.from(value));
        this.#replace(state, message, sendingOf(message));
        break;
      }
      case 'envelope.from':
        state.change(sending(address, state.recipient, original, user));
        break;
      case 'envelope.to':
        state.change(sending(sender, address, address, user));
        break;
      case 'envelope.orig_to':
        state.change(sending(sender, state.recipient, address, user));
        break;
      case 'envelope.auth':
        state.change(sending(sender, state.recipient, original, value));
        break;
    }
    return true;
  }

  #replace(state: RunState, message: Message, { envelope, recipient }: Sending): void {
    this.#header = message.header;
    state.change({ message, envelope, recipient });
  }

  compileScript(path: string): boolean {
    const compiled = this.#compile(path);
    if (compiled !== undefined) this.#script = compiled;
    return compiled !== undefined;
  }

  /** Undefined, and the errors in their list, when it does not compile. */
  #compile(path: string): CompiledScript | undefined {
    this.errors = [];
    const compiled = this.#host.compile(path, this.configuration.current);
    if ('script' in compiled) return compiled.script;
    this.errors = compiled.errors;
    return undefined;
  }

  saveBinary(name: string): boolean {
    if (this.#script === undefined) return false;
    this.#binaries.set(name, this.#script);
    return true;
  }

  loadBinary(name: string): boolean {
    const known = this.#binaries.get(name);
    if (known !== undefined) this.#script = known;
    return known !== undefined;
  }

  async runScript(state: RunState, append: boolean): Promise<boolean> {
    this.errors = [];
    if (this.#script === undefined) {
      this.errors = ['no script has been compiled'];
      return false;
    }
    if (!append) this.#newResult(state);
    const outcome = await this.#run(this.#script, state, new RunEnd(state));
    state.adopt(outcome.end);
    if (outcome.error !== undefined) this.errors = [outcome.error.text];
    return outcome.error === undefined;
  }

  async #run(script: CompiledScript, state: RunState, after: RunEnd): Promise<RunOutcome> {
    const { limits, settings } = this.configuration.current;
    const input = this.#input(state.edited.received, state);
    this.#running++;
    try {
      return await runToEnd(script, input, this.answer, { limits, settings, after });
    } finally {
      this.#running--;
    }
  }

  async runScripts(state: RunState, paths: readonly string[]): Promise<boolean> {
    const errors: string[] = [];
    setFlags(state, undefined);
    const begin = new RunEnd(state);
    let after = new RunEnd({ edited: begin.edited, result: new Result(), slots: begin.slots });
    let keep: { action: Action; versions: Versions } | undefined = {
      action: { type: 'keep', line: 0, implicit: true },
      versions: [],
    };
    for (const path of paths) {
      const script = this.#compile(path);
      errors.push(...this.errors);
      if (script === undefined) break;
      const done = after.result.actions.length;
      const outcome = await this.#run(script, state, after);
      const { result } = outcome.end;
      if (outcome.error !== undefined) {
        errors.push(outcome.error.text);
        keep = lastKeep(outcome);
        break;
      }
      const fresh = result.actions.slice(done).filter(({ type }) => type !== 'keep');
      errors.push(...this.#execute(fresh, state, outcome.end.edited, result.versions));
      keep = lastKeep(outcome);
      after = new RunEnd({
        edited: outcome.end.edited,
        result: result.withoutKeep(),
        slots: outcome.end.slots,
      });
      if (keep === undefined) break;
    }
    if (keep !== undefined) errors.push(...this.#execute([keep.action], state, after.edited, keep.versions));
    state.adopt(after, state.result);
    this.errors = errors;
    return errors.length === 0;
  }

  #execute(
    actions: readonly Action[],
    state: RunState,
    edited: EditedMessage,
    versions: Versions,
  ): readonly string[] {
    const { current: configured } = this.configuration;
    return execute(actions, {
      world: this.world,
      edited,
      versions,
      sending: state,
      configured,
      user: configured.userEmail ?? state.envelope.sender,
      now: this.#host.now(),
    });
  }

  pendingActions(state: RunState): readonly string[] {
    return state.result.actions.map(({ type }) => ACTION_NAMES[type] ?? type);
  }

  executeResult(state: RunState): boolean {
    const { result } = state;
    const keeps = result.implicitKeep && !this.#kept;
    const { actions, versions } = keeps ? this.#withImplicitKeep(state) : result;
    this.errors = this.#execute(actions.slice(this.#done), state, state.edited, versions);
    this.#done = result.actions.length;
    this.#kept ||= keeps || this.errors.length > 0;
    return this.errors.length === 0;
  }

  /** The result as if it ended here; a `fileinto` of the inbox is the implicit keep as well. */
  #withImplicitKeep(state: RunState): Result {
    const { line } = state;
    const copy = state.result.copy();
    copy.finish(state);
    state.line = line;
    return copy;
  }

  #newResult(state: RunState): void {
    state.result = new Result();
    this.#done = 0;
    this.#kept = false;
    setFlags(state, undefined);
  }

  resetResult(state: RunState): void {
    this.#newResult(state);
    this.world.sent = [];
  }

  printResult(state: RunState): void {
    const actions = state.result.actions.map((action) => `result: ${describeAction(action)}`);
    this.reporter.print(actions.length === 0 ? ['result: nothing'] : actions);
  }

  printMessage(state: RunState): void {
    this.reporter.print([Buffer.concat([...state.edited.pieces]).toString()]);
  }

  /** Makes a sent mail, or one of a mailbox, the message. */
  selectMessage(state: RunState, folder: string | undefined, index: number, must: boolean): boolean {
    const found =
      folder === undefined ? this.#selectSent(state, index) : this.#selectStored(state, folder, index);
    if (!found && must)
      this.fail(
        state,
        `test_message: no message ${index} ${folder === undefined ? 'was sent' : `in ${folder}`}`,
      );
    return found;
  }

  #selectSent(state: RunState, index: number): boolean {
    const mail = this.world.sent[index];
    if (mail === undefined) return false;
    const { user } = state.envelope.client;
    const { sender, recipient, raw } = mail;
    this.#replace(state, parseMessage(raw), sending(sender, recipient, recipient, user));
    return true;
  }

  #selectStored(state: RunState, folder: string, index: number): boolean {
    if (!World.isName(folder)) {
      this.fail(state, `test_message: no mailbox can be called ${JSON.stringify(folder)}`);
      return false;
    }
    const mailbox = this.world.find(folder);
    if (mailbox === undefined) {
      this.#replace(state, defaultMessage(), state);
      return false;
    }
    const stored = mailbox.messages[index];
    if (stored === undefined) return false;
    this.#replace(state, parseMessage(stored.raw), state);
    setFlags(state, stored.flags);
    return true;
  }

  /** False when there is no such extension. */
  reload(state: RunState, extension: string | undefined): boolean {
    const { extensions } = state.script.registry;
    if (extension !== undefined && !extensions.has(extension)) return false;
    this.configuration.reload(extension);
    const { limits, settings } = this.configuration.current;
    state.limits = { ...limits, steps: state.limits.steps };
    state.settings = settings;
    state.addresses = this.#addresses();
    // What was made of the message may depend on settings.
    state.change({});
    this.#environment.config = this.configuration.current.environment;
    return true;
  }
}

type Versions = readonly { readonly pieces: readonly Uint8Array[] }[];

/** What keeps the message behind a script: its own `keep`, or the implicit one. */
function lastKeep({ actions, versions }: RunOutcome): { action: Action; versions: Versions } | undefined {
  const action = actions.findLast(({ type }) => type === 'keep');
  return action === undefined ? undefined : { action, versions };
}
