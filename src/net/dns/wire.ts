/** Messages that cannot be read. Never leaves this folder. */
export class WireFault extends Error {}

/**
 * Pointers followed within one name. Every real name needs a handful; without a bound a message of 64 KB can make each
 * of its thousands of records walk a chain of 32,000 pointers.
 */
const MAX_POINTERS = 32;
/**
 * Labels read in one message. Two hundred records with names of ten labels are more than anybody has; five hundred
 * names that all lead through one of 126 are somebody's joke.
 */
const MAX_LABELS = 8_192;
/** RFC 1035 §2.3.4: octets of a name, its length octets and the root's included. */
const MAX_NAME_OCTETS = 255;

/** Reads a DNS message from front to back. Every method throws {@link WireFault} beyond its end. */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  #labels = 0;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new WireFault('cut short');
    this.at++;
    return value;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  /** The next `length` octets, not copied. */
  take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new WireFault('cut short');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** The next `length` octets, a character each. */
  latin1(length: number): string {
    const end = this.at + length;
    if (end > this.bytes.length) throw new WireFault('cut short');
    const text = this.bytes.toString('latin1', this.at, end);
    this.at = end;
    return text;
  }

  /**
   * A name (RFC 1035 §4.1.4), without the root's dot; the root is the empty text. Dots within labels, backslashes and
   * what is not printable are escaped as in master files (RFC 1035 §5.1), so that two names are one text only when
   * they are one name.
   */
  name(): string {
    const { bytes } = this;
    let { at } = this;
    let floor = at;
    let after = -1;
    let octets = 1;
    let pointers = 0;
    let text = '';
    for (;;) {
      const length = bytes[at];
      if (length === undefined) throw new WireFault('cut short');
      if (length === 0) break;
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | (bytes[at + 1] ?? 0xffff);
        // Pointers lead to what was before (RFC 1035 §4.1.4): each further back than the last, so they end.
        if (target >= floor || ++pointers > MAX_POINTERS) throw new WireFault('bad pointer');
        if (after < 0) after = at + 2;
        floor = target;
        at = target;
        continue;
      }
      const end = at + 1 + length;
      octets += length + 1;
      if (length > 63 || octets > MAX_NAME_OCTETS || end > bytes.length || ++this.#labels > MAX_LABELS)
        throw new WireFault('bad label');
      const label = bytes.toString('latin1', at + 1, end);
      text += (text === '' ? '' : '.') + (PLAIN.test(label) ? label : escaped(label));
      at = end;
    }
    this.at = after < 0 ? at + 1 : after;
    return text;
  }
}

/** Visible ASCII without dot and backslash. */
const PLAIN = /^[!-\-/-[\]-~]+$/;

function escaped(label: string): string {
  return label.replaceAll(/[^!-\-/-[\]-~]/g, (character) =>
    character === '.' || character === '\\'
      ? `\\${character}`
      : `\\${String(character.charCodeAt(0)).padStart(3, '0')}`,
  );
}
