/** Sets of bytes: what a character class of a Perl pattern is when it runs on bytes. */

export class ByteSet {
  private readonly bits: Uint32Array;

  private constructor(bits: Uint32Array) {
    this.bits = bits;
  }

  static of(test: (byte: number) => boolean): ByteSet {
    const bits = new Uint32Array(8);
    for (let byte = 0; byte < 256; byte++) if (test(byte)) bits[byte >> 5]! |= 1 << (byte & 31);
    return new ByteSet(bits);
  }

  /** Bytes `first` to `last`; what lies beyond a byte is left out. */
  static range(first: number, last: number): ByteSet {
    const bits = new Uint32Array(8);
    for (let byte = first; byte <= last && byte < 256; byte++) bits[byte >> 5]! |= 1 << (byte & 31);
    return new ByteSet(bits);
  }

  static from(text: string): ByteSet {
    const bits = new Uint32Array(8);
    for (let i = 0; i < text.length; i++) {
      const byte = text.charCodeAt(i);
      if (byte < 256) bits[byte >> 5]! |= 1 << (byte & 31);
    }
    return new ByteSet(bits);
  }

  has(byte: number): boolean {
    return ((this.bits[byte >> 5]! >>> (byte & 31)) & 1) === 1;
  }

  union(other: ByteSet): ByteSet {
    return new ByteSet(this.bits.map((word, index) => word | other.bits[index]!));
  }

  complement(): ByteSet {
    return new ByteSet(this.bits.map((word) => ~word));
  }

  get size(): number {
    let size = 0;
    for (let word of this.bits) for (; word !== 0; word &= word - 1) size++;
    return size;
  }

  equals(other: ByteSet): boolean {
    return this.bits.every((word, index) => word === other.bits[index]);
  }

  /**
   * With the other case of each letter, as `/i` has it under `/aa`, which SpamAssassin compiles with: of é as well, but
   * not beyond a byte. JavaScript's `i` does the same (ECMA-262, Canonicalize).
   */
  foldCase(): ByteSet {
    const bits = this.bits.slice();
    // A-Z are bits 1 to 26 of word 2, a-z the same bits of word 3; \xc0 to \xdf are word 6, their lower cases word 7, but
    // for \xd7, \xdf, \xf7 and \xff.
    const ascii = (bits[2]! | bits[3]!) & LETTERS;
    const latin1 = (bits[6]! | bits[7]!) & LATIN1_LETTERS;
    bits[2]! |= ascii;
    bits[3]! |= ascii;
    bits[6]! |= latin1;
    bits[7]! |= latin1;
    return new ByteSet(bits);
  }

  without(other: ByteSet): ByteSet {
    return new ByteSet(this.bits.map((word, index) => word & ~other.bits[index]!));
  }

  /** Equal for equal sets. */
  get key(): string {
    return this.bits.join();
  }

  /** In ascending order. */
  list(): number[] {
    const bytes: number[] = [];
    for (let byte = 0; byte < 256; byte++) if (this.has(byte)) bytes.push(byte);
    return bytes;
  }

  ranges(): [first: number, last: number][] {
    const ranges: [number, number][] = [];
    for (let byte = 0; byte < 256; byte++) {
      if (!this.has(byte)) continue;
      const first = byte;
      while (byte < 255 && this.has(byte + 1)) byte++;
      ranges.push([first, byte]);
    }
    return ranges;
  }
}

const LETTERS = 0x07fffffe;
const LATIN1_LETTERS = 0x7f7fffff;

/** The lower case of a letter, of ASCII or Latin-1, as {@link ByteSet.foldCase} pairs them; any other byte as it is. */
export const foldByte = (byte: number): number =>
  (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte !== 0xd7) ? byte + 32 : byte;

export const DIGIT = ByteSet.range(0x30, 0x39);
export const WORD = ByteSet.of((byte) => /\w/.test(String.fromCharCode(byte)));
/** Perl's `\s` on bytes: no U+0085, no U+00A0. */
export const SPACE = ByteSet.from('\t\n\v\f\r ');
export const HORIZONTAL_SPACE = ByteSet.from('\t \xa0');
export const VERTICAL_SPACE = ByteSet.from('\n\v\f\r\x85');
export const NOT_NEWLINE = ByteSet.from('\n').complement();
export const ANY = ByteSet.range(0, 255);
export const NONE = ByteSet.from('');

const ascii = (expression: RegExp): ByteSet =>
  ByteSet.of((byte) => byte < 128 && expression.test(String.fromCharCode(byte)));

/** POSIX classes on bytes: ASCII only. */
export const POSIX: ReadonlyMap<string, ByteSet> = new Map([
  ['alpha', ascii(/[A-Za-z]/)],
  ['digit', DIGIT],
  ['alnum', ascii(/[A-Za-z0-9]/)],
  ['upper', ascii(/[A-Z]/)],
  ['lower', ascii(/[a-z]/)],
  ['space', SPACE],
  ['blank', ascii(/[ \t]/)],
  ['punct', ascii(/[!-/:-@[-`{-~]/)],
  ['print', ascii(/[ -~]/)],
  ['graph', ascii(/[!-~]/)],
  ['cntrl', ByteSet.of((byte) => byte < 32 || byte === 127)],
  ['xdigit', ascii(/[0-9A-Fa-f]/)],
  ['word', WORD],
  ['ascii', ByteSet.range(0, 127)],
]);

/** Bytes that have a Unicode property (read as latin1); undefined when there is no such property. */
export function unicodeProperty(name: string): ByteSet | undefined {
  const posix = POSIX.get(/^(?:Posix|X?Posix|Is)?(\w+)$/i.exec(name)?.[1]?.toLowerCase() ?? '');
  if (posix !== undefined && /^(?:Posix|XPosix|Is)/i.test(name)) return posix;
  const plain = name.replace(/^Is_?/i, '').replace(/\s+/g, '');
  for (const spelling of [plain, `Script=${plain}`, `General_Category=${plain}`])
    try {
      const expression = new RegExp(`^\\p{${spelling}}$`, 'u');
      return ByteSet.of((byte) => expression.test(String.fromCharCode(byte)));
    } catch {
      // Not known under this spelling.
    }
  return posix;
}
