import type { Call, StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import { parseMailbox } from '../compose/mailbox.ts';
import type {
  ActionDefinition,
  Asking,
  CommandDefinition,
  Extension,
  TestDefinition,
} from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { emitMatch } from '../matching/emit.ts';
import { methodFault, methodOf, methodRefused } from '../notify/methods.ts';
import type { Notification } from '../notify/types.ts';
import { percentEncode, schemeOf } from '../notify/uri.ts';
import type { NotifyAction } from '../types.ts';
import { setModifier } from './variables.ts';

/** RFC 5435 §7: it touches no other action and not the implicit keep. Mails are told apart by their recipients. */
const notifyAction: ActionDefinition<NotifyAction> = {
  type: 'notify',
  cancelsImplicitKeep: false,
  key: ({ payload, method }) =>
    payload === undefined || payload.kind === 'mail'
      ? undefined
      : `notify ${method} ${JSON.stringify(payload)}`,
  limit: (limits) => limits.notifications,
};

function tagText(call: Call, tag: string): StringValue | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string' ? argument.value : undefined;
}

const uriFault = (uri: string, fault: string): string =>
  `notify: method ${JSON.stringify(shorten(uri))}: ${fault}`;

/** RFC 5435 §3.4; undefined when it is none of the three. */
function importanceOf(text: string): 1 | 2 | 3 | undefined {
  return text === '1' ? 1 : text === '2' ? 2 : text === '3' ? 3 : undefined;
}

const importanceFault = (text: string): string =>
  `notify: :importance must be "1", "2" or "3", not ${JSON.stringify(shorten(text))}`;

function checkConstants(call: Call, compiler: Compiler): void {
  const method = call.string('method');
  const fault = method.constant === undefined ? undefined : methodFault(method.constant);
  if (fault !== undefined) compiler.diagnostics.error(method, uriFault(method.constant ?? '', fault));
  const doubt =
    fault === undefined ? methodOf(method.constant ?? '')?.doubt?.(method.constant ?? '') : undefined;
  if (doubt !== undefined) compiler.diagnostics.warning(method, `notify: ${doubt}`);
  const importance = tagText(call, 'importance');
  if (importance?.constant !== undefined && importanceOf(importance.constant) === undefined)
    compiler.diagnostics.error(importance, importanceFault(importance.constant));
  const from = tagText(call, 'from');
  // RFC 5436 §2.3: with mailto it is an address; other methods have forms of their own (RFC 5435 §3.3).
  if (
    from?.constant !== undefined &&
    schemeOf(method.constant ?? '') === 'mailto' &&
    !isAddress(from.constant)
  )
    compiler.diagnostics.error(
      from,
      `notify: :from ${JSON.stringify(shorten(from.constant))} is not an address`,
    );
}

const isAddress = (text: string): boolean => parseMailbox(text) !== undefined;

/**
 * ```
 * option      = option-name "=" value         ; RFC 5435 §3.5
 * option-name = l-d *( l-d / "." / "-" / "_" )
 * ```
 */
const OPTION = /^[a-z0-9][a-z0-9._-]*=/i;

function checkOptions(call: Call, compiler: Compiler): void {
  const given = call.tags.get('options')?.argument;
  for (const option of given?.type === 'string-list' ? given.value.items : [])
    if (option.constant !== undefined && !OPTION.test(option.constant))
      compiler.diagnostics.error(
        option,
        `notify: :options ${JSON.stringify(shorten(option.constant))} is not a name and a value with "=" between`,
      );
}

/** RFC 5435 §3. Options nobody knows are ignored (RFC 5435 §3.5), and no method here knows any. */
const notifyCommand: CommandDefinition = {
  name: 'notify',
  parameters: [{ name: 'method', type: 'string' }],
  tags: [
    { name: 'from', argument: 'string' },
    { name: 'importance', argument: 'string' },
    { name: 'options', argument: 'string-list' },
    { name: 'message', argument: 'string' },
  ],
  compile(call, compiler) {
    checkConstants(call, compiler);
    checkOptions(call, compiler);
    const method = call.string('method');
    const from = tagText(call, 'from');
    const importance = tagText(call, 'importance');
    const message = tagText(call, 'message');
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state): Asking<void> {
        const uri = method.get(state);
        const fault = methodRefused(uri, state.settings.notify);
        const way = methodOf(uri);
        if (fault !== undefined || way === undefined)
          return state.fail(uriFault(uri, fault ?? 'no such method'));
        const written = importance?.get(state) ?? '2';
        const sender = from?.get(state);
        const notification: Notification = {
          uri,
          // RFC 5435 §3.3: a sender that is none is as if it were not given.
          from: sender !== undefined && isAddress(sender) ? sender : undefined,
          importance: importanceOf(written) ?? state.fail(importanceFault(written)),
          message: message?.get(state),
        };
        const composed = yield* way.compose(state, notification);
        if (composed === undefined) {
          state.trace(() => `notify ${JSON.stringify(shorten(uri))}: is done already`);
          return;
        }
        const action: NotifyAction = { type: 'notify', line: call.line, method: uri };
        if ('suppressed' in composed) action.suppressed = composed.suppressed;
        else action.payload = composed;
        state.result.add(state, action, call.modifiers);
      },
    });
  },
};

/** RFC 5435 §4: all of the URIs can be used. */
const validNotifyMethod: TestDefinition = {
  name: 'valid_notify_method',
  parameters: [{ name: 'uris', type: 'string-list' }],
  compile(call, compiler) {
    const uris = call.strings('uris');
    compiler.emit({
      op: 'test',
      line: call.line,
      run(state) {
        for (const uri of uris.get(state)) {
          state.spend(1 + (uri.length >> 10));
          const fault = methodRefused(uri, state.settings.notify);
          if (fault === undefined) continue;
          state.trace(() => `valid_notify_method: ${JSON.stringify(shorten(uri))}: ${fault}: false`);
          return false;
        }
        state.trace(() => 'valid_notify_method: true');
        return true;
      },
    });
  },
};

/** RFC 5435 §5. What is not known of a method, or not known to be one, matches nothing. */
const notifyMethodCapability: TestDefinition = {
  name: 'notify_method_capability',
  parameters: [
    { name: 'uri', type: 'string' },
    { name: 'capability', type: 'string' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const uri = call.string('uri');
    const capability = call.string('capability');
    emitMatch(compiler, call, 'key list', {
      *ask(state): Asking<readonly string[]> {
        const asked = uri.get(state);
        if (methodRefused(asked, state.settings.notify) !== undefined) return [];
        // RFC 5435 §5: `online` is the one capability there is.
        if (capability.get(state).toLowerCase() !== 'online') return [];
        // RFC 5436 §2.2: whether somebody reads his mail is not known.
        if (schemeOf(asked) !== 'xmpp') return ['maybe'];
        const online = yield { ask: 'notify-online', uri: asked };
        return [online === 'yes' || online === 'no' ? online : 'maybe'];
      },
    });
  },
};

/** RFC 5435. */
export const enotify: Extension = {
  capability: 'enotify',
  commands: [notifyCommand],
  tests: [validNotifyMethod, notifyMethodCapability],
  // RFC 5435 §6: for `set`, between :quotewildcard and :length.
  tags: { set: [setModifier('encodeurl', 15, percentEncode)] },
  actions: [notifyAction],
};
