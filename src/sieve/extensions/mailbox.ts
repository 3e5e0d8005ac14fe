import type { Asking, Extension, TestDefinition } from '../definitions.ts';
import { mailboxTag } from '../mailbox-target.ts';

/** RFC 5490 §3.1: all of the mailboxes are there, and the user may file into them. */
const mailboxExists: TestDefinition = {
  name: 'mailboxexists',
  parameters: [{ name: 'mailboxes', type: 'string-list' }],
  compile(call, compiler) {
    const mailboxes = call.strings('mailboxes');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      *run(state): Asking<boolean> {
        for (const mailbox of mailboxes.get(state)) {
          state.spend(1);
          if (mailbox !== '' && (yield { ask: 'mailbox-exists', mailbox }) === true) continue;
          state.trace(() => `mailboxexists: no ${JSON.stringify(mailbox)}: false`);
          return false;
        }
        state.trace(() => 'mailboxexists: true');
        return true;
      },
    });
  },
};

/** RFC 5490 §3. */
export const mailbox: Extension = {
  capability: 'mailbox',
  tests: [mailboxExists],
  // RFC 5490 §3.2: makes the mailbox when it is not there.
  tags: mailboxTag({
    name: 'create',
    set: (target) => {
      target.create = true;
    },
  }),
};
