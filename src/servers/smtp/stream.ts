import { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import { DataDecoder } from './data-decoder.ts';
import type { DataLimits, DecodedData } from './data-decoder.ts';

type Ended = (data: DecodedData, resume: () => void) => void;

/**
 * smtp-server's reader of commands, with our own reader of messages: the library takes a dot after a bare LF for a
 * stuffed one and cannot tell of bare line endings, and it copies the message through two streams.
 */
export class CommandStream extends SMTPStream {
  #receiving: { decoder: DataDecoder; ended: Ended } | undefined;

  /**
   * What follows is a message. `ended` gets it, and `resume`, without which no further command is read: what a client
   * pipelined behind its message waits for the answer.
   */
  receive(limits: DataLimits, ended: Ended): void {
    this.#receiving = { decoder: new DataDecoder(limits), ended };
    // Has the library hand us the rest of the chunk that it found DATA in.
    this._dataMode = true;
  }

  override _write(
    chunk: Buffer,
    encoding: BufferEncoding | 'buffer',
    next: (error?: Error | null) => void,
  ): void {
    const receiving = this.#receiving;
    if (receiving === undefined || this.isClosed) {
      super._write(chunk, encoding, next);
      return;
    }
    const used = receiving.decoder.push(chunk);
    const data = receiving.decoder.result;
    if (data === undefined) {
      next();
      return;
    }
    this.#receiving = undefined;
    this._dataMode = false;
    receiving.ended(data, () => this._write(chunk.subarray(used), 'buffer', next));
  }

  /** A command without its line ending, cut off by the end of the connection, is not carried out. */
  override _flushData(): void {
    this._remainder = '';
  }
}
