import type { Asking, Extension, TestDefinition } from '../definitions.ts';
import { mailboxTag, tagText } from '../mailbox-target.ts';

/** RFC 8474 §7: `objectid = 1*255(ALPHA / DIGIT / "_" / "-")`. What does not fit names no mailbox. */
const OBJECT_ID = /^[A-Za-z0-9_-]{1,255}$/;

/** RFC 9042: each of the ids is the MAILBOXID of a mailbox that the user may file into. */
const mailboxIdExists: TestDefinition = {
  name: 'mailboxidexists',
  parameters: [{ name: 'mailbox ids', type: 'string-list' }],
  compile(call, compiler) {
    const ids = call.strings('mailbox ids');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      *run(state): Asking<boolean> {
        for (const id of ids.get(state)) {
          state.spend(1);
          if (OBJECT_ID.test(id) && (yield { ask: 'mailbox-id-exists', id }) === true) continue;
          state.trace(() => `mailboxidexists: no ${JSON.stringify(id)}: false`);
          return false;
        }
        state.trace(() => 'mailboxidexists: true');
        return true;
      },
    });
  },
};

/** RFC 9042. */
export const mailboxId: Extension = {
  capability: 'mailboxid',
  tests: [mailboxIdExists],
  // RFC 9042 §4: the mailbox with that id, wherever it is now; if there is none, the one that is named.
  tags: mailboxTag({
    name: 'mailboxid',
    argument: 'string',
    set(target, tag, state) {
      const id = tagText(tag, state);
      if (OBJECT_ID.test(id)) target.mailboxId = id;
    },
  }),
};
