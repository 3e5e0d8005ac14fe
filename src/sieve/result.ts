import type { ActionDefinition, Modifier } from './definitions.ts';
import type { EditedMessage } from './edited-message.ts';
import type { RunState } from './state.ts';
import type { Action } from './types.ts';

/** An action before it is final: tags may still change it. */
export interface PendingAction {
  readonly action: Action;
  cancelsImplicitKeep: boolean;
}

/** The actions a run has decided on so far. Nothing is done before the script has ended. */
export class Result {
  readonly #pending: PendingAction[] = [];
  /** Where the action of each key stands. */
  readonly #keys = new Map<string, number>();
  readonly #counts = new Map<Action['type'], number>();
  /** The changed messages that actions are to be done with; see `version` of {@link Action}. */
  readonly versions: EditedMessage[] = [];
  /** How many of the actions are of scripts before this one. */
  #inherited = 0;
  /** Still to be done at the end (RFC 5228 §2.10.2). */
  implicitKeep = true;

  /** Adds an action, unless it is there already (RFC 5228 §2.10.3). Fails the run when it may not be added. */
  add(state: RunState, action: Action, modifiers: readonly Modifier[]): void {
    const definition = state.actionDefinition(action.type);
    const pending: PendingAction = { action, cancelsImplicitKeep: definition.cancelsImplicitKeep };
    for (const modifier of modifiers) modifier.action?.(state, pending);
    for (const extension of state.decorators) extension.decorate?.(state, pending);
    definition.complete?.(state, action);
    const version = this.#version(state, definition);
    if (version !== undefined) Object.assign(action, { version });
    if (definition.arrivalOnly === true && state.input.imap !== undefined)
      state.fail(`${definition.type} cannot be used for a message that is in a mailbox already`);
    this.#checkConflicts(state, definition);
    if (pending.cancelsImplicitKeep) this.implicitKeep = false;
    const key = definition.key(action);
    const known = key === undefined ? undefined : this.#keys.get(key);
    const first = known === undefined ? undefined : this.#pending[known];
    if (known !== undefined && first !== undefined) {
      this.#pending[known] = { ...first, action: definition.merge?.(first.action, action) ?? first.action };
      state.trace(() => `${describeAction(action)}: is done already`);
      return;
    }
    if (action.type !== 'keep' || !action.implicit) this.#checkLimits(state, definition, action);
    if (key !== undefined) this.#keys.set(key, this.#pending.length);
    this.#pending.push(pending);
    state.trace(() => describeAction(action));
  }

  /** For a script that goes on where this one ended. */
  copy(): Result {
    const copy = new Result();
    copy.#pending.push(...this.#pending);
    for (const [key, index] of this.#keys) copy.#keys.set(key, index);
    for (const [type, count] of this.#counts) copy.#counts.set(type, count);
    copy.versions.push(...this.versions);
    copy.implicitKeep = this.implicitKeep;
    copy.#inherited = copy.#pending.length;
    return copy;
  }

  /** The same without `keep`, which the next script decides on anew: where scripts are executed one by one. */
  withoutKeep(): Result {
    const copy = this.copy();
    const keep = copy.#pending.findIndex(({ action }) => action.type === 'keep');
    copy.implicitKeep ||= keep !== -1;
    if (keep === -1) return copy;
    copy.#pending.splice(keep, 1);
    for (const [key, index] of copy.#keys)
      if (index === keep) copy.#keys.delete(key);
      else if (index > keep) copy.#keys.set(key, index - 1);
    return copy;
  }

  /** Whether a script before this one has such an action: what may be done once is then no error in this one. */
  doneBefore(type: Action['type']): boolean {
    return this.#pending.slice(0, this.#inherited).some(({ action }) => action.type === type);
  }

  /** All actions; the implicit keep comes last. */
  finish(state: RunState): Action[] {
    if (this.implicitKeep) {
      // It belongs to no line, and is there also when the script has used up its actions.
      state.line = 0;
      const keep: Action = { type: 'keep', line: 0, implicit: true };
      this.add(state, keep, []);
    }
    return this.actions;
  }

  /** Those so far. */
  get actions(): Action[] {
    return this.#pending.map(({ action }) => action);
  }

  /** Which of the versions an action is done with; undefined for the message that came (RFC 5293 §7). */
  #version({ edited }: RunState, { message }: ActionDefinition): number | undefined {
    if (message === undefined) return undefined;
    const current = message === 'forwarded' ? edited.forwarded : edited;
    if (!current.changed) return undefined;
    const known = this.versions.indexOf(current);
    return known === -1 ? this.versions.push(current) - 1 : known;
  }

  #checkConflicts(state: RunState, definition: ActionDefinition): void {
    for (const { action: other } of this.#pending)
      if (
        definition.conflicts?.includes(other.type) === true ||
        state.actionDefinition(other.type).conflicts?.includes(definition.type) === true
      )
        state.fail(
          other.type === definition.type
            ? `${definition.type} may be done only once (the other is in line ${other.line})`
            : `${definition.type} cannot be combined with the ${other.type} of line ${other.line}`,
        );
  }

  #checkLimits(state: RunState, definition: ActionDefinition, action: Action): void {
    const { type } = definition;
    if (this.#pending.length >= state.limits.actions)
      state.fail(`too many actions (at most ${state.limits.actions})`);
    const most = definition.limit?.(state.limits, action);
    if (most === undefined) return;
    const count = (this.#counts.get(type) ?? 0) + 1;
    if (count > most) state.fail(`too many ${type} actions (at most ${most})`);
    this.#counts.set(type, count);
  }
}

/** One line for persons. */
export function describeAction(action: Action): string {
  switch (action.type) {
    case 'keep':
      return action.implicit ? 'implicit keep' : 'keep';
    case 'fileinto':
      return `fileinto ${JSON.stringify(action.mailbox)}`;
    case 'snooze':
      return `snooze ${action.times.join(', ')}`;
    case 'redirect':
      return `redirect ${JSON.stringify(action.address)}`;
    case 'discard':
      return 'discard';
    case 'reject':
      return `${action.kind} ${JSON.stringify(action.reason)}`;
    case 'processcalendar':
      return `processcalendar: ${action.outcome}${action.reason === '' ? '' : `, ${action.reason}`}`;
    case 'notify':
      return action.suppressed === undefined
        ? `notify ${JSON.stringify(action.method)}`
        : `notify ${JSON.stringify(action.method)}: nothing is sent, ${action.suppressed}`;
    case 'pipe':
      return `pipe ${JSON.stringify(action.program)}`;
    case 'report':
      return action.mail === undefined
        ? `report ${JSON.stringify(action.feedbackType)}: nothing is sent, ${action.suppressed}`
        : `report ${JSON.stringify(action.feedbackType)} to ${action.recipient}`;
    case 'vacation':
      return action.mail === undefined
        ? `vacation: no reply, ${action.suppressed}`
        : `vacation to ${action.mail.recipients.join(', ')}`;
  }
}
