import type { Envelope } from '../message/envelope.ts';
import type { Header, Message } from '../message/types.ts';
import type { ActionDefinition, Comparator, Extension } from './definitions.ts';
import { EditedMessage } from './edited-message.ts';
import type { SieveLimits } from './limits.ts';
import type { CompiledScript } from './program.ts';
import { Result } from './result.ts';
import type { SieveSettings } from './settings.ts';
import { Slots } from './slot.ts';
import type { Action, RunInput, TraceLine } from './types.ts';

/** The script went wrong while it ran. */
export class SieveRuntimeError extends Error {}

/** A trace is for a person to read. */
const MAX_TRACE_LINES = 10_000;

/** What a script leaves to the next one on the same message. */
export class RunEnd {
  /** The message as the script left it. */
  readonly edited: EditedMessage;
  readonly result: Result;
  readonly slots: Slots;

  constructor(from: { edited: EditedMessage; result: Result; slots: Slots }) {
    this.edited = from.edited;
    this.result = from.result.copy();
    this.slots = from.slots.carry();
  }
}

/** Folded forms of one string that outlives a run, and may be among several values. */
export type SharedFolds = Map<Comparator, string>;

/** Everything that changes while a script runs. */
export class RunState {
  readonly script: CompiledScript;
  /** As it was handed in; message and envelope may be others by now. */
  readonly input: RunInput;
  limits: SieveLimits;
  settings: SieveSettings;
  /** Time of the run. */
  readonly now: Date;
  /** More addresses of the owner, beside the recipient. */
  addresses: readonly string[];
  /** As it is now: extensions may change it, and later tests see that. */
  #edited: EditedMessage;
  #envelope: Envelope;
  #recipient: string;
  result: Result;
  /** What extensions remember. */
  readonly slots: Slots;
  /** Outcome of the last test. */
  truth = false;
  /** Line of the current instruction. */
  line = 0;
  /** The capabilities of the scripts executed so far that want to see each action. */
  readonly decorators: Set<Extension>;
  /** `stop` was executed. */
  stopped = false;
  /** What the wildcards of the last successful match stood for; `[0]` is the whole value (RFC 5229 §3.2). */
  captures: readonly string[] = [];
  readonly traceLines: TraceLine[] = [];
  readonly #tracing: boolean;
  readonly #values = new Map<string, readonly string[]>();
  readonly #folded = new Map<readonly string[], Map<Comparator, readonly string[]>>();
  /** Of values that outlive the run: the folded forms of each string. */
  readonly #shared = new Map<readonly string[], readonly SharedFolds[]>();
  #steps = 0;

  constructor(
    script: CompiledScript,
    input: RunInput,
    options: { limits: SieveLimits; settings: SieveSettings; tracing: boolean; after?: RunEnd | undefined },
  ) {
    const { after } = options;
    this.script = script;
    this.decorators = new Set(script.decorators);
    this.input = input;
    this.limits = options.limits;
    this.settings = options.settings;
    this.now = input.now ?? new Date(0);
    this.addresses = input.addresses ?? [];
    this.#edited = after?.edited ?? new EditedMessage(input.message);
    this.result = after?.result.copy() ?? new Result();
    this.slots = after?.slots.carry() ?? new Slots();
    this.#envelope = input.envelope;
    this.#recipient = input.recipient;
    this.#tracing = options.tracing;
  }

  /** The message with the changes made so far; `edited.received` is the one that came. */
  get edited(): EditedMessage {
    return this.#edited;
  }

  get message(): Message {
    return this.#edited.message;
  }

  /** The message's header, with the edits made so far. */
  get header(): Header {
    return this.#edited.header;
  }

  get envelope(): Envelope {
    return this.#envelope;
  }

  get recipient(): string {
    return this.#recipient;
  }

  /** Ends the run with an error at the current line. */
  fail(text: string): never {
    throw new SieveRuntimeError(text);
  }

  /** Counts work; see {@link SieveLimits.steps}. */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) this.fail('script takes too much work');
  }

  /** Adds a line to the trace; the text is only made when there is one. */
  trace(text: () => string): void {
    if (!this.#tracing || this.traceLines.length > MAX_TRACE_LINES) return;
    this.traceLines.push(
      this.traceLines.length === MAX_TRACE_LINES
        ? { line: this.line, text: 'the rest of the trace is left out' }
        : { line: this.line, text: text() },
    );
  }

  /** Puts the outcome of the test that has just been done to the line it wrote; `from` is where that may begin. */
  conclude(from: number): void {
    const { length } = this.traceLines;
    if (length <= from || length > MAX_TRACE_LINES) return;
    const last = this.traceLines[length - 1];
    if (last !== undefined) last.truth = this.truth;
  }

  /**
   * The values that a key stands for, made once in a run: many tests of a script read the same. The key names all
   * that the values depend on, but for the message and its envelope.
   */
  values(key: string, make: (state: RunState) => readonly string[]): readonly string[] {
    let values = this.#values.get(key);
    if (values === undefined) {
      this.#values.set(key, (values = make(this)));
      this.#folded.set(values, new Map());
    }
    return values;
  }

  /** Values that outlive the run are folded once for all runs: `folds` keeps the folded forms of each of their strings. */
  share(values: readonly string[], folds: readonly SharedFolds[]): void {
    if (this.#folded.has(values)) return;
    this.#folded.set(values, new Map());
    this.#shared.set(values, folds);
  }

  /** The values as the comparator folds them; done once for those of {@link RunState.values} and {@link RunState.share}. */
  fold(comparator: Comparator, values: readonly string[]): readonly string[] {
    const known = this.#folded.get(values);
    let folded = known?.get(comparator);
    if (folded !== undefined) return folded;
    const shared = this.#shared.get(values);
    folded = values.map((value, index) => this.#foldOne(comparator, value, shared?.[index]));
    known?.set(comparator, folded);
    return folded;
  }

  #foldOne(comparator: Comparator, value: string, shared: SharedFolds | undefined): string {
    const known = shared?.get(comparator);
    if (known !== undefined) return known;
    // Where a character may become several, each is looked up; what is shared is so only once for all runs.
    this.spend(1 + (value.length >> (comparator.places === undefined || shared !== undefined ? 10 : 4)));
    const folded = comparator.fold(value);
    shared?.set(comparator, folded);
    return folded;
  }

  /** Puts another message, edited or one that came, or another envelope in the place of what tests see from here on. */
  change(input: Partial<RunInput> & { edited?: EditedMessage }): void {
    if (input.message !== undefined) this.#edited = new EditedMessage(input.message);
    this.#edited = input.edited ?? this.#edited;
    this.#envelope = input.envelope ?? this.#envelope;
    this.#recipient = input.recipient ?? this.#recipient;
    this.#values.clear();
    this.#folded.clear();
    this.#shared.clear();
  }

  /** Goes on where another script on the same message has ended, with its result or with another one. */
  adopt(end: RunEnd, result: Result = end.result.copy()): void {
    this.result = result;
    this.slots.adopt(end.slots);
    this.change({ edited: end.edited });
  }

  actionDefinition(type: Action['type']): ActionDefinition {
    const definition = this.script.registry.actions.get(type);
    if (definition === undefined) throw new Error(`action ${type} is not registered`);
    return definition;
  }
}
