import type { Message } from './types.ts';

/**
 * Asks a message for all it has, as a scan in the worst case would. For tests and benchmarks; the number is that of
 * the characters and bytes seen, so that nothing is optimised away.
 */
export function touchEverything(message: Message): number {
  let seen = 0;
  for (const part of message.parts) {
    for (const field of part.header.fields) {
      seen += field.rawValue.length + field.text.length + field.addresses.length;
      seen += field.parameterized.parameters.size + (field.date === undefined ? 0 : 1);
    }
    seen += part.content.length + part.text.length + (part.filename?.length ?? 0) + part.disposition.length;
    seen += part.contentId?.length ?? 0;
    const { html } = part;
    if (html !== undefined) seen += html.text.length + html.hiddenText.length + html.links.length;
  }
  return (
    seen + message.text.length + message.links.length + message.attachments.length + message.defects.length
  );
}
