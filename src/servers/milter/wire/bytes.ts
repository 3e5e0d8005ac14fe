import { isUtf8 } from 'node:buffer';
import { ProtocolError } from './types.ts';
import type { Packet } from './types.ts';

/** UTF-8 where the bytes are that, else latin1: no byte is refused. */
export function decodeText(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

/** Reads the data of one packet from front to back. */
export class Cursor {
  readonly #data: Buffer;
  readonly #what: string;
  #at = 0;

  /** `what` names the packet in errors. */
  constructor(packet: Packet, what: string) {
    this.#data = packet.data;
    this.#what = what;
  }

  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  fail(problem: string): never {
    throw new ProtocolError(`${this.#what}: ${problem}`);
  }

  uint32(): number {
    if (this.#at + 4 > this.#data.length) this.fail('number cut short');
    const value = this.#data.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  uint16(): number {
    if (this.#at + 2 > this.#data.length) this.fail('number cut short');
    const value = this.#data.readUInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  /** One byte as a character. */
  character(): string {
    if (this.done) this.fail('cut short');
    return String.fromCharCode(this.#data[this.#at++] ?? 0);
  }

  /** Bytes up to a NUL, which is skipped. */
  bytes(): Buffer {
    const end = this.#data.indexOf(0, this.#at);
    if (end === -1) this.fail('string without its NUL');
    const value = this.#data.subarray(this.#at, end);
    this.#at = end + 1;
    return value;
  }

  text(): string {
    return decodeText(this.bytes());
  }

  /** All strings to the end of the packet. */
  texts(): string[] {
    const values: string[] = [];
    while (!this.done) values.push(this.text());
    return values;
  }

  rest(): Buffer {
    const value = this.#data.subarray(this.#at);
    this.#at = this.#data.length;
    return value;
  }

  end(): void {
    if (!this.done) this.fail('bytes after its end');
  }
}

const NUL = Buffer.alloc(1);

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value & 0xffff);
  return bytes;
}

/** A string and its NUL. A NUL inside would become two strings and is refused. */
export function string(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  if (bytes.includes(0)) throw new ProtocolError('a string of the milter protocol may hold no NUL');
  return Buffer.concat([bytes, NUL]);
}

export function encodePacket(code: string, ...pieces: readonly Buffer[]): Buffer {
  let length = 1;
  for (const piece of pieces) length += piece.length;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(length);
  head.write(code, 4, 'latin1');
  return Buffer.concat([head, ...pieces], 4 + length);
}
