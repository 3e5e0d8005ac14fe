/** The little of protocol buffers that an ONNX file needs: varints, length-delimited fields, 32-bit floats. */

const VARINT = 0;
const DELIMITED = 2;
const FIXED_32 = 5;
const FIXED_64 = 1;
/** Bytes of the longest varint. */
const MAX_VARINT = 10;

/** A message being written. Numbers are whole and not negative. */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = [];

  varint(field: number, value: number): this {
    this.chunks.push(varintBytes(field * 8 + VARINT), varintBytes(value));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.chunks.push(varintBytes(field * 8 + DELIMITED), varintBytes(value.length), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  // Not by shifts: those end at 32 bits.
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** A file that is no protocol buffer, or not the one expected. */
export class ProtobufError extends Error {}

/** Fields of a message by number, in order. Numbers beyond 2^53 are not exact. */
export interface ProtobufFields {
  numbers(field: number): readonly number[];
  all(field: number): readonly Uint8Array[];
}

/** Takes a message apart; values are views of `bytes`. Throws {@link ProtobufError}. */
export function readProtobuf(bytes: Uint8Array): ProtobufFields {
  const numbers = new Map<number, number[]>();
  const delimited = new Map<number, Uint8Array[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let factor = 1;
    for (let read = 0; read < MAX_VARINT; read++) {
      const byte = bytes[at++];
      if (byte === undefined) throw new ProtobufError('ends within a number');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new ProtobufError('a number does not end');
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new ProtobufError('ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === VARINT) append(numbers, field, varint());
    else if (wire === DELIMITED) append(delimited, field, take(varint()));
    else if (wire === FIXED_32) take(4);
    else if (wire === FIXED_64) take(8);
    else throw new ProtobufError(`wire type ${wire}`);
  }
  return { numbers: (field) => numbers.get(field) ?? [], all: (field) => delimited.get(field) ?? [] };
}

function append<T>(map: Map<number, T[]>, key: number, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
