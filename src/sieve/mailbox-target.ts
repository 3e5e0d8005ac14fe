/**
 * Commands that file a message, or a copy of one they send: `fileinto`, `snooze`, and with `:fcc` those that send. The
 * tags that say which mailbox it is are the same for all of them.
 */
import type { BoundTag, Call } from './call.ts';
import type { ParameterType, TagDefinition } from './definitions.ts';
import { shorten } from './lexer.ts';
import type { RunState } from './state.ts';
import type { Action, Fcc } from './types.ts';

/** Commands that file the message itself. */
const FILING = ['fileinto', 'snooze'];
/** Commands that send a message, a copy of which `:fcc` files (RFC 8580 §3). */
const SENDING = ['vacation', 'notify'];

/** What a tag may set. */
type Target = Partial<Fcc>;

/** What the action files: its own message, or the copy of what it sends. */
function targetOf(action: Action): Target {
  if (!SENDING.includes(action.type)) return action as Target;
  const sending = action as Action & { fcc?: Fcc };
  // Tags may stand in any order: `:fcc` itself fills in the mailbox.
  sending.fcc ??= { mailbox: '' };
  return sending.fcc;
}

interface MailboxTag {
  readonly name: string;
  readonly argument?: ParameterType;
  /** Reports faults of the use. */
  readonly check?: TagDefinition['bind'];
  set(target: Target, tag: BoundTag, state: RunState): void;
}

/** The tag for the commands that file; for those that send it counts together with `:fcc` only. */
export function mailboxTag(
  tag: MailboxTag,
  commands: readonly string[] = [...FILING, ...SENDING],
): Record<string, TagDefinition[]> {
  const definition: TagDefinition = {
    name: tag.name,
    ...(tag.argument === undefined ? {} : { argument: tag.argument }),
    bind(call, compiler) {
      const given = call.tags.get(tag.name);
      if (given === undefined) return undefined;
      if (SENDING.includes(call.name) && !call.has('fcc'))
        compiler.diagnostics.error(given.node, `${call.name}: :${tag.name} needs :fcc`);
      tag.check?.(call, compiler);
      return { action: (state, { action }) => tag.set(targetOf(action), given, state) };
    },
  };
  return Object.fromEntries(commands.map((command) => [command, [definition]]));
}

/** The string behind a tag that takes one. */
export function tagText({ definition, argument }: BoundTag, state: RunState): string {
  if (argument?.type !== 'string') throw new Error(`:${definition.name} takes no string`);
  return argument.value.get(state);
}

/** The same, when it is known before the script runs. */
export function constantTagText(call: Call, tag: string): string | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string' ? argument.value.constant : undefined;
}

/** Why a mailbox can not have that name. Whether a name suits the store is the store's business. */
export function mailboxFault(command: string, mailbox: string): string | undefined {
  if (mailbox === '') return `${command}: name of the mailbox is empty`;
  return /\p{Cc}/u.test(mailbox)
    ? `${command}: name of the mailbox holds a control character: ${JSON.stringify(shorten(mailbox))}`
    : undefined;
}
