import { fileintoAction } from '../actions/fileinto.ts';
import type { CommandDefinition, Extension } from '../definitions.ts';
import { mailboxFault } from '../mailbox-target.ts';

/** RFC 5228 §4.1. */
const fileintoCommand: CommandDefinition = {
  name: 'fileinto',
  parameters: [{ name: 'mailbox', type: 'string' }],
  compile(call, compiler) {
    const mailbox = call.string('mailbox');
    const early = mailbox.constant === undefined ? undefined : mailboxFault('fileinto', mailbox.constant);
    if (early !== undefined) compiler.diagnostics.error(mailbox, early);
    compiler.emitAction(call, (state) => {
      const name = mailbox.get(state);
      const late = mailboxFault('fileinto', name);
      if (late !== undefined) state.fail(late);
      return { type: 'fileinto', line: call.line, mailbox: name };
    });
  },
};

export const fileinto: Extension = {
  capability: 'fileinto',
  commands: [fileintoCommand],
  actions: [fileintoAction],
};
