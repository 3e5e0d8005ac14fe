/**
 * HTML as text, in SpamAssassin's manner: every text in the order of the source, hidden or not, with line breaks for
 * `<br>` and `<div>`, blank lines for paragraphs, spaces for cells and headings. (What a reader sees is `Part.html`;
 * rules were written for this.)
 */
import { type Token, Tokenizer, TokenizerMode } from 'parse5';
import type { HtmlEvents } from '../../message/html-tokens.ts';
import { HtmlStatisticsCollector } from './html-statistics.ts';
import { VIEW_LIMITS } from './limits.ts';
import { toOctets } from './octets.ts';
import type { HtmlUri, RenderedHtml } from './types.ts';

type Mode = (typeof TokenizerMode)[keyof typeof TokenizerMode];

/** Elements whose content holds no tags. */
const CONTENT_MODES: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ['title', TokenizerMode.RCDATA],
  ['textarea', TokenizerMode.RCDATA],
  ['style', TokenizerMode.RAWTEXT],
  ['xmp', TokenizerMode.RAWTEXT],
  ['iframe', TokenizerMode.RAWTEXT],
  ['script', TokenizerMode.SCRIPT_DATA],
  ['plaintext', TokenizerMode.PLAINTEXT],
]);

/** White space that tags stand for, opening and closing alike. */
const WHITE_SPACE: ReadonlyMap<string, string> = new Map([
  ...['br', 'div'].map((tag) => [tag, '\n'] as const),
  ...['li', 'th', 'td', 'dd', 'dt', 'embed', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map(
    (tag) => [tag, ' '] as const,
  ),
  ...['p', 'hr', 'blockquote', 'pre', 'listing', 'plaintext', 'xmp', 'title'].map(
    (tag) => [tag, '\n\n'] as const,
  ),
]);

const BACKGROUNDS = new Set(['body', 'table', 'tr', 'td']);
const LINKS = new Set(['a', 'area', 'link']);
const SOURCES = new Set(['img', 'frame', 'iframe', 'embed', 'script', 'bgsound']);
const VOID = new Set([
  'br',
  'img',
  'hr',
  'input',
  'link',
  'meta',
  'area',
  'base',
  'embed',
  'col',
  'param',
  'source',
]);
/** What hides text from a reader. */
const HIDING =
  /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|$))/i;
/** Elements deeper in each other than this are taken for seen. */
const MAX_OPEN = 1000;

interface Found {
  readonly types: Set<string>;
  readonly anchorTexts: string[];
}

/**
 * Renders one HTML text; `part` is noted. `events`: what another reader has made of the same text, which is used when it
 * read it as this one would. Linear, bounded, never throws.
 */
export function renderHtmlText(html: string, part: number, events?: HtmlEvents): RenderedHtml {
  const { htmlCharacters, htmlElements } = VIEW_LIMITS;
  const isSame =
    events !== undefined &&
    !events.disputed &&
    !events.truncated &&
    html.length <= htmlCharacters &&
    events.elements <= htmlElements;
  if (isSame) return new HtmlText(html, part).replay(events);
  return new HtmlText(html.slice(0, htmlCharacters).replaceAll('\r\n', '\n'), part).read();
}

class HtmlText {
  private readonly html: string;
  private readonly part: number;
  private readonly statistics: HtmlStatisticsCollector;
  private tokenizer: Tokenizer | undefined;
  private readonly pieces: string[] = [];
  private readonly invisibleAt = new Set<number>();
  private lastIsSpace = false;
  private readonly uris = new Map<string, Found>();
  private readonly inside = new Map<string, number>();
  /** Open elements; the number of those that hide what is in them. */
  private readonly open: { tag: string; hides: boolean }[] = [];
  private hidden = 0;
  private anchor: Found | undefined;
  private base = '';
  private elements = 0;
  /** Text since the last tag: it comes in words. */
  private pending: string[] = [];

  constructor(html: string, part: number) {
    this.html = html;
    this.part = part;
    this.statistics = new HtmlStatisticsCollector(html);
  }

  read(): RenderedHtml {
    this.tokenizer = new Tokenizer(
      {},
      {
        onComment: ({ data }) => this.statistics.comment(data),
        onDoctype: () => this.statistics.doctype(),
        onStartTag: (token) => this.start(token.tagName, token.attrs, token.selfClosing),
        onEndTag: (token) => this.end(token.tagName),
        onEof: () => undefined,
        onCharacter: (token) => void this.pending.push(token.chars),
        onNullCharacter: () => undefined,
        onWhitespaceCharacter: (token) => void this.pending.push(token.chars),
      },
    );
    this.tokenizer.write(this.html, true);
    return this.result();
  }

  replay({ events }: HtmlEvents): RenderedHtml {
    for (const event of events)
      switch (event.kind) {
        case 'start':
          this.start(event.tag, event.attributes, event.selfClosing);
          break;
        case 'end':
          this.end(event.tag);
          break;
        case 'text':
          this.pending.push(event.text);
          break;
        case 'comment':
          this.statistics.comment(event.text);
          break;
        case 'doctype':
          this.statistics.doctype();
      }
    return this.result();
  }

  private result(): RenderedHtml {
    this.flush();
    const visible: string[] = [];
    const invisible: string[] = [];
    this.pieces.forEach((piece, index) => (this.invisibleAt.has(index) ? invisible : visible).push(piece));
    const uris: HtmlUri[] = [...this.uris].map(([uri, { types, anchorTexts }]) => ({
      uri: toOctets(uri),
      types,
      anchorTexts: anchorTexts.map(toOctets),
    }));
    const text = this.pieces.join('');
    return {
      part: this.part,
      text,
      visible: visible.join(''),
      invisible: invisible.join(''),
      uris,
      statistics: this.statistics.result(text),
    };
  }

  private start(tag: string, attributes: readonly Token.Attribute[], selfClosing: boolean): void {
    this.flush();
    if (++this.elements > VIEW_LIMITS.htmlElements) return this.tokenizer?.pause();
    this.inside.set(tag, (this.inside.get(tag) ?? 0) + 1);
    this.space(tag);
    this.statistics.start(tag, attributes);
    this.addresses(tag, attributes);
    if (!VOID.has(tag) && !selfClosing && this.open.length < MAX_OPEN) {
      const style = attribute(attributes, 'style');
      const hides = style !== undefined && HIDING.test(style);
      this.open.push({ tag, hides });
      if (hides) this.hidden++;
    }
    const mode = CONTENT_MODES.get(tag);
    if (mode !== undefined && this.tokenizer !== undefined) this.tokenizer.state = mode;
  }

  private end(tag: string): void {
    this.flush();
    this.inside.set(tag, Math.max(0, (this.inside.get(tag) ?? 0) - 1));
    this.statistics.end(tag);
    const at = this.open.findLastIndex((element) => element.tag === tag);
    if (at >= 0) for (const { hides } of this.open.splice(at)) if (hides) this.hidden--;
    this.space(tag);
  }

  private space(tag: string): void {
    const space = WHITE_SPACE.get(tag);
    if (space === undefined) return;
    const last = this.pieces.length - 1;
    if (last >= 0 && !this.lastIsSpace && !this.invisibleAt.has(last))
      this.pieces[last] = (this.pieces[last] ?? '').replace(/ $/, '');
    this.pieces.push(space);
    this.lastIsSpace = true;
  }

  private isInside(tag: string): boolean {
    return (this.inside.get(tag) ?? 0) > 0;
  }

  private flush(): void {
    if (this.pending.length === 0) return;
    const text = this.pending.join('');
    this.pending = [];
    if (this.isInside('script') || this.isInside('style')) return;
    if (this.isInside('a') && this.anchor !== undefined) {
      const { anchorTexts } = this.anchor;
      anchorTexts[anchorTexts.length - 1] = (anchorTexts.at(-1) ?? '') + text;
    }
    let shown = text.replace(/[ \t\n\r\f\v\xa0]+/g, ' ');
    const hasInk = shown.trim() !== '';
    const unseen = this.statistics.text(text, this.pieces.at(-1), hasInk);
    const invisible = hasInk && (this.hidden > 0 || unseen !== undefined);
    if (this.lastIsSpace && !invisible) shown = shown.replace(/^ /, '');
    if (invisible) this.invisibleAt.add(this.pieces.length);
    this.pieces.push(shown);
    this.lastIsSpace = false;
  }

  private addresses(tag: string, attributes: readonly Token.Attribute[]): void {
    if (BACKGROUNDS.has(tag)) this.uri(tag, attribute(attributes, 'background'));
    else if (LINKS.has(tag)) {
      const href = attribute(attributes, 'href')?.replaceAll('\ufeff', '');
      this.uri(tag, href);
      this.uri(tag, attribute(attributes, 'data-saferedirecturl'));
      if (tag === 'a') this.openAnchor(href ?? '');
    } else if (SOURCES.has(tag)) this.uri(tag, attribute(attributes, 'src'));
    else if (tag === 'form') this.uri(tag, attribute(attributes, 'action'));
    else if (tag === 'base') this.setBase(attribute(attributes, 'href'));
    else if (tag === 'meta' && /refresh/i.test(attribute(attributes, 'http-equiv') ?? '')) {
      const url = /\burl\s{0,20}=\s{0,20}([^;]*)/i.exec(attribute(attributes, 'content') ?? '')?.[1];
      this.uri(tag, url);
    }
  }

  private openAnchor(href: string): void {
    const target = this.target(href);
    this.anchor = this.uris.get(target) ?? { types: new Set(), anchorTexts: [] };
    this.anchor.anchorTexts.push('');
  }

  private setBase(href: string | undefined): void {
    this.uri('base', href);
    const uri = trimmed(href ?? '');
    if (!/^(?:https?|ftp):\/{0,2}/i.test(uri)) return;
    // Without the name of a file at its end.
    const folder = uri.replace(/^([a-z]+:\/{0,2}[^/]+\/.*?)[^/.]+\.[^/.]{2,4}$/i, '$1');
    this.base = folder.endsWith('/') ? folder : `${folder}/`;
  }

  private uri(tag: string, value: string | undefined): void {
    if (value === undefined) return;
    const target = this.target(value);
    if (target === '') return;
    const found = this.uris.get(target);
    if (found !== undefined) found.types.add(tag);
    else if (this.uris.size < VIEW_LIMITS.uris)
      this.uris.set(target, { types: new Set([tag]), anchorTexts: [] });
  }

  private target(value: string): string {
    const uri = trimmed(value);
    if (uri === '' || this.base === '' || /^[a-z][a-z\d+.-]*:/i.test(uri)) return uri;
    return URL.parse(uri, this.base)?.href ?? uri;
  }
}

function attribute(attributes: readonly Token.Attribute[], name: string): string | undefined {
  return attributes.find((one) => one.name === name || one.name.endsWith(`/${name}`))?.value;
}

const trimmed = (uri: string): string =>
  uri.replace(/^[\s\xa0]+|[\s\xa0]+$/g, '').slice(0, VIEW_LIMITS.uriLength);
