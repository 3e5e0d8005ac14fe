/**
 * draft-ietf-extra-sieve-snooze: the message is put away and comes back at the next of the times.
 *
 * ```
 * snooze [:mailbox <mailbox: string>] [:mailboxid <id: string>] [:specialuse <attribute: string>] [:create]
 *        [:addflags <flags: string-list>] [:removeflags <flags: string-list>]
 *        [:weekdays <days: string-list>] [:tzid <zone: string>] <times: string-list>
 * ```
 */
import { snoozeAction } from '../actions/snooze.ts';
import type { Call, StringList } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { CommandDefinition, Extension, TagDefinition } from '../definitions.ts';
import { parseFlags } from '../flags.ts';
import { shorten } from '../lexer.ts';
import { constantTagText, mailboxFault, mailboxTag, tagText } from '../mailbox-target.ts';
import type { RunState } from '../state.ts';
import { isZone } from '../time-zone.ts';

const quote = (text: string): string => JSON.stringify(shorten(text));

/** `hh:mm` or `hh:mm:ss`, as `hh:mm:ss`; undefined when it is no time of a day. */
function parseTime(text: string): string | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim());
  return match === null ? undefined : `${match[1]}:${match[2]}:${match[3] ?? '00'}`;
}

/** `0` (Sunday) to `6`, or several as in `1-5`; undefined when it is neither. */
function parseDays(text: string): number[] | undefined {
  const match = /^([0-6])(?:-([0-6]))?$/.exec(text.trim());
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? first);
  // `5-1` is from Friday to Monday.
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (first + index) % 7);
}

const timeFault = (text: string): string => `snooze: ${quote(text)} is not a time as "09:30"`;
const dayFault = (text: string): string =>
  `snooze: ${quote(text)} is not a day of the week, "0" (Sunday) to "6", as in "1-5"`;
const zoneFault = (text: string): string => `snooze: ${quote(text)} is not a time zone as "Europe/Berlin"`;

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

function listOf(call: Call, tag: string): StringList | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string-list' ? argument.value : undefined;
}

/** Reports constant strings that `parse` knows nothing of. */
function check(
  list: StringList | undefined,
  parse: (text: string) => unknown,
  fault: (text: string) => string,
  compiler: Compiler,
): void {
  for (const item of list?.items ?? [])
    if (item.constant !== undefined && parse(item.constant) === undefined)
      compiler.diagnostics.error(item, fault(item.constant));
}

function parseAll<T>(
  state: RunState,
  list: StringList,
  parse: (text: string) => T | undefined,
  fault: (text: string) => string,
): T[] {
  return list.get(state).map((text) => parse(text) ?? state.fail(fault(text)));
}

function flagsTag(name: string): TagDefinition {
  return {
    name,
    argument: 'string-list',
    bind(call, compiler) {
      const tag = call.tags.get(name);
      if (tag !== undefined && !compiler.use('imap4flags'))
        compiler.diagnostics.error(tag.node, `snooze: tag :${name} needs require "imap4flags"`);
      return undefined;
    },
  };
}

const mailboxTags = mailboxTag(
  {
    name: 'mailbox',
    argument: 'string',
    check(call, compiler) {
      const constant = constantTagText(call, 'mailbox');
      const tag = call.tags.get('mailbox');
      const fault = constant === undefined ? undefined : mailboxFault('snooze', constant);
      if (tag !== undefined && fault !== undefined) compiler.diagnostics.error(tag.node, fault);
      return undefined;
    },
    set(target, tag, state) {
      const mailbox = tagText(tag, state);
      const fault = mailboxFault('snooze', mailbox);
      if (fault !== undefined) state.fail(fault);
      target.mailbox = mailbox;
    },
  },
  ['snooze'],
);

const snoozeCommand: CommandDefinition = {
  name: 'snooze',
  parameters: [{ name: 'times', type: 'string-list' }],
  tags: [
    flagsTag('addflags'),
    flagsTag('removeflags'),
    { name: 'weekdays', argument: 'string-list' },
    { name: 'tzid', argument: 'string' },
    ...(mailboxTags.snooze ?? []),
  ],
  compile(call, compiler) {
    const times = call.strings('times');
    const weekdays = listOf(call, 'weekdays');
    check(times, parseTime, timeFault, compiler);
    check(weekdays, parseDays, dayFault, compiler);
    const zone = call.tags.get('tzid');
    const early = constantTagText(call, 'tzid');
    if (zone !== undefined && early !== undefined && !isZone(early))
      compiler.diagnostics.error(zone.node, zoneFault(early));
    const flags = (state: RunState, tag: string): string[] =>
      parseFlags(state, listOf(call, tag)?.get(state) ?? []);
    compiler.emitAction(call, (state) => {
      const days = weekdays === undefined ? EVERY_DAY : parseAll(state, weekdays, parseDays, dayFault).flat();
      const named = zone === undefined ? undefined : tagText(zone, state);
      if (named !== undefined && !isZone(named)) state.fail(zoneFault(named));
      return {
        type: 'snooze',
        line: call.line,
        times: [...new Set(parseAll(state, times, parseTime, timeFault))].sort(),
        weekdays: [...new Set(days)].sort((a, b) => a - b),
        ...(named === undefined ? {} : { zone: named }),
        addFlags: flags(state, 'addflags'),
        removeFlags: flags(state, 'removeflags'),
      };
    });
  },
};

export const snooze: Extension = {
  capability: 'snooze',
  needs: 'no mailbox is set up that messages come back from',
  commands: [snoozeCommand],
  actions: [snoozeAction],
};
