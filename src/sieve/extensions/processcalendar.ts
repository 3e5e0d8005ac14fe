import type { Call, StringValue } from '../call.ts';
import { parseCalendar } from '../calendar/ical.ts';
import { type ItipResult, organizersOf, processItip, uidOf } from '../calendar/itip.ts';
import { calendarOf } from '../calendar/parts.ts';
import type { Compiler } from '../compiler.ts';
import { addressKey, parseMailbox } from '../compose/mailbox.ts';
import type { ActionDefinition, Asking, CommandDefinition, Extension } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import type { RunState } from '../state.ts';
import type { CalendarAction } from '../types.ts';
import { type VariableTarget, variableTarget } from '../variables.ts';
import { inExternalList } from './extlists.ts';

/** RFC 9671 §4.9: once in a run, not beside a refusal; the implicit keep is done all the same. */
const calendarAction: ActionDefinition<CalendarAction> = {
  type: 'processcalendar',
  cancelsImplicitKeep: false,
  key: () => undefined,
  conflicts: ['processcalendar', 'reject'],
};

function tagText(call: Call, tag: string): StringValue | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string' ? argument.value : undefined;
}

/** A tag that names a variable; those need the capability `variables` (RFC 9671 §4.7, RFC 9671 §4.8). */
function target(call: Call, tag: string, compiler: Compiler): VariableTarget | undefined {
  const name = tagText(call, tag);
  if (name === undefined) return undefined;
  if (compiler.use('variables')) return variableTarget(name, `${call.name} :${tag}`, compiler);
  compiler.diagnostics.error(name, `${call.name}: tag :${tag} needs require "variables"`);
  return undefined;
}

/** RFC 9671 §4. */
const processCalendarCommand: CommandDefinition = {
  name: 'processcalendar',
  tags: [
    { name: 'allowpublic' },
    { name: 'addresses', argument: 'string-list' },
    { name: 'updatesonly', group: 'where new objects go' },
    { name: 'calendarid', argument: 'string', group: 'where new objects go' },
    { name: 'deletecancelled' },
    { name: 'organizers', argument: 'string' },
    { name: 'outcome', argument: 'string' },
    { name: 'reason', argument: 'string' },
  ],
  compile(call, compiler) {
    const listed = call.tags.get('addresses')?.argument;
    const addresses = listed?.type === 'string-list' ? listed.value : undefined;
    for (const address of addresses?.items ?? [])
      if (address.constant !== undefined && parseMailbox(address.constant) === undefined)
        compiler.diagnostics.error(
          address,
          `processcalendar: :addresses ${JSON.stringify(shorten(address.constant))} is not an address`,
        );
    const organizers = tagText(call, 'organizers');
    // RFC 9671 §4.6.
    if (organizers !== undefined && !compiler.use('extlists'))
      compiler.diagnostics.error(organizers, 'processcalendar: tag :organizers needs require "extlists"');
    const calendar = tagText(call, 'calendarid');
    const outcome = target(call, 'outcome', compiler);
    const reason = target(call, 'reason', compiler);
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state): Asking<void> {
        if (state.result.doneBefore('processcalendar')) {
          state.trace(() => 'processcalendar: a script before this one has done it');
          return;
        }
        const result = yield* process(state, {
          owner: ownAddresses(state, addresses?.get(state) ?? []),
          organizers: organizers?.get(state),
          calendar: calendar?.get(state),
          allowPublic: call.has('allowpublic'),
          updatesOnly: call.has('updatesonly'),
          deleteCancelled: call.has('deletecancelled'),
        });
        outcome?.set(state, result.outcome);
        reason?.set(state, result.reason);
        state.result.add(state, { type: 'processcalendar', line: call.line, ...result }, call.modifiers);
      },
    });
  },
};

interface Asked {
  readonly owner: ReadonlySet<string>;
  /** Name of an external list. */
  readonly organizers: string | undefined;
  readonly calendar: string | undefined;
  readonly allowPublic: boolean;
  readonly updatesOnly: boolean;
  readonly deleteCancelled: boolean;
}

/** RFC 9671 §4.2: where the mail came to, the user's aliases, and those he names. */
function ownAddresses(state: RunState, listed: readonly string[]): ReadonlySet<string> {
  const all = [state.recipient, ...state.addresses, ...listed];
  return new Set(all.map((text) => addressKey(parseMailbox(text)?.address ?? text)));
}

function* process(state: RunState, asked: Asked): Asking<ItipResult> {
  const failed = (reason: string): ItipResult => ({ outcome: 'error', reason });
  const incoming = calendarOf(state.message);
  if (incoming === undefined) return { outcome: 'no_action', reason: 'the mail has no calendar data' };
  if (typeof incoming === 'string') return failed(incoming);
  // Reading, comparing and writing it takes time that grows with its size.
  state.spend(1 + Math.floor(state.message.raw.length / 1024));
  const uid = uidOf(incoming);
  if (uid === undefined) return failed('the calendar data is not of one object');
  if (asked.organizers !== undefined)
    // RFC 9671 §4.6: others may invite, but not into the calendar.
    for (const organizer of organizersOf(incoming))
      if (!(yield* inExternalList(state, asked.organizers, organizer)))
        return { outcome: 'no_action', reason: 'the organizer is not in the list' };
  const known = yield { ask: 'calendar-find', uid };
  const stored = typeof known === 'string' ? parseCalendar(known) : undefined;
  if (typeof stored === 'string') return failed(`what is in the calendar cannot be read: ${stored}`);
  const from = state.message.header.all('from').flatMap(({ addresses }) => addresses);
  const senders = new Set(from.map(({ address }) => addressKey(address)));
  const result = processItip({ ...asked, incoming, stored, senders });
  return known === false && result.change?.kind === 'put' ? failed('the calendars are full') : result;
}

/** RFC 9671. */
export const processcalendar: Extension = {
  capability: 'processcalendar',
  needs: 'no calendar store is configured',
  commands: [processCalendarCommand],
  actions: [calendarAction],
};
