import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import { mimeBody, textBody } from '../compose/body.ts';
import type { Field } from '../compose/mail.ts';
import { formatMailbox, parseMailbox } from '../compose/mailbox.ts';
import type { CommandDefinition, Extension } from '../definitions.ts';
import { fieldValue } from '../field-value.ts';
import { shorten } from '../lexer.ts';
import { rewritePart } from '../mime/entity.ts';
import { currentPart, enclosingLoop, markReplaced } from '../mime/part-loop.ts';

/** Authors of one message; RFC 5322 §3.6.2 sets no limit, but a From field must fit a header. */
const MAX_AUTHORS = 50;

/** A mailbox-list (RFC 5322 §3.4) as a From field has it; undefined when it is none. */
function mailboxList(text: string): string | undefined {
  // At commas that are not in quotes.
  const parts = text.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/gs) ?? [];
  const mailboxes = parts.slice(0, MAX_AUTHORS + 1).map(parseMailbox);
  if (parts.join(',').length !== text.length || parts.length > MAX_AUTHORS) return undefined;
  const formatted = mailboxes.flatMap((mailbox) => (mailbox === undefined ? [] : formatMailbox(mailbox)));
  return formatted.length === parts.length && parts.length > 0 ? formatted.join(', ') : undefined;
}

const badFrom = (text: string): string =>
  `replace: :from ${JSON.stringify(shorten(text))} is no list of addresses`;

function check(call: Call, compiler: Compiler): void {
  const from = call.tags.get('from')?.argument;
  if (from?.type === 'string' && from.value.constant !== undefined)
    if (mailboxList(from.value.constant) === undefined)
      compiler.diagnostics.error(from.value, badFrom(from.value.constant));
  // RFC 5703 §5: with :mime they must be ignored, and are a mistake.
  for (const tag of ['subject', 'from']) {
    const bound = call.tags.get(tag);
    if (bound !== undefined && call.has('mime'))
      compiler.diagnostics.error(bound.node, `replace: :${tag} cannot be used together with :mime`);
  }
}

/** RFC 5703 §5. */
const replaceCommand: CommandDefinition = {
  name: 'replace',
  tags: [{ name: 'mime' }, { name: 'subject', argument: 'string' }, { name: 'from', argument: 'string' }],
  parameters: [{ name: 'replacement', type: 'string' }],
  compile(call, compiler) {
    check(call, compiler);
    const loop = enclosingLoop(compiler);
    const replacement = call.string('replacement');
    const subject = call.tags.get('subject')?.argument;
    const from = call.tags.get('from')?.argument;
    compiler.emit({
      op: 'do',
      line: call.line,
      run(state) {
        const part = currentPart(loop, state);
        if (part === undefined) return;
        const text = replacement.get(state);
        const first: Field[] = [];
        const renamed = new Map<string, string>();
        if (part.index === 0 && subject?.type === 'string') {
          first.push(['Subject', fieldValue('Subject', subject.value.get(state))]);
          renamed.set('subject', 'Original-Subject');
        }
        if (part.index === 0 && from?.type === 'string') {
          const written = from.value.get(state);
          first.push(['From', fieldValue('From', mailboxList(written) ?? state.fail(badFrom(written)))]);
          renamed.set('from', 'Original-From');
        }
        const { message } = state;
        state.spend((message.raw.length + text.length) >> 10);
        const body = call.has('mime') ? mimeBody(text) : textBody(text);
        const pieces =
          rewritePart(message, part, { first, renamed }, body) ??
          state.fail('replace: the replacement holds a boundary of the message');
        state.change({ edited: state.edited.withPart(part, pieces) });
        markReplaced(loop, state);
        state.trace(() => `replace ${part.index === 0 ? 'the message' : part.type}`);
      },
    });
  },
};

/** RFC 5703 §5. */
export const replace: Extension = {
  capability: 'replace',
  commands: [replaceCommand],
};
