import { describeAction } from '../../sieve/index.ts';
import type { Action } from '../../sieve/types.ts';
import { type Io, paint, table } from '../io.ts';
import { printable } from './trace.ts';

/** What scripts would do to one message. */
export interface Replayed {
  file: string;
  subject: string;
  sender: string;
  recipient: string;
  actions: readonly Action[];
  /** Why the script failed on it; it is kept then. */
  error?: string | undefined;
  /** What the other script would do, when there is one. */
  before?: readonly Action[] | undefined;
  /** With `--apply`: what of it was not done, and why. */
  skipped?: readonly string[] | undefined;
}

export interface Totals {
  messages: number;
  /** Messages that could not be read, or be changed as the script wants. */
  failed: number;
}

/** One action as a reader of the report tells it from others; `keep` is the same whoever said it. */
export function effectOf(action: Action): string {
  const flags =
    'flags' in action && action.flags !== undefined && action.flags.length > 0 ? action.flags : [];
  const text = action.type === 'keep' ? 'keep' : describeAction(action);
  const missing = flags.filter((flag) => !text.includes(flag));
  return printable(missing.length === 0 ? text : `${text} ${missing.join(' ')}`);
}

/** What is counted together: a type of action, and the mailbox or address it leads to. */
function kindOf(action: Action): string {
  switch (action.type) {
    case 'keep':
      return 'keep';
    case 'fileinto':
      return printable(`fileinto ${JSON.stringify(action.mailbox)}`);
    case 'redirect':
      return printable(`redirect ${JSON.stringify(action.address)}`);
    case 'reject':
      return action.kind;
    default:
      return action.type;
  }
}

const effects = (actions: readonly Action[]): string[] => [...new Set(actions.map(effectOf))].sort();

/** Whether the two scripts do something else with the message. */
export function differs({ actions, before }: Replayed): boolean {
  return before === undefined || effects(actions).join('\n') !== effects(before).join('\n');
}

function count(lists: readonly (readonly Action[])[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const actions of lists)
    for (const kind of new Set(actions.map(kindOf))) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Messages per action and folder, the most frequent first. */
function countRows(all: readonly Replayed[]): (readonly [kind: string, now: number, before: number])[] {
  const now = count(all.map(({ actions }) => actions));
  const before = count(all.map(({ before }) => before ?? []));
  return [...new Set([...now.keys(), ...before.keys()])]
    .map((kind) => [kind, now.get(kind) ?? 0, before.get(kind) ?? 0] as const)
    .sort((a, b) => b[1] - a[1] || b[2] - a[2] || (a[0] < b[0] ? -1 : 1));
}

/** For a person: counts first, then the messages; of two scripts only those with which they do something else. */
export function replayText(
  all: readonly Replayed[],
  totals: Totals,
  against: boolean,
  io: Pick<Io, 'color'>,
): string {
  const shown = against ? all.filter(differs) : all;
  const head = [
    `${totals.messages} ${totals.messages === 1 ? 'message' : 'messages'}`,
    ...(against ? [`${shown.length} of them with another outcome`] : []),
    ...(totals.failed > 0 ? [paint(io, 'red', `${totals.failed} failed`)] : []),
  ].join(', ');
  const rows = countRows(all);
  const counts = against
    ? table([
        ['  now', 'before', 'change', 'action'],
        ...rows.map(([kind, now, before]) => [
          String(now).padStart(5),
          String(before).padStart(6),
          (now === before ? '' : `${now > before ? '+' : ''}${now - before}`).padStart(6),
          kind,
        ]),
      ])
    : table(rows.map(([kind, now]) => [String(now).padStart(5), kind]));
  const messages = shown.map((message) => messageText(message, against, io)).join('');
  return `${paint(io, 'bold', head)}\n${rows.length === 0 ? '' : `${counts}\n`}${messages === '' ? '' : `\n${messages}`}`;
}

/** Characters of a subject that are shown. */
const SUBJECT = 60;

function messageText(message: Replayed, against: boolean, io: Pick<Io, 'color'>): string {
  const characters = Array.from(message.subject);
  const subject =
    characters.length > SUBJECT ? `${characters.slice(0, SUBJECT - 1).join('')}…` : message.subject;
  let text = `${paint(io, 'dim', printable(message.file))}  ${printable(subject)}\n`;
  const before = effects(message.before ?? []);
  const now = effects(message.actions);
  if (against) {
    for (const effect of before) if (!now.includes(effect)) text += `  ${paint(io, 'red', `- ${effect}`)}\n`;
    for (const effect of now)
      text += before.includes(effect) ? `    ${effect}\n` : `  ${paint(io, 'green', `+ ${effect}`)}\n`;
  } else
    for (const effect of new Set(message.actions.map(effectOf)))
      text += `    ${paint(io, effect === 'keep' ? 'dim' : 'cyan', effect)}\n`;
  if (message.error !== undefined) text += `    ${paint(io, 'red', printable(`error: ${message.error}`))}\n`;
  for (const skipped of message.skipped ?? [])
    text += `    ${paint(io, 'yellow', printable(`not done: ${skipped}`))}\n`;
  return text;
}

/** One object a message and line, then one with the counts. The member names are a contract with scripts. */
export function replayJson(all: readonly Replayed[], totals: Totals, against: boolean): string {
  const shown = against ? all.filter(differs) : all;
  const counts = countRows(all).map(([action, messages, before]) =>
    against ? { action, messages, before } : { action, messages },
  );
  const changed = against ? { changed: shown.length } : {};
  return [...shown, { summary: { ...totals, ...changed, counts } }]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
