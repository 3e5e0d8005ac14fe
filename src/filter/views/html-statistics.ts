/** What rules ask of the HTML itself: which elements, how many of them unknown or unbalanced, comments, images. */
import type { Token } from 'parse5';
import { VIEW_LIMITS } from './limits.ts';
import { toOctets } from './octets.ts';
import { TextStyles, type Unseen } from './html-text-style.ts';
import type { HtmlStatistics } from './types.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Elements of HTML 4.01 and XHTML 1.0, which is what counts as known; and a few that mail programs write. */
const ELEMENTS =
  words(`a abbr acronym address area b base bdo big blockquote body br button caption cite code col colgroup dd
  del dfn div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta
  noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table tbody td
  textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe isindex menu noframes s
  strike u nobr x-sigsep x-tab`);
/** Not counted as known, and read none the less. */
const TOLERATED = words('bgsound embed listing plaintext xmp');
/** Office's own, such as `o:p`. */
const NAMESPACED = /^(?:o|st\d):[\w-]+\/?$/;
/** A letter, a digit or a character beyond ASCII: what words are made of. */
const ENDS_IN_WORD = /[^\s!-/:-@[-`{-~]$/;
const BEGINS_WITH_WORD = /^[^\s!-/:-@[-`{-~]/;
const MAX_FACE = 300;
const FONT_NAMES = /^\s*["'.]?[a-z ][a-z -]*[a-z]\d?["']?(?:,\s*["']?[a-z][a-z -]*[a-z]\d?["']?)*;?$/i;

/** Sizes of an image that does not tell, and of a screen for those that tell in per cent. */
const IMAGE_SIDE = 200;
const SCREEN = { width: 800, height: 600 };

/** Told of each tag and text as the rendering goes along. */
export class HtmlStatisticsCollector {
  private readonly styles = new TextStyles();
  private readonly inside = new Map<string, number>();
  private readonly comments: string[] = [];
  private readonly titles: string[] = [];
  private readonly anchors: string[] = [];
  private readonly charsets: string[] = [];
  private readonly flags = new Set<string>();
  private tags = 0;
  private known = 0;
  private tagNames = 0;
  private knownNames = 0;
  private closedExtra = 0;
  private obfuscations = 0;
  private imageArea = 0;
  private commentStart = 0;
  private readonly source: string;

  /** `source`: the text that is read. */
  constructor(source: string) {
    this.source = source;
  }

  start(tag: string, attributes: readonly Token.Attribute[]): void {
    this.count(tag, 1);
    if (NAMESPACED.test(tag) || !(ELEMENTS.has(tag) || TOLERATED.has(tag))) return;
    this.styles.start(tag, attributes);
    this.look(tag, attributes);
  }

  end(tag: string): void {
    this.count(tag, -1);
    this.styles.end(tag);
  }

  doctype(): void {
    this.known++;
    this.tags++;
    this.inside.set('!doctype', 0);
  }

  /** Content of a comment, of a `<?…>`, or of what begins with `<!` and is no comment. */
  comment(content: string): void {
    if (content.startsWith('?') || this.comments.length >= VIEW_LIMITS.htmlComments) return;
    const bogus = content.length <= MAX_BOGUS && this.comments.length < MAX_TOLD && this.isBogus(content);
    if (bogus && content.startsWith('[')) return;
    this.comments.push(
      toOctets(bogus ? `<!${content}>` : `<!--${content.slice(0, VIEW_LIMITS.htmlComment)}-->`),
    );
  }

  /** `<!x>` is read as a comment too; rules tell them apart. */
  private isBogus(content: string): boolean {
    const found = this.source.indexOf(`<!${content}`, this.commentStart);
    const real = this.source.indexOf('<!--', this.commentStart);
    if (found < 0 || (real >= 0 && real < found)) {
      if (real >= 0) this.commentStart = real + 4 + content.length;
      return false;
    }
    this.commentStart = found + 2 + content.length;
    return true;
  }

  /**
   * Text that is shown, or would be; `before` is the piece of text before it. Says why it cannot be seen, when it cannot.
   */
  text(text: string, before: string | undefined, hasInk: boolean): Unseen | undefined {
    if (this.isInside('a') && this.anchors.length > 0) this.append(this.anchors, text);
    if (this.isInside('title') && this.titles.length > 0) this.append(this.titles, text);
    if (before !== undefined && BEGINS_WITH_WORD.test(text) && ENDS_IN_WORD.test(before)) this.obfuscations++;
    if (!hasInk) return undefined;
    const { unseen } = this.styles;
    if (unseen === 'contrast') this.flags.add('font_low_contrast');
    else if (unseen === 'color') this.flags.add('font_invalid_color');
    return unseen;
  }

  result(rendered: string): HtmlStatistics {
    const { tags, known, tagNames, knownNames, closedExtra, obfuscations, imageArea, styles } = this;
    const numbers = new Map<string, number>([
      ['length', this.source.length],
      ['html_length', rendered.length],
      ['non_space_len', rendered.replace(/\s+/g, '').length],
      ['image_area', imageArea],
      ['min_size', styles.smallest],
      ['max_size', styles.largest],
      ['html', 1],
    ]);
    for (const flag of this.flags) numbers.set(flag, 1);
    if (this.source.length > 0)
      numbers.set('ratio', (this.source.length - rendered.length) / this.source.length);
    if (tags > 0) {
      numbers.set('closed_extra_ratio', closedExtra / tags);
      if (known > 0) numbers.set('bad_tag_ratio', (tags - known) / tags);
      if (obfuscations > 0) numbers.set('obfuscation_ratio', obfuscations / tags);
    }
    if (tagNames > 0 && knownNames > 0) numbers.set('non_element_ratio', (tagNames - knownNames) / tagNames);
    const texts = new Map<string, readonly string[]>([
      ['comment', this.comments],
      ['title', this.titles.map(toOctets)],
      ['anchor', this.anchors.map(toOctets)],
    ]);
    return { numbers, texts, inside: this.inside, charsets: this.charsets };
  }

  private isInside(tag: string): boolean {
    return (this.inside.get(tag) ?? 0) > 0;
  }

  private append(list: string[], text: string): void {
    const last = list[list.length - 1] ?? '';
    if (last.length < VIEW_LIMITS.htmlAnchorText) list[list.length - 1] = last + text;
  }

  private count(tag: string, change: 1 | -1): void {
    const seen = this.inside.get(tag);
    // A message of made-up names: enough of them are counted.
    if (seen === undefined && this.inside.size >= VIEW_LIMITS.htmlNames) return;
    this.tags++;
    const isKnown = ELEMENTS.has(tag) || NAMESPACED.test(tag);
    if (isKnown) this.known++;
    if (seen === undefined) {
      this.tagNames++;
      if (isKnown) this.knownNames++;
    }
    const now = (seen ?? 0) + change;
    if (now < 0) this.closedExtra++;
    this.inside.set(tag, Math.max(0, now));
  }

  private look(tag: string, attributes: readonly Token.Attribute[]): void {
    const value = (name: string): string | undefined => attributes.find((one) => one.name === name)?.value;
    switch (tag) {
      case 'font': {
        const face = value('face');
        if (face !== undefined && !FONT_NAMES.test(face.slice(0, MAX_FACE))) this.flags.add('font_face_bad');
        return;
      }
      case 'img':
        if (this.isInside('a') && this.anchors.length > 0) this.append(this.anchors, '<img>\n');
        this.measure(value('width'), value('height'));
        return;
      case 'form':
        if (/mailto:/i.test(value('action') ?? '')) this.flags.add('form_action_mailto');
        return;
      case 'object':
      case 'embed':
        this.flags.add('embeds');
        return;
      case 'a':
        if (this.anchors.length < VIEW_LIMITS.uris) this.anchors.push('');
        return;
      case 'title':
        if (this.titles.length < VIEW_LIMITS.htmlTitles) this.titles.push('');
        return;
      case 'meta': {
        const charset = /\bcharset\s*=\s*["']?([^"']{1,100})/i.exec(value('content') ?? '')?.[1];
        if (charset !== undefined && /Content-Type/i.test(value('http-equiv') ?? ''))
          this.charsets.push(charset);
        return;
      }
      default:
    }
  }

  private measure(width: string | undefined, height: string | undefined): void {
    if (width === undefined || height === undefined) return;
    this.imageArea += side(width, SCREEN.width) * side(height, SCREEN.height);
  }
}

/** Longest content of `<!…>` that is told from that of a comment, and for how many it is: the source is searched for it. */
const MAX_BOGUS = 20;
const MAX_TOLD = 100;

function side(text: string, whole: number): number {
  const match = /^(\d{1,9})(%?)$/.exec(text);
  const pixels = Number(match?.[1] ?? 0) * (match?.[2] === '%' ? whole / 100 : 1);
  return pixels > 0 ? pixels : IMAGE_SIDE;
}
