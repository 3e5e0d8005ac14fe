/** A place in a text that moves forward. */
export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character; '' at the end. */
  get peek(): string {
    return this.text.charAt(this.position);
  }

  /** The one after it. */
  get following(): string {
    return this.text.charAt(this.position + 1);
  }

  /** Takes the next character; '' at the end. */
  next(): string {
    return this.text.charAt(this.position++);
  }

  back(characters: number): void {
    this.position -= characters;
  }

  /** Takes `expected` when it stands here. */
  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.position)) return false;
    this.position += expected.length;
    return true;
  }

  takeAny(characters: string): string | undefined {
    const { peek } = this;
    if (peek === '' || !characters.includes(peek)) return undefined;
    this.position++;
    return peek;
  }

  /** Takes what a sticky expression matches here. */
  match(expression: RegExp): string | undefined {
    expression.lastIndex = this.position;
    const found = expression.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  /** Goes behind the next `mark`; false when there is none. */
  skipPast(mark: string): boolean {
    const found = this.text.indexOf(mark, this.position);
    if (found < 0) return false;
    this.position = found + mark.length;
    return true;
  }

  toEnd(): void {
    this.position = this.text.length;
  }
}
