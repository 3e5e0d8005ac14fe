/** Decoders of LZMA and LZMA2, as 7z archives use them, for small amounts: the lists of archives and single files. */

const STATES = 12;
const POSITION_STATES = 16;
const LENGTH_STATES = 4;
const END_POSITION_MODEL = 14;
const ALIGN_BITS = 4;
const MIN_MATCH = 2;
const PROBABILITY = 1024;

const probabilities = (count: number): Uint16Array => new Uint16Array(count).fill(PROBABILITY);

/** The arithmetic decoder: bits with adaptive probabilities of 11 bits. */
class RangeDecoder {
  private readonly bytes: Uint8Array;
  private at: number;
  private range = 0xffffffff;
  private code = 0;
  /** Ran out of input: what comes is made up. */
  short = false;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at + 1;
    for (let i = 0; i < 4; i++) this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  bit(model: Uint16Array, index: number): number {
    const probability = model[index] ?? PROBABILITY;
    const bound = (this.range >>> 11) * probability;
    let bit = 0;
    if (this.code < bound) {
      this.range = bound;
      model[index] = probability + ((2048 - probability) >> 5);
    } else {
      this.range -= bound;
      this.code -= bound;
      model[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (this.range < 0x1000000) {
      this.range = (this.range << 8) >>> 0;
      this.code = ((this.code << 8) | this.next()) >>> 0;
    }
    return bit;
  }

  direct(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit === 1) this.code -= this.range;
      value = value * 2 + bit;
      if (this.range < 0x1000000) {
        this.range = (this.range << 8) >>> 0;
        this.code = ((this.code << 8) | this.next()) >>> 0;
      }
    }
    return value;
  }

  tree(model: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    for (let i = 0; i < bits; i++) node = (node << 1) | this.bit(model, offset + node);
    return node - (1 << bits);
  }

  reverseTree(model: Uint16Array, offset: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(model, offset + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  private next(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) this.short = true;
    return byte ?? 0;
  }
}

/** Lengths of matches, in three ranges. */
class LengthDecoder {
  private readonly choice = probabilities(2);
  private readonly low = probabilities(POSITION_STATES * 8);
  private readonly middle = probabilities(POSITION_STATES * 8);
  private readonly high = probabilities(256);

  decode(range: RangeDecoder, positionState: number): number {
    if (range.bit(this.choice, 0) === 0) return range.tree(this.low, positionState * 8, 3);
    if (range.bit(this.choice, 1) === 0) return 8 + range.tree(this.middle, positionState * 8, 3);
    return 16 + range.tree(this.high, 0, 8);
  }
}

/** What is learned of the data so far; LZMA2 starts it anew between chunks. */
class Model {
  readonly literalContext: number;
  readonly literalPosition: number;
  readonly positionMask: number;
  readonly literal: Uint16Array;
  readonly isMatch = probabilities(STATES * POSITION_STATES);
  readonly isRepeat = probabilities(STATES);
  readonly isRepeat0 = probabilities(STATES);
  readonly isRepeat1 = probabilities(STATES);
  readonly isRepeat2 = probabilities(STATES);
  readonly isRepeat0Long = probabilities(STATES * POSITION_STATES);
  readonly slot = probabilities(LENGTH_STATES * 64);
  readonly position = probabilities(128);
  readonly align = probabilities(1 << ALIGN_BITS);
  readonly lengths = new LengthDecoder();
  readonly repeatLengths = new LengthDecoder();
  state = 0;
  repeats: [number, number, number, number] = [0, 0, 0, 0];

  /** `properties` holds lc, lp and pb in one byte; callers have made sure that it is below 225. */
  constructor(properties: number) {
    this.literalContext = properties % 9;
    const rest = Math.floor(properties / 9);
    this.literalPosition = rest % 5;
    this.positionMask = (1 << Math.floor(rest / 5)) - 1;
    this.literal = probabilities(0x300 << (this.literalContext + this.literalPosition));
  }
}

/** The output, which is its own dictionary. */
interface Output {
  readonly bytes: Uint8Array;
  at: number;
}

/** Decodes up to `end` of the output; false when the data are not LZMA. */
function decodeInto(out: Output, end: number, range: RangeDecoder, model: Model): boolean {
  while (out.at < end) {
    if (range.short) return false;
    const positionState = out.at & model.positionMask;
    if (range.bit(model.isMatch, model.state * POSITION_STATES + positionState) === 0) {
      literal(out, range, model);
      continue;
    }
    const length = matchLength(out, range, model, positionState);
    if (length === 0) continue;
    const distance = model.repeats[0];
    // The end mark, or a distance before the start.
    if (distance >= out.at) return distance === 0xffffffff;
    const stop = Math.min(end, out.at + length);
    for (; out.at < stop; out.at++) out.bytes[out.at] = out.bytes[out.at - distance - 1] ?? 0;
  }
  return true;
}

function literal(out: Output, range: RangeDecoder, model: Model): void {
  const previous = out.at > 0 ? (out.bytes[out.at - 1] ?? 0) : 0;
  const context =
    ((out.at & ((1 << model.literalPosition) - 1)) << model.literalContext) |
    (previous >> (8 - model.literalContext));
  const offset = 0x300 * context;
  let symbol = 1;
  if (model.state >= 7) {
    let match = out.bytes[out.at - model.repeats[0] - 1] ?? 0;
    while (symbol < 0x100) {
      const matchBit = (match >> 7) & 1;
      match = (match << 1) & 0xff;
      const bit = range.bit(model.literal, offset + ((1 + matchBit) << 8) + symbol);
      symbol = (symbol << 1) | bit;
      if (bit !== matchBit) break;
    }
  }
  while (symbol < 0x100) symbol = (symbol << 1) | range.bit(model.literal, offset + symbol);
  out.bytes[out.at++] = symbol & 0xff;
  model.state = model.state < 4 ? 0 : model.state < 10 ? model.state - 3 : model.state - 6;
}

/** Length of a match, its distance in `repeats[0]`; 0 when a single byte was copied already. */
function matchLength(out: Output, range: RangeDecoder, model: Model, positionState: number): number {
  const { state } = model;
  const index = state * POSITION_STATES + positionState;
  if (range.bit(model.isRepeat, state) === 0) {
    const [first, second, third] = model.repeats;
    const length = model.lengths.decode(range, positionState);
    model.state = state < 7 ? 7 : 10;
    model.repeats = [matchDistance(range, model, length), first, second, third];
    return length + MIN_MATCH;
  }
  if (range.bit(model.isRepeat0, state) === 0) {
    if (range.bit(model.isRepeat0Long, index) === 0) {
      model.state = state < 7 ? 9 : 11;
      if (model.repeats[0] >= out.at) {
        range.short = true;
        return 0;
      }
      out.bytes[out.at] = out.bytes[out.at - model.repeats[0] - 1] ?? 0;
      out.at++;
      return 0;
    }
  } else model.repeats = repeatedDistance(range, model);
  const length = model.repeatLengths.decode(range, positionState);
  model.state = state < 7 ? 8 : 11;
  return length + MIN_MATCH;
}

function repeatedDistance(range: RangeDecoder, model: Model): [number, number, number, number] {
  const [first, second, third, fourth] = model.repeats;
  if (range.bit(model.isRepeat1, model.state) === 0) return [second, first, third, fourth];
  if (range.bit(model.isRepeat2, model.state) === 0) return [third, first, second, fourth];
  return [fourth, first, second, third];
}

function matchDistance(range: RangeDecoder, model: Model, length: number): number {
  const slot = range.tree(model.slot, Math.min(length, LENGTH_STATES - 1) * 64, 6);
  if (slot < 4) return slot;
  const bits = (slot >> 1) - 1;
  const high = (2 | (slot & 1)) * 2 ** bits;
  if (slot < END_POSITION_MODEL) return high + range.reverseTree(model.position, high - slot, bits);
  return high + range.direct(bits - ALIGN_BITS) * 16 + range.reverseTree(model.align, 0, ALIGN_BITS);
}

/** Undoes LZMA: `properties` are the coder's five bytes, `size` the bytes to come out. Undefined for what is none. */
export function decodeLzma(bytes: Uint8Array, properties: Uint8Array, size: number): Uint8Array | undefined {
  const [packed = 225] = properties;
  if (packed >= 225 || bytes.length < 5) return undefined;
  const out = { bytes: new Uint8Array(size), at: 0 };
  return decodeInto(out, size, new RangeDecoder(bytes, 0), new Model(packed)) ? out.bytes : undefined;
}

/** Undoes LZMA2: chunks of LZMA or of plain bytes. Undefined for what is none. */
export function decodeLzma2(bytes: Uint8Array, size: number): Uint8Array | undefined {
  const out = { bytes: new Uint8Array(size), at: 0 };
  let model: Model | undefined;
  let properties = 225;
  let at = 0;
  while (out.at < size) {
    const control = bytes[at] ?? 0;
    if (control === 0) return undefined;
    const low = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    if (control < 0x80) {
      if (control > 2) return undefined;
      const chunk = bytes.subarray(at + 3, at + 4 + low).subarray(0, size - out.at);
      if (chunk.length === 0) return undefined;
      out.bytes.set(chunk, out.at);
      out.at += chunk.length;
      at += 4 + low;
      continue;
    }
    const unpacked = ((control & 0x1f) << 16) + low + 1;
    const packed = (((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0)) + 1;
    at += 5;
    // Two bits: keep all, new state, new properties, new dictionary as well (which changes nothing here).
    const reset = (control >> 5) & 3;
    if (reset >= 2) properties = bytes[at++] ?? 225;
    if (properties >= 225) return undefined;
    if (reset >= 1) model = new Model(properties);
    if (model === undefined) return undefined;
    const range = new RangeDecoder(bytes.subarray(at, at + packed), 0);
    if (!decodeInto(out, Math.min(size, out.at + unpacked), range, model)) return undefined;
    at += packed;
  }
  return out.bytes;
}
