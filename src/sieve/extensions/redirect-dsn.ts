import type { Extension, TagDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { constantTagText, tagText } from '../mailbox-target.ts';

/** RFC 3461 §4.1: `NEVER`, or one or more of the others; undefined when it is neither. */
function parseNotify(text: string): string | undefined {
  const words = text
    .toUpperCase()
    .split(',')
    .map((word) => word.trim());
  if (words.length === 1 && words[0] === 'NEVER') return 'NEVER';
  const known = words.every((word) => ['SUCCESS', 'FAILURE', 'DELAY'].includes(word));
  return known ? [...new Set(words)].join(',') : undefined;
}

/** RFC 3461 §4.3. */
function parseRet(text: string): 'FULL' | 'HDRS' | undefined {
  const word = text.toUpperCase();
  return word === 'FULL' || word === 'HDRS' ? word : undefined;
}

/** A tag of `redirect` with a value that must be one of some. */
function redirectTag<T>(
  name: string,
  expected: string,
  parse: (text: string) => T | undefined,
  set: (action: { notify?: string; ret?: 'FULL' | 'HDRS' }, value: T) => void,
): TagDefinition {
  const fault = (text: string): string =>
    `redirect: :${name} ${JSON.stringify(shorten(text))} is not ${expected}`;
  return {
    name,
    argument: 'string',
    bind(call, compiler) {
      const tag = call.tags.get(name);
      if (tag === undefined) return undefined;
      const constant = constantTagText(call, name);
      if (constant !== undefined && parse(constant) === undefined)
        compiler.diagnostics.error(tag.node, fault(constant));
      return {
        action(state, { action }) {
          if (action.type !== 'redirect') return;
          const text = tagText(tag, state);
          set(action, parse(text) ?? state.fail(fault(text)));
        },
      };
    },
  };
}

/** RFC 6009: which reports of the delivery are asked for (RFC 3461). */
export const redirectDsn: Extension = {
  capability: 'redirect-dsn',
  tags: {
    redirect: [
      redirectTag(
        'notify',
        '"NEVER", or some of "SUCCESS", "FAILURE" and "DELAY"',
        parseNotify,
        (action, value) => {
          action.notify = value;
        },
      ),
      redirectTag('ret', '"FULL" or "HDRS"', parseRet, (action, value) => {
        action.ret = value;
      }),
    ],
  },
};
