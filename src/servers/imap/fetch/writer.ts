import type { SessionControl } from '../types.ts';
import type { Piece } from '../wire/types.ts';
import { type FetchedMessage, type FetchWriter, MessageGone } from './types.ts';

/** Octets read and sent at a time: what a session holds of a long message. */
const CHUNK = 512 * 1024;
/** A file with bare line feeds is read whole for each: not too many of them. */
const MAX_CHUNKS = 16;

/** What stands for NUL. */
const NO_NUL = 0x80;

/**
 * The octets with 0x80 for NUL, which no literal may hold (RFC 9051 §9, `CHAR8`): as many, and what other servers send. BINARY
 * has it as it is.
 */
export function withoutNul(octets: Buffer): Buffer {
  let at = octets.indexOf(0);
  if (at === -1) return octets;
  const clean = Buffer.from(octets);
  for (; at !== -1; at = clean.indexOf(0, at + 1)) clean[at] = NO_NUL;
  return clean;
}

/** Writes one FETCH response; nothing at all when no item has anything to say. */
export class ResponseWriter implements FetchWriter {
  readonly #session: SessionControl;
  readonly #head: string;
  #begun = false;

  constructor(session: SessionControl, head: string) {
    this.#session = session;
    this.#head = head;
  }

  add(...pieces: readonly Piece[]): void {
    this.#session.write(this.#begun ? ' ' : this.#head, ...pieces);
    this.#begun = true;
  }

  async addOctets(label: string, message: FetchedMessage, start: number, end: number): Promise<void> {
    const chunk = Math.max(CHUNK, Math.ceil((end - start) / MAX_CHUNKS));
    const first = withoutNul(await message.octets(start, Math.min(end, start + chunk)));
    const long = end - start > chunk && first.length === chunk;
    const size = long ? end - start : first.length;
    this.add(`${label} {${size}}\r\n`, first);
    await this.#session.flush();
    if (!long) return;
    for (let at = start + chunk; at < end; at += chunk) {
      const stop = Math.min(at + chunk, end);
      this.#session.write(withoutNul(await this.#rest(message, at, stop)));
      await this.#session.flush();
    }
  }

  end(): void {
    if (this.#begun) this.#session.write(')\r\n');
  }

  /** The literal has been announced: what is not there any more is made up, and then the connection ends. */
  async #rest(message: FetchedMessage, at: number, stop: number): Promise<Buffer> {
    let chunk: Buffer;
    try {
      chunk = await message.octets(at, stop);
    } catch (error) {
      if (!(error instanceof MessageGone)) this.#session.log.error({ err: error }, 'message cannot be read');
      chunk = Buffer.alloc(0);
    }
    if (chunk.length === stop - at) return chunk;
    this.#session.afterwards = 'close';
    return Buffer.concat([
      chunk.subarray(0, stop - at),
      Buffer.alloc(Math.max(0, stop - at - chunk.length), ' '),
    ]);
  }
}
