import type { Token } from 'parse5';
import {
  BLOCKS,
  ENDED_BY,
  ENDED_BY_SCOPE,
  FORMATTING,
  NOT_ENDING_PARAGRAPH,
  RESOURCE_ATTRIBUTES,
  SCOPES,
  SPACED,
  SPECIAL,
  VOID,
} from './html-elements.ts';
import {
  attributeColor,
  type ComputedStyle,
  computeStyle,
  type DeclaredStyle,
  hidingOf,
  initialStyle,
} from './html-style.ts';
import { StyleSheet } from './html-sheet.ts';
import { type HtmlEvents, readHtml } from './html-tokens.ts';
import { TraitCounter } from './html-traits.ts';
import { TextWriter } from './html-writer.ts';
import type { MessageLimits } from './limits.ts';
import type { HtmlStatistics, HtmlView, Link } from './types.ts';

/** An open element. */
interface Open {
  readonly tag: string;
  readonly declared: DeclaredStyle | undefined;
  style: ComputedStyle;
  readonly pre: boolean;
  readonly link: LinkText | undefined;
}

/** A link whose text is still being read. */
interface LinkText {
  readonly url: string;
  text: string;
}

/** Characters of a link's text that are kept. */
const MAX_LINK_TEXT = 1000;
/** Formatting elements that are opened again behind a block that closed over them; browsers keep three of a kind. */
const MAX_REOPENED = 8;
const CSS_URL = /url\(\s{0,10}["']?([^"')\s]{1,2000})/gi;

/** Walks the events once, keeping the open elements as a browser would, near enough for text and its visibility. */
class Renderer {
  private readonly limits: MessageLimits;
  private readonly part: number;
  private readonly sheet: StyleSheet;
  private readonly stack: Open[] = [];
  private readonly openCounts = new Map<string, number>();
  /** Formatting elements closed with a block, to be opened again at the next text. */
  private reopen: Open[] = [];
  private readonly visible = new TextWriter();
  private readonly hidden = new TextWriter();
  private readonly traits = new TraitCounter();
  private readonly linkTexts: LinkText[] = [];
  private readonly resources = new Set<string>();
  private base: string | undefined;
  private depth = 0;
  private images = 0;
  private forms = 0;
  private scripts = 0;
  private truncated: boolean;

  constructor(events: HtmlEvents, part: number, limits: MessageLimits) {
    this.limits = limits;
    this.part = part;
    this.truncated = events.truncated;
    this.sheet = new StyleSheet(events.styles, limits.styleRules);
    for (const style of events.styles) this.cssResources(style);
  }

  render(events: HtmlEvents): HtmlView {
    for (const event of events.events) {
      if (event.kind === 'text') {
        if (event.shown) this.text(event.text);
      } else if (event.kind === 'start') this.start(event.tag, event.attributes);
      else if (event.kind === 'end') this.end(event.tag);
    }
    const { images, forms, scripts, depth, truncated } = this;
    const { elements, comments } = events;
    const statistics: HtmlStatistics = { elements, depth, images, forms, scripts, comments, truncated };
    return {
      text: this.visible.text,
      hiddenText: this.hidden.text,
      links: this.links(),
      resources: [...this.resources],
      statistics,
      traits: this.traits.traits(this.base ?? ''),
    };
  }

  private links(): readonly Link[] {
    return this.linkTexts.map(({ url, text }) => ({
      url,
      text: text.replace(/\s+/g, ' ').trim(),
      origin: 'html',
      part: this.part,
    }));
  }

  private get style(): ComputedStyle {
    return this.stack.at(-1)?.style ?? initialStyle;
  }

  private text(text: string): void {
    if (this.reopen.length > 0 && text.trim() !== '') this.reopenFormatting();
    const top = this.stack.at(-1);
    const hiding = hidingOf(top?.style ?? initialStyle);
    this.traits.text(text, hiding);
    (hiding === undefined ? this.visible : this.hidden).write(text, top?.pre ?? false);
    if (hiding === undefined && top?.link !== undefined && top.link.text.length < MAX_LINK_TEXT)
      top.link.text += text.slice(0, MAX_LINK_TEXT);
  }

  private start(tag: string, attributes: readonly Token.Attribute[]): void {
    this.count(tag);
    if (BLOCKS.has(tag)) {
      if (!NOT_ENDING_PARAGRAPH.has(tag)) this.endParagraph();
      this.breakLine(tag);
    } else if (tag === 'br') {
      this.visible.lineBreak();
      this.hidden.lineBreak();
      this.traits.lineBreak();
    }
    this.endImplied(tag);
    if (tag === 'td' || tag === 'th') {
      this.visible.space();
      this.hidden.space();
      this.traits.lineBreak();
    }
    if (!SPECIAL.has(tag) && this.reopen.length > 0) this.reopenFormatting();
    const values = new Map(attributes.map((attribute) => [attribute.name, attribute.value]));
    this.collectResources(tag, values);
    if (values.size > 0) this.traits.element(tag, values);
    const link = this.openLink(tag, values);
    if (tag === 'input') this.inputText(values);
    if (VOID.has(tag)) return;
    const parent = this.stack.at(-1);
    if (this.stack.length >= this.limits.htmlDepth) {
      this.truncated = true;
      return;
    }
    const declared = this.declaredStyle(tag, values);
    const style = this.style;
    this.push({
      tag,
      declared,
      style: declared === undefined ? style : computeStyle(style, declared),
      pre:
        parent?.pre === true || tag === 'pre' || tag === 'xmp' || tag === 'plaintext' || tag === 'textarea',
      link: link ?? (tag === 'a' ? undefined : parent?.link),
    });
  }

  private count(tag: string): void {
    if (tag === 'img' || tag === 'image') this.images++;
    else if (tag === 'form') this.forms++;
    else if (tag === 'script') this.scripts++;
  }

  private end(tag: string): void {
    if (tag === 'br') this.visible.lineBreak();
    const pending = this.reopen.findIndex((open) => open.tag === tag);
    if (pending >= 0) this.reopen.splice(pending, 1);
    else if ((this.openCounts.get(tag) ?? 0) > 0) this.closeTo(tag);
    if (BLOCKS.has(tag)) this.breakLine(tag);
  }

  /** Closes the innermost `tag`; nothing when something in between keeps the end tag from it. */
  private closeTo(tag: string): void {
    const inline = !SPECIAL.has(tag);
    const formatting = FORMATTING.has(tag);
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const open = this.stack[i];
      if (open === undefined) return;
      if (open.tag === tag) {
        if (formatting) this.closeFormatting(i);
        else this.popTo(i, !SCOPES.has(tag));
        return;
      }
      if (SCOPES.has(open.tag) && !SCOPES.has(tag) && tag !== 'tr' && tag !== 'form') return;
      if (inline && !formatting && SPECIAL.has(open.tag)) return;
    }
  }

  /** Takes a formatting element out from under what is open inside it, which goes on without it. */
  private closeFormatting(index: number): void {
    const inside = this.stack.slice(index + 1);
    this.popTo(index, false);
    for (const open of inside) this.push(this.under(open));
  }

  /** Closes everything from `index` up; formatting elements among it are kept to be opened again. */
  private popTo(index: number, reopen: boolean): void {
    const closed = this.stack.splice(index);
    for (const open of closed) this.openCounts.set(open.tag, (this.openCounts.get(open.tag) ?? 1) - 1);
    if (!reopen) return;
    const formatting = closed.filter((open) => FORMATTING.has(open.tag));
    this.reopen = [...formatting, ...this.reopen].slice(0, MAX_REOPENED);
  }

  private push(open: Open): void {
    this.stack.push(open);
    this.openCounts.set(open.tag, (this.openCounts.get(open.tag) ?? 0) + 1);
    this.depth = Math.max(this.depth, this.stack.length);
  }

  /** The same element inside what is open now. */
  private under(open: Open): Open {
    const style = open.declared === undefined ? this.style : computeStyle(this.style, open.declared);
    const link = open.tag === 'a' ? open.link : this.stack.at(-1)?.link;
    return { ...open, style, link };
  }

  private reopenFormatting(): void {
    const waiting = this.reopen;
    this.reopen = [];
    for (const open of waiting) if (this.stack.length < this.limits.htmlDepth) this.push(this.under(open));
  }

  private endParagraph(): void {
    if ((this.openCounts.get('p') ?? 0) === 0) return;
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const tag = this.stack[i]?.tag ?? '';
      if (tag === 'p') {
        this.popTo(i, true);
        return;
      }
      if (SCOPES.has(tag)) return;
    }
  }

  private endImplied(tag: string): void {
    const ended = ENDED_BY[tag];
    const scope = ENDED_BY_SCOPE[tag];
    if (ended === undefined || scope === undefined) return;
    let outermost = -1;
    for (let i = this.stack.length - 1; i >= 0; i--) {
      const open = this.stack[i]?.tag ?? '';
      if (scope.has(open)) break;
      if (ended.has(open)) {
        outermost = i;
        if (tag === 'li' || tag === 'a') break;
      }
    }
    if (outermost < 0) return;
    if (tag === 'a') this.closeFormatting(outermost);
    else this.popTo(outermost, tag === 'li' || tag === 'dd' || tag === 'dt');
  }

  private breakLine(tag: string): void {
    const lines = SPACED.has(tag) ? 2 : 1;
    this.visible.block(lines);
    this.hidden.block(lines);
    this.traits.lineBreak();
  }

  private declaredStyle(tag: string, values: ReadonlyMap<string, string>): DeclaredStyle | undefined {
    const style = values.get('style') ?? '';
    if (style !== '') this.cssResources(style);
    let declared = this.sheet.declared(tag, values.get('id') ?? '', values.get('class') ?? '', style);
    const color = values.get(tag === 'body' ? 'text' : 'color');
    const background = values.get('bgcolor');
    if (color !== undefined && (tag === 'font' || tag === 'body'))
      declared = { color: attributeColor(color), ...declared };
    if (background !== undefined) declared = { background: attributeColor(background), ...declared };
    if (values.has('background')) declared = { ...declared, background: {} };
    if (values.has('hidden') || tag === 'template' || tag === 'datalist')
      declared = { ...declared, gone: true };
    return declared;
  }

  private openLink(tag: string, values: ReadonlyMap<string, string>): LinkText | undefined {
    if (tag === 'base' && this.base === undefined) this.base = values.get('href')?.trim();
    const href =
      tag === 'a' || tag === 'area' ? values.get('href') : tag === 'form' ? values.get('action') : undefined;
    if (href === undefined) return undefined;
    const written = cleanUrl(href);
    const url = this.absolute(written);
    if (url !== written) this.traits.relativeLink();
    if (url === '' || url.startsWith('#')) return undefined;
    if (this.linkTexts.length >= this.limits.links) {
      this.truncated = true;
      return undefined;
    }
    const link: LinkText = { url: url.slice(0, this.limits.linkCharacters), text: '' };
    this.linkTexts.push(link);
    return tag === 'a' ? link : undefined;
  }

  /** A relative link goes where `<base>` says. */
  private absolute(url: string): string {
    if (this.base === undefined || /^(?:[a-z][a-z\d+.-]*:|#|$)/i.test(url)) return url;
    return URL.parse(url, this.base)?.href ?? url;
  }

  private inputText(values: ReadonlyMap<string, string>): void {
    if (!/^(?:submit|button|reset)$/i.test(values.get('type') ?? '')) return;
    (hidingOf(this.style) === undefined ? this.visible : this.hidden).write(values.get('value') ?? '', false);
  }

  private collectResources(tag: string, values: ReadonlyMap<string, string>): void {
    for (const name of RESOURCE_ATTRIBUTES[tag] ?? []) {
      if (tag === 'link' && !/stylesheet|icon|preload|prefetch/i.test(values.get('rel') ?? '')) continue;
      this.resource(values.get(name));
    }
    this.resource(values.get('background'));
    // `srcset`: addresses with a size each.
    for (const candidate of (values.get('srcset') ?? '').split(',', 20))
      this.resource(candidate.trim().split(/\s/)[0]);
  }

  private cssResources(css: string): void {
    if (!css.includes('url(') && !css.includes('URL(')) return;
    for (const match of css.matchAll(CSS_URL)) this.resource(match[1]);
  }

  private resource(source: string | undefined): void {
    const url = cleanUrl(source ?? '');
    if (url === '' || /^data:/i.test(url)) return;
    if (this.resources.size < this.limits.links)
      this.resources.add(this.absolute(url.slice(0, this.limits.linkCharacters)));
    else this.truncated = true;
  }
}

/** Without the white space browsers take out of an address (URL Living Standard, 4.4). */
const cleanUrl = (url: string): string => url.replace(/[\t\r\n]+/g, '').trim();

/**
 * Renders an HTML text: what a reader sees, what is kept from him, links and what is loaded. `part` is noted in the
 * links. One pass over parse5's tokens, without recursion; bounded by `limits`, and `statistics.truncated` says so.
 */
export const renderHtml = (html: string, part: number, limits: MessageLimits): HtmlView =>
  renderEvents(readHtml(html, limits), part, limits);

/** The same of a text that was read into events. */
export const renderEvents = (events: HtmlEvents, part: number, limits: MessageLimits): HtmlView =>
  new Renderer(events, part, limits).render(events);
