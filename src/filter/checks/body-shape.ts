import type { Check } from '../types.ts';

/** What the body is made of, whatever it says. */
export const bodyShape: Check = {
  name: 'body-shape',
  symbols: {
    MIME_HTML_ONLY: { score: 0.1, description: 'HTML without a plain text beside it' },
    EMPTY_BODY: { score: 0.3, description: 'No text and no attachment' },
    EMPTY_BODY_ATTACHMENT: { score: 0.5, description: 'No text, only an attachment' },
  },
  run({ message }) {
    const bodies = message.parts.filter(({ isBodyText }) => isBodyText);
    // Pictures shown in the text are text to the reader, so links and resources count as well.
    const isEmpty =
      message.text.trim() === '' &&
      bodies.every(
        ({ html }) => html === undefined || (html.resources.length === 0 && html.links.length === 0),
      );
    if (isEmpty) return [{ symbol: message.attachments.length > 0 ? 'EMPTY_BODY_ATTACHMENT' : 'EMPTY_BODY' }];
    if (bodies.length > 0 && bodies.every(({ type }) => type === 'text/html'))
      return [{ symbol: 'MIME_HTML_ONLY' }];
    return [];
  },
};
