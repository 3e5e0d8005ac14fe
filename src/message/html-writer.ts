/** Puts text together as a reader sees it: white space collapsed, blocks on lines of their own. */
export class TextWriter {
  private out = '';
  private breaks = 0;
  private spaced = false;
  /** Preformatted text ended its line; looking at `out` itself would put its pieces together each time. */
  private lineStart = false;

  /** `pre`: white space counts. No-break spaces become ordinary ones: they are used to pad as often as to join. */
  write(text: string, pre: boolean): void {
    const plain = text.includes('\u00a0') ? text.replaceAll('\u00a0', ' ') : text;
    if (pre) {
      this.flush();
      this.out += plain;
      this.lineStart = plain.endsWith('\n');
      return;
    }
    const collapsed = COLLAPSIBLE.test(plain) ? plain.replace(WHITE_SPACE, ' ') : plain;
    let from = 0;
    if (collapsed.startsWith(' ')) {
      this.spaced = true;
      from = 1;
    }
    const to = collapsed.endsWith(' ') ? collapsed.length - 1 : collapsed.length;
    if (from >= to) return;
    this.flush();
    this.out += collapsed.slice(from, to);
    this.spaced = to < collapsed.length;
  }

  /** A line break that is one even between line breaks. */
  lineBreak(): void {
    if (this.out !== '') this.breaks = Math.min(2, this.breaks + 1);
  }

  /** The edge of a block: at least `lines` line breaks between what stands before and after. */
  block(lines: number): void {
    if (this.out !== '') this.breaks = Math.max(this.breaks, lines);
  }

  space(): void {
    this.spaced = true;
  }

  get text(): string {
    return this.out;
  }

  private flush(): void {
    if (this.breaks > 0) this.out += this.breaks === 1 ? '\n' : '\n\n';
    else if (this.spaced && this.out !== '' && !this.lineStart) this.out += ' ';
    this.lineStart = false;
    this.breaks = 0;
    this.spaced = false;
  }
}

const COLLAPSIBLE = /[\t\n\r\f]| {2}/;
const WHITE_SPACE = /[ \t\n\r\f]+/g;
