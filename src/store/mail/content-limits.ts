import { defaultMessageLimits, type MessageLimits } from '../../message/limits.ts';

/** How a message is read for what is kept of it in the index. */
export const CONTENT_MESSAGE_LIMITS: MessageLimits = {
  ...defaultMessageLimits,
  // Clients read BODYSTRUCTURE by recursion; what lies deeper is shown as one part and stays reachable as its bytes.
  depth: 32,
  // Enough for a preview of 200 characters behind a long quotation or a style sheet.
  textBytes: 65_536,
  htmlCharacters: 65_536,
  htmlElements: 5_000,
  htmlDepth: 128,
  styleRules: 200,
  links: 1,
};

/** Characters of one field kept. The longest real subjects are under 1,000, lists of addresses are bounded apart. */
const MAX_STRING = 65_536;
/** Characters kept of one message: a To field of 5,000 addresses is a third of that. Beyond it fields count as absent. */
const MAX_TOTAL = 1_048_576;

/** Bounds what is kept of one message, however many nested messages with long headers it is made of. */
export class ContentBudget {
  private left = MAX_TOTAL;

  /** The text, cut when it is too long; null when there is no more room. */
  take(text: string): string | null {
    const cut = text.length > MAX_STRING ? text.slice(0, MAX_STRING) : text;
    // Every string costs a few characters of JSON beside its own.
    this.left -= cut.length + 4;
    return this.left < 0 ? null : cut;
  }

  get spent(): boolean {
    return this.left < 0;
  }
}

/** NUL and bare line endings cannot stand in a string of IMAP. */
export function singleLine(value: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL is what is looked for
  if (!/[\r\n\0]/.test(value)) return value;
  return value.replace(/[\r\n]/g, ' ').replaceAll('\0', '\ufffd');
}
