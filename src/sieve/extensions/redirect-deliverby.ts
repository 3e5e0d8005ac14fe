import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Extension, TagDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { constantTagText, tagText } from '../mailbox-target.ts';
import type { RunState } from '../state.ts';
import type { RedirectDeliverBy } from '../types.ts';

/** RFC 2852 §4: the time has at most nine digits. */
const MAX_SECONDS = 999_999_999;

/** RFC 3339 §5.6, with a zone that may lack its colon, as the date part `zone` does. */
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)$/i;

function parseTime(text: string): Date | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [, local = '', zone = ''] = match;
  const time = new Date(`${local}${zone.replace(/(\d\d):?(\d\d)$/, '$1:$2')}`.toUpperCase());
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function parseMode(text: string): 'notify' | 'return' | undefined {
  const word = text.toLowerCase();
  return word === 'notify' || word === 'return' ? word : undefined;
}

const modeFault = (text: string): string =>
  `redirect: :bymode ${JSON.stringify(shorten(text))} is not "notify" or "return"`;
const timeFault = (text: string): string =>
  `redirect: :bytimeabsolute ${JSON.stringify(shorten(text))} is not a time as "2026-03-02T09:05:00+01:00"`;

/** What `:bymode` says; `notify` when it is absent (RFC 6009). */
function modeOf(call: Call, state: RunState): RedirectDeliverBy['mode'] {
  const tag = call.tags.get('bymode');
  if (tag === undefined) return 'notify';
  const text = tagText(tag, state);
  return parseMode(text) ?? state.fail(modeFault(text));
}

/** Tag of a time, which makes the others count. */
function timeTag(
  name: string,
  argument: 'number' | 'string',
  check: (call: Call, compiler: Compiler) => void,
  limit: (call: Call, state: RunState) => number | Date,
): TagDefinition {
  return {
    name,
    group: 'deliver-by time',
    argument,
    bind(call, compiler) {
      check(call, compiler);
      return {
        action(state, { action }) {
          if (action.type !== 'redirect') return;
          action.deliverBy = {
            limit: limit(call, state),
            mode: modeOf(call, state),
            trace: call.has('bytrace'),
          };
        },
      };
    },
  };
}

function secondsOf(call: Call): number {
  const argument = call.tags.get('bytimerelative')?.argument;
  return argument?.type === 'number' ? argument.value : 0;
}

const relative = timeTag(
  'bytimerelative',
  'number',
  (call, compiler) => {
    const seconds = secondsOf(call);
    const tag = call.tags.get('bytimerelative');
    if (tag === undefined) return;
    if (seconds > MAX_SECONDS)
      compiler.diagnostics.error(tag.node, `redirect: :bytimerelative is at most ${MAX_SECONDS} seconds`);
    // RFC 2852 §4.1: mail that is to be returned must have some time.
    if (seconds === 0 && parseMode(constantTagText(call, 'bymode') ?? '') === 'return')
      compiler.diagnostics.error(tag.node, 'redirect: with :bymode "return" there must be some time');
  },
  secondsOf,
);

const absolute = timeTag(
  'bytimeabsolute',
  'string',
  (call, compiler) => {
    const constant = constantTagText(call, 'bytimeabsolute');
    const tag = call.tags.get('bytimeabsolute');
    if (tag !== undefined && constant !== undefined && parseTime(constant) === undefined)
      compiler.diagnostics.error(tag.node, timeFault(constant));
  },
  (call, state) => {
    const tag = call.tags.get('bytimeabsolute');
    const text = tag === undefined ? '' : tagText(tag, state);
    return parseTime(text) ?? state.fail(timeFault(text));
  },
);

/** RFC 6009: `:bymode` and `:bytrace` say more of a time. */
function needsTime(name: string, call: Call, compiler: Compiler): undefined {
  const tag = call.tags.get(name);
  if (tag !== undefined && !call.has('bytimerelative') && !call.has('bytimeabsolute'))
    compiler.diagnostics.error(tag.node, `redirect: :${name} needs :bytimerelative or :bytimeabsolute`);
}

const mode: TagDefinition = {
  name: 'bymode',
  argument: 'string',
  bind(call, compiler) {
    const constant = constantTagText(call, 'bymode');
    const tag = call.tags.get('bymode');
    if (tag !== undefined && constant !== undefined && parseMode(constant) === undefined)
      compiler.diagnostics.error(tag.node, modeFault(constant));
    return needsTime('bymode', call, compiler);
  },
};

const trace: TagDefinition = {
  name: 'bytrace',
  bind: (call, compiler) => needsTime('bytrace', call, compiler),
};

/** RFC 6009: until when the message is to be delivered (RFC 2852). */
export const redirectDeliverBy: Extension = {
  capability: 'redirect-deliverby',
  tags: { redirect: [relative, absolute, mode, trace] },
};
