import type { Call, StringList, StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import { type Mailbox, parseMailbox } from '../compose/mailbox.ts';
import { newMessageId } from '../compose/message-id.ts';
import type { ActionDefinition, Asking, CommandDefinition, Extension } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { remember } from '../remember.ts';
import type { VacationSettings } from '../settings.ts';
import type { RunState } from '../state.ts';
import type { VacationAction } from '../types.ts';
import { ownAddress, ownerOf, whyNotAnswered } from '../vacation/conditions.ts';
import { vacationKey, vacationReply, type VacationText } from '../vacation/reply.ts';

const DAY = 86_400;

/** RFC 5230 §4.7: once in a run, and never beside a refusal. It does not touch the implicit keep. */
const vacationAction: ActionDefinition<VacationAction> = {
  type: 'vacation',
  cancelsImplicitKeep: false,
  arrivalOnly: true,
  key: () => undefined,
  conflicts: ['vacation', 'reject'],
};

function tagString(call: Call, tag: string): StringValue | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string' ? argument.value : undefined;
}

function tagStrings(call: Call, tag: string): StringList | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string-list' ? argument.value : undefined;
}

/** The period that was asked for, in seconds. */
function askedPeriod(call: Call): number | undefined {
  for (const [tag, unit] of [
    ['days', DAY],
    ['seconds', 1],
  ] as const) {
    const argument = call.tags.get(tag)?.argument;
    if (argument?.type === 'number')
      // RFC 5230 §4.1: less than a day in days can only be a mistake.
      return tag === 'days' ? Math.max(1, argument.value) * unit : argument.value;
  }
  return undefined;
}

/** RFC 5230 §4.1, RFC 6131 §2: what is out of the site's range becomes the nearest in it. */
function period(asked: number | undefined, settings: VacationSettings): number {
  const most = settings.maxPeriod === 0 ? Number.POSITIVE_INFINITY : settings.maxPeriod;
  return Math.min(Math.max(asked ?? settings.defaultPeriod, settings.minPeriod), most);
}

const isAddress = (text: string): boolean => parseMailbox(text) !== undefined;

function checkConstants(call: Call, compiler: Compiler): void {
  const from = tagString(call, 'from');
  if (from?.constant !== undefined && !isAddress(from.constant))
    compiler.diagnostics.error(
      from,
      `vacation: :from ${JSON.stringify(shorten(from.constant))} is not an address`,
    );
  // What is no address can stand in no header: harmless, but not what was meant.
  for (const item of tagStrings(call, 'addresses')?.items ?? [])
    if (item.constant !== undefined && !isAddress(item.constant))
      compiler.diagnostics.warning(
        item,
        `vacation: :addresses ${JSON.stringify(shorten(item.constant))} is not an address`,
      );
  const days = call.tags.get('days');
  if (days?.argument?.type === 'number' && days.argument.value === 0)
    compiler.diagnostics.warning(days.node, 'vacation: :days 0 is taken as 1');
}

/** RFC 5230 §4. */
const vacationCommand: CommandDefinition = {
  name: 'vacation',
  parameters: [{ name: 'reason', type: 'string' }],
  tags: [
    { name: 'days', argument: 'number', group: 'period' },
    { name: 'subject', argument: 'string' },
    { name: 'from', argument: 'string' },
    { name: 'addresses', argument: 'string-list' },
    { name: 'mime' },
    { name: 'handle', argument: 'string' },
  ],
  compile(call, compiler) {
    const reason = call.string('reason');
    const subject = tagString(call, 'subject');
    const handle = tagString(call, 'handle');
    const from = tagString(call, 'from');
    const addresses = tagStrings(call, 'addresses');
    const asked = askedPeriod(call);
    checkConstants(call, compiler);
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state): Asking<void> {
        if (state.result.doneBefore('vacation')) {
          state.trace(() => 'vacation: a script before this one has answered');
          return;
        }
        const text: VacationText = {
          reason: reason.get(state),
          mime: call.has('mime'),
          // An empty one says nothing: the reply gets the usual subject.
          subject: subject?.get(state) || undefined,
          from: from?.get(state),
          handle: handle?.get(state),
        };
        const action = yield* respond(state, call.line, text, addresses?.get(state) ?? [], asked);
        state.result.add(state, action, call.modifiers);
      },
    });
  },
};

/** The reply, or the reason why there is none. */
function* respond(
  state: RunState,
  line: number,
  text: VacationText,
  listed: readonly string[],
  asked: number | undefined,
): Asking<VacationAction> {
  const owner = ownerOf(state, listed);
  const suppressed = whyNotAnswered(state, owner);
  if (suppressed !== undefined) return { type: 'vacation', line, suppressed };
  const { sender } = state.envelope;
  const seconds = period(asked, state.settings.vacation);
  const key = vacationKey(text, sender);
  // RFC 6131 §2: with a period of 0, each mail is answered.
  if (seconds > 0) {
    if ((yield { ask: 'vacation-sent', key, seconds }) === true)
      return {
        type: 'vacation',
        line,
        suppressed: `${sender} has had this reply in the last ${seconds} seconds`,
      };
    remember(state, { kind: 'vacation', key, seconds });
  }
  const messageId = yield* newMessageId(state, key);
  return { type: 'vacation', line, mail: vacationReply(state, text, author(state, text), messageId) };

  /** RFC 5230 §4.3, RFC 5230 §5.4: who the script says, when it is an address; else the address that the mail was written to. */
  function author(run: RunState, { from }: VacationText): Mailbox {
    const named = from === undefined ? undefined : parseMailbox(from);
    return named ?? { name: '', address: ownAddress(run, owner) ?? run.recipient };
  }
}

/** RFC 5230. */
export const vacation: Extension = {
  capability: 'vacation',
  commands: [vacationCommand],
  actions: [vacationAction],
};
