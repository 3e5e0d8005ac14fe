import type { Hiding } from './html-style.ts';
import type { HtmlTraits } from './types.ts';

const LETTER = /[\p{L}\p{N}]/u;

/** A side of a pixel or none, by style. */
const STYLED_TINY = {
  width: /(?:^|[;\s])width\s{0,5}:\s{0,5}[01](?:px)?\s{0,5}(?:;|!|$)/i,
  height: /(?:^|[;\s])height\s{0,5}:\s{0,5}[01](?:px)?\s{0,5}(?:;|!|$)/i,
} as const;

/** Counts what in an HTML text is there for other reasons than to be read, while it is rendered. */
export class TraitCounter {
  private readonly counts = {
    tinyText: 0,
    colorText: 0,
    splitWords: 0,
    passwords: 0,
    trackers: 0,
    dataImages: 0,
    handlers: 0,
    frames: 0,
    externalStyles: 0,
    relativeLinks: 0,
  };
  private refresh = '';
  /** What stands before: a letter that is shown, letters hidden right behind it, or neither. */
  private run: 'none' | 'shown' | 'hidden' = 'none';

  /** A piece of text, and why it is not seen. */
  text(text: string, hiding: Hiding | undefined): void {
    if (hiding === undefined) {
      if (this.run === 'hidden' && LETTER.test(text.slice(0, 2))) this.counts.splitWords++;
      if (text !== '') this.run = LETTER.test(text.slice(-2)) && !/\s$/.test(text) ? 'shown' : 'none';
      return;
    }
    const letters = text.length < 200_000 ? text.replace(/\s+/g, '').length : text.length;
    if (hiding === 'tiny') this.counts.tinyText += letters;
    else if (hiding === 'color') this.counts.colorText += letters;
    // White space on either side makes two words of it.
    const joins = letters > 0 && !/^\s|\s$/.test(text);
    this.run = this.run !== 'none' && joins ? 'hidden' : 'none';
  }

  /** The edge of a block or a line: no word goes on behind it. */
  lineBreak(): void {
    this.run = 'none';
  }

  element(tag: string, values: ReadonlyMap<string, string>): void {
    const { counts } = this;
    if (tag === 'img') this.image(values);
    else if (tag === 'input' && /^\s*password\s*$/i.test(values.get('type') ?? '')) counts.passwords++;
    else if (tag === 'iframe' || tag === 'frame' || tag === 'object' || tag === 'embed') counts.frames++;
    else if (tag === 'link' && /stylesheet/i.test(values.get('rel') ?? '')) counts.externalStyles++;
    else if (tag === 'meta' && /^\s*refresh\s*$/i.test(values.get('http-equiv') ?? ''))
      this.refresh ||=
        /url\s{0,10}=\s{0,10}["']?([^"'\s]{1,2000})/i.exec(values.get('content') ?? '')?.[1] ?? '';
    for (const name of values.keys()) if (name.startsWith('on')) counts.handlers++;
  }

  relativeLink(): void {
    this.counts.relativeLinks++;
  }

  traits(base: string): HtmlTraits {
    return { ...this.counts, refresh: this.refresh, base };
  }

  private image(values: ReadonlyMap<string, string>): void {
    const source = (values.get('src') ?? '').trimStart();
    if (/^data:/i.test(source)) this.counts.dataImages++;
    if (!/^(?:https?:)?\/\//i.test(source)) return;
    const style = values.get('style') ?? '';
    const tiny = (name: 'width' | 'height'): boolean =>
      /^\s*0*[01](?:px)?\s*$/i.test(values.get(name) ?? '') || STYLED_TINY[name].test(style);
    if (tiny('width') && tiny('height')) this.counts.trackers++;
  }
}
