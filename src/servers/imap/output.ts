import type { Piece } from './wire/types.ts';

/** Responses that wait to be sent, in as few pieces as they can be. */
export class Output {
  #text = '';
  #buffers: Buffer[] = [];
  #bufferOctets = 0;

  /** Octets waiting, about. */
  get size(): number {
    return this.#bufferOctets + this.#text.length;
  }

  add(piece: Piece): void {
    if (typeof piece === 'string') {
      this.#text += piece;
      return;
    }
    this.#seal();
    this.#push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  }

  /** Everything, and nothing is left. */
  take(): Buffer {
    this.#seal();
    const buffers = this.#buffers;
    this.#buffers = [];
    this.#bufferOctets = 0;
    return buffers.length === 1 ? (buffers[0] ?? Buffer.alloc(0)) : Buffer.concat(buffers);
  }

  #seal(): void {
    if (this.#text === '') return;
    this.#push(Buffer.from(this.#text));
    this.#text = '';
  }

  #push(buffer: Buffer): void {
    this.#buffers.push(buffer);
    this.#bufferOctets += buffer.length;
  }
}
