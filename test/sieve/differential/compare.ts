import { parseMessage } from '../../../src/message/parse.ts';
import { compile, formatDiagnostic, run } from '../../../src/sieve/index.ts';
import type { Action } from '../../../src/sieve/types.ts';
import { accepted } from './accepted.ts';
import { type Outcome, store } from './peer.ts';

/** A script, and the mail and envelope it is run on. */
export interface Case {
  readonly script: string;
  /** The same without comments, white space and letters that only hinder reading. */
  readonly meaning?: string;
  readonly mail: string;
  readonly sender: string;
  readonly recipient: string;
}

/** What our engine wants to be done. */
export function ourOutcome({ script: source, mail, sender, recipient }: Case): Outcome {
  const { script, diagnostics } = compile(source);
  if (script === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    return { kind: 'invalid', why: errors.map((error) => formatDiagnostic('case', error)).join('\n') };
  }
  const envelope = { client: {}, sender, recipients: [{ address: recipient }] };
  const message = parseMessage(Buffer.from(mail));
  const running = run(script, { message, envelope, recipient, now: new Date(0) });
  let step = running.next();
  while (step.done !== true) step = running.next(undefined);
  const { actions, error } = step.value;
  return error === undefined
    ? { kind: 'actions', actions: actions.map(actionText) }
    : { kind: 'failed', why: error.text };
}

function actionText(action: Action): string {
  switch (action.type) {
    case 'keep':
      return store('INBOX', action.flags ?? []);
    case 'fileinto':
      return store(action.mailbox, action.flags ?? []);
    case 'redirect':
      return `redirect ${action.address}`;
    default:
      return action.type;
  }
}

/** The difference of two outcomes as text, or undefined where there is none. */
export function difference(ours: Outcome, theirs: Outcome): string | undefined {
  const same =
    ours.kind === 'actions' && theirs.kind === 'actions'
      ? sameActions(ours.actions, theirs.actions)
      : ours.kind === theirs.kind;
  return same ? undefined : `tamis: ${describe(ours)}\nsieve-test: ${describe(theirs)}`;
}

/** Why a difference is accepted; undefined for one that nobody knows. */
export function reasonFor({ script, meaning = script, mail }: Case): string | undefined {
  return accepted.find(({ when }) => when(meaning, mail))?.reason;
}

const describe = (outcome: Outcome): string =>
  outcome.kind === 'actions' ? outcome.actions.join(', ') : `${outcome.kind}: ${outcome.why}`;

/**
 * One copy of a mail in each mailbox, in any order. Where several actions file into one the flags are not compared:
 * sieve-test prints the actions before it merges them.
 */
function sameActions(ours: readonly string[], theirs: readonly string[]): boolean {
  const often = new Set([...repeated(ours), ...repeated(theirs)]);
  const canonical = (actions: readonly string[]): string =>
    [...new Set(actions.map((action) => (often.has(mailboxOf(action)) ? mailboxOf(action) : action)))]
      .sort()
      .join('\n');
  return canonical(ours) === canonical(theirs);
}

const mailboxOf = (action: string): string => action.split(' ', 2).join(' ');

function repeated(actions: readonly string[]): string[] {
  const mailboxes = actions.filter((action) => action.startsWith('store ')).map(mailboxOf);
  return mailboxes.filter((mailbox, index) => mailboxes.indexOf(mailbox) !== index);
}
