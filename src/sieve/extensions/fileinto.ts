import { fileintoAction } from '../actions/fileinto.ts';
import type { CommandDefinition, Extension } from '../definitions.ts';
import { shorten } from '../lexer.ts';

/** No mailbox can have such a name. Whether a name suits the store is the store's business. */
function fault(mailbox: string): string | undefined {
  if (mailbox === '') return 'fileinto: name of the mailbox is empty';
  return /\p{Cc}/u.test(mailbox)
    ? `fileinto: name of the mailbox holds a control character: ${JSON.stringify(shorten(mailbox))}`
    : undefined;
}

/** RFC 5228 §4.1. */
const fileintoCommand: CommandDefinition = {
  name: 'fileinto',
  parameters: [{ name: 'mailbox', type: 'string' }],
  compile(call, compiler) {
    const mailbox = call.string('mailbox');
    const early = mailbox.constant === undefined ? undefined : fault(mailbox.constant);
    if (early !== undefined) compiler.diagnostics.error(mailbox, early);
    compiler.emitAction(call, (state) => {
      const name = mailbox.get(state);
      const late = fault(name);
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
