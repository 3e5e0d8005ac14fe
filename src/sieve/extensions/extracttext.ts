import { isUtf8 } from 'node:buffer';
import { asBuffer, decodeCharset } from '../../message/charset.ts';
import { isKnownEncoding } from '../../message/transfer.ts';
import type { Part } from '../../message/types.ts';
import type { CommandDefinition, Extension } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { currentPart, enclosingLoop } from '../mime/part-loop.ts';
import { variableTarget } from '../variables.ts';

/**
 * The text of a part in UTF-8; of HTML what a reader sees. Empty when its encoding or charset is not known or its
 * octets are none of that charset, and for parts that hold others (RFC 5703 §7).
 */
function textOf(part: Part): string {
  if (part.children.length > 0 || /^(?:multipart\/|message\/(?:rfc822|global)$)/.test(part.type)) return '';
  if (!isKnownEncoding(part.encoding)) return '';
  const { content } = part;
  if (!part.type.startsWith('text/')) return isUtf8(content) ? asBuffer(content).toString('utf8') : '';
  const { fault } = decodeCharset(content, part.parameters.get('charset') ?? '');
  // UTF-8 that does not say so is what many programs write.
  if (fault !== 'ok' && !(fault === 'undeclared' && isUtf8(content))) return '';
  // As the lines of the message are, and those of the script.
  return (part.html?.text ?? part.text).replaceAll('\n', '\r\n');
}

/** At most so many characters, none of them cut in two. */
function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (let count = 0; count < most && end < text.length; count++)
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, end);
}

/** RFC 5703 §7. */
const extracttextCommand: CommandDefinition = {
  name: 'extracttext',
  // MODIFIER is that of `set` (RFC 5229 §4.1).
  tagsOf: 'set',
  tags: [{ name: 'first', argument: 'number' }],
  parameters: [{ name: 'name', type: 'string', constant: true }],
  compile(call, compiler) {
    if (!compiler.use('variables')) {
      compiler.diagnostics.error(call, 'extracttext: needs require "variables"');
      return;
    }
    const target = variableTarget(call.string('name'), call.name, compiler);
    const loop = enclosingLoop(compiler);
    if (loop === undefined) compiler.diagnostics.error(call, 'extracttext: stands in no foreverypart loop');
    const first = call.tags.get('first')?.argument;
    const most = first?.type === 'number' ? first.value : Number.POSITIVE_INFINITY;
    const changes = call.modifiers
      .flatMap((modifier) => modifier.value ?? [])
      .sort((a, b) => b.precedence - a.precedence);
    if (target === undefined) return;
    compiler.emit({
      op: 'do',
      line: call.line,
      run(state) {
        const part = currentPart(loop, state);
        let text = part === undefined ? '' : beginning(textOf(part), most);
        state.spend(1 + (text.length >> 10) + ((part?.content.length ?? 0) >> 10));
        for (const change of changes) text = change.apply(text);
        target.set(state, text);
        state.trace(() => `extracttext ${target.name}: ${JSON.stringify(shorten(text))}`);
      },
    });
  },
};

/** RFC 5703 §7. */
export const extracttext: Extension = {
  capability: 'extracttext',
  commands: [extracttextCommand],
};
