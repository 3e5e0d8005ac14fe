import { type Token, Tokenizer, TokenizerMode } from 'parse5';
import type { MessageLimits } from './limits.ts';

/** One step through an HTML text, in the order of the source. */
export type HtmlEvent =
  | {
      readonly kind: 'start';
      readonly tag: string;
      readonly attributes: readonly Token.Attribute[];
      readonly selfClosing: boolean;
    }
  | { readonly kind: 'end'; readonly tag: string }
  /** `shown`: not in an element whose content no mail reader shows as text (style, script, title). */
  | { readonly kind: 'text'; readonly text: string; readonly shown: boolean }
  /** What is in `<!--…-->`, and in what is read as if it were that. */
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'doctype' };

export interface HtmlEvents {
  readonly events: readonly HtmlEvent[];
  /** Contents of the `<style>` elements, in order. */
  readonly styles: readonly string[];
  readonly comments: number;
  readonly elements: number;
  readonly truncated: boolean;
  /** It holds elements that readers of HTML of different ages read differently: pictures and formulas, no-frames. */
  readonly disputed: boolean;
}

/** Elements whose content holds no tags (HTML Living Standard, 13.2.6.4.7), and the state to read it in. */
const CONTENT_MODES: Readonly<Record<string, (typeof TokenizerMode)[keyof typeof TokenizerMode]>> = {
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
  style: TokenizerMode.RAWTEXT,
  xmp: TokenizerMode.RAWTEXT,
  iframe: TokenizerMode.RAWTEXT,
  noembed: TokenizerMode.RAWTEXT,
  noframes: TokenizerMode.RAWTEXT,
  script: TokenizerMode.SCRIPT_DATA,
  plaintext: TokenizerMode.PLAINTEXT,
};

/** Elements whose content no mail reader shows as text. */
const UNSEEN = new Set(['style', 'script', 'title', 'iframe', 'noembed', 'noframes']);
/** Inside these, elements of those names are ordinary ones. */
const FOREIGN = new Set(['svg', 'math']);
/** Read as text or as elements, by whom one asks. */
const DISPUTED = new Set([...FOREIGN, 'noembed', 'noframes']);
/** HTML elements that end foreign content wherever they stand. */
const BREAKOUT = new Set([
  'div',
  'p',
  'table',
  'body',
  'span',
  'img',
  'br',
  'b',
  'i',
  'u',
  'center',
  'pre',
  'ul',
  'h1',
  'h2',
  'h3',
]);

/** A tokenizer handler that keeps what rendering needs. */
class EventReader {
  readonly events: HtmlEvent[] = [];
  readonly styles: string[] = [];
  comments = 0;
  elements = 0;
  truncated = false;
  disputed = false;
  private readonly limits: MessageLimits;
  private readonly tokenizer: Tokenizer;
  private foreign = 0;
  private unseen = '';
  /** Text since the last tag: the tokenizer gives words and the white space between them one by one. */
  private pending = '';

  constructor(limits: MessageLimits) {
    this.limits = limits;
    this.tokenizer = new Tokenizer(
      {},
      {
        onComment: (token) => this.comment(token.data),
        onDoctype: () => void this.events.push({ kind: 'doctype' }),
        onStartTag: (token) => this.startTag(token),
        onEndTag: (token) => this.endTag(token.tagName),
        onEof: () => undefined,
        onCharacter: (token) => this.text(token.chars),
        onNullCharacter: () => undefined,
        onWhitespaceCharacter: (token) => this.text(token.chars),
      },
    );
  }

  read(html: string): void {
    const { htmlCharacters } = this.limits;
    if (html.length > htmlCharacters) this.truncated = true;
    this.tokenizer.write(html.slice(0, htmlCharacters), true);
    this.flush();
  }

  private startTag(token: Token.TagToken): void {
    this.flush();
    if (this.elements >= this.limits.htmlElements) {
      this.truncated = true;
      this.tokenizer.pause();
      return;
    }
    this.elements++;
    const tag = token.tagName;
    if (FOREIGN.has(tag)) this.foreign += token.selfClosing ? 0 : 1;
    else if (this.foreign > 0 && BREAKOUT.has(tag)) this.foreign = 0;
    this.tokenizer.inForeignNode = this.foreign > 0;
    if (DISPUTED.has(tag)) this.disputed = true;
    this.events.push({ kind: 'start', tag, attributes: token.attrs, selfClosing: token.selfClosing });
    const mode = this.foreign > 0 ? undefined : CONTENT_MODES[tag];
    if (mode !== undefined) {
      this.tokenizer.state = mode;
      this.unseen = UNSEEN.has(tag) ? tag : '';
    }
  }

  private endTag(tag: string): void {
    this.flush();
    if (FOREIGN.has(tag) && this.foreign > 0) this.foreign--;
    this.tokenizer.inForeignNode = this.foreign > 0;
    this.unseen = '';
    this.events.push({ kind: 'end', tag });
  }

  private text(text: string): void {
    this.pending += text;
  }

  private comment(text: string): void {
    this.comments++;
    this.events.push({ kind: 'comment', text });
  }

  private flush(): void {
    const text = this.pending;
    if (text === '') return;
    this.pending = '';
    this.events.push({ kind: 'text', text, shown: this.unseen === '' });
    if (this.unseen === 'style') this.styles.push(text);
  }
}

/** Reads an HTML text into events; at most `htmlCharacters` of it and `htmlElements` elements. Linear. */
export function readHtml(html: string, limits: MessageLimits): HtmlEvents {
  const reader = new EventReader(limits);
  reader.read(html);
  return reader;
}
