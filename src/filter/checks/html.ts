import type { Check, CheckHit } from '../types.ts';
import { at } from './support/evidence.ts';

/** Hidden letters from which hiding is no preview line ("preheader") any more: those have 100 to 200. */
const HIDDEN_LETTERS = 300;
/** Visible characters below which a message with pictures is a picture. */
const LITTLE_TEXT = 60;
const MAX_PARTS = 20;

export const html: Check = {
  name: 'html',
  symbols: {
    HTML_HIDDEN_TEXT: { score: 0.7, description: 'HTML hides more than half as much text as it shows' },
    HTML_FORM: { score: 1, description: 'HTML holds a form' },
    HTML_SCRIPT: { score: 0.7, description: 'HTML holds a script' },
    HTML_IMAGE_ONLY: { score: 1, description: 'HTML shows pictures and hardly any text' },
  },
  run({ message }) {
    const hits = new Map<string, CheckHit>();
    for (const part of message.parts.filter(({ isBodyText }) => isBodyText).slice(0, MAX_PARTS)) {
      const view = part.html;
      if (view === undefined) continue;
      const hit = (symbol: string, detail?: string) => hits.set(symbol, { symbol, detail, where: at(part) });
      const { statistics } = view;
      const hidden = letters(view.hiddenText);
      const visible = letters(view.text);
      if (hidden > HIDDEN_LETTERS && hidden > visible / 2)
        hit('HTML_HIDDEN_TEXT', `${hidden} letters hidden, ${visible} shown`);
      if (statistics.forms > 0) hit('HTML_FORM');
      if (statistics.scripts > 0) hit('HTML_SCRIPT');
      if (statistics.images > 0 && visible < LITTLE_TEXT && !statistics.truncated)
        hit('HTML_IMAGE_ONLY', `${statistics.images} pictures, ${visible} letters`);
    }
    return [...hits.values()];
  },
};

/** Characters that are neither white space nor invisible. */
function letters(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (
      code > 0x20 &&
      code !== 0xa0 &&
      code !== 0xad &&
      code !== 0x34f &&
      !(code >= 0x200b && code <= 0x200f)
    )
      count++;
  }
  return count;
}
