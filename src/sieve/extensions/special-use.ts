import type { Asking, Extension, TestDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { constantTagText, mailboxTag, tagText } from '../mailbox-target.ts';

/** RFC 6154 §6: `use-attr = "\" atom`. */
const USE = /^\\[^\x00-\x20\x7f-\u{10ffff}(){%*"\\\]]{1,255}$/u;

const fault = (use: string): string =>
  `${JSON.stringify(shorten(use))} is not a special-use attribute, as "\\\\Junk" is`;

/** RFC 8579 §3: the mailbox, or some mailbox of the user, has each of the attributes. */
const specialUseExists: TestDefinition = {
  name: 'specialuse_exists',
  parameters: [
    { name: 'mailbox', type: 'string', optional: true },
    { name: 'special-use attributes', type: 'string-list' },
  ],
  compile(call, compiler) {
    const named = call.given('mailbox') ? call.string('mailbox') : undefined;
    const uses = call.strings('special-use attributes');
    for (const use of uses.items)
      if (use.constant !== undefined && !USE.test(use.constant))
        compiler.diagnostics.warning(use, `specialuse_exists: ${fault(use.constant)}`);
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      *run(state): Asking<boolean> {
        const mailbox = named?.get(state);
        for (const use of uses.get(state)) {
          state.spend(1);
          const question = {
            ask: 'special-use-exists',
            use,
            ...(mailbox === undefined ? {} : { mailbox }),
          } as const;
          if (USE.test(use) && (yield question) === true) continue;
          state.trace(() => `specialuse_exists: no ${JSON.stringify(use)}: false`);
          return false;
        }
        state.trace(() => 'specialuse_exists: true');
        return true;
      },
    });
  },
};

/** RFC 8579. */
export const specialUse: Extension = {
  capability: 'special-use',
  tests: [specialUseExists],
  // RFC 8579 §4: the mailbox with the attribute; if there is none, the one that is named.
  tags: mailboxTag({
    name: 'specialuse',
    argument: 'string',
    check(call, compiler) {
      const use = constantTagText(call, 'specialuse');
      const tag = call.tags.get('specialuse');
      if (use !== undefined && tag !== undefined && !USE.test(use))
        compiler.diagnostics.error(tag.node, `${call.name}: ${fault(use)}`);
      return undefined;
    },
    set(target, tag, state) {
      const use = tagText(tag, state);
      if (!USE.test(use)) state.fail(fault(use));
      target.specialUse = use;
    },
  }),
};
