import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw } from 'node:zlib';
import { LineClient, lineEnd } from './line-client.ts';

/** What a server answered to one command. */
export interface ImapReply {
  status: 'OK' | 'NO' | 'BAD';
  /** What stands in the brackets. */
  code: string;
  text: string;
  /** Untagged responses before it, without `* `; literals are in them with their octets (each a character). */
  untagged: string[];
  /** Continuations before it, without `+ `. */
  continuations: string[];
  /** The tagged line. */
  raw: string;
}

/** A plain IMAP client that shows what a server really sends. Text is latin1: an octet a character. */
export class ImapClient extends LineClient {
  greeting = '';
  #tags = 0;
  #deflate: DeflateRaw | undefined;

  /** Reads the greeting. */
  async greeted(): Promise<this> {
    this.greeting = await this.line();
    return this;
  }

  override send(text: string | Buffer): void {
    if (this.#deflate === undefined) return super.send(text);
    this.#deflate.write(latin1(text));
    this.#deflate.flush(constants.Z_SYNC_FLUSH);
  }

  /** The next tag, for what is sent by hand. */
  tag(): string {
    return `T${++this.#tags}`;
  }

  /**
   * A command without its tag; gives all that is answered. Arrays of pieces: what follows a piece that ends in `{n}` is sent
   * when the server asks for it.
   */
  async command(...pieces: readonly (string | Buffer)[]): Promise<ImapReply> {
    const tag = this.tag();
    const untagged: string[] = [];
    this.send(`${tag} `);
    for (const [index, piece] of pieces.entries()) {
      this.send(latin1(piece));
      const last = index === pieces.length - 1;
      const asked = !last && /\{\d+\}$/.test(latin1(piece).toString('latin1'));
      // A literal's octets have no line ending of their own; the last piece ends the line.
      if (last || asked) this.send('\r\n');
      if (!asked) continue;
      // With NOTIFY there may be news before the server has seen the command.
      let line = await this.line();
      for (; line.startsWith('* '); line = await this.line()) untagged.push(line.slice(2));
      if (!line.startsWith('+')) return this.reply(tag, untagged, line);
    }
    return this.reply(tag, untagged);
  }

  /** As {@link command}; throws unless it is OK. */
  async ok(...pieces: readonly (string | Buffer)[]): Promise<ImapReply> {
    const reply = await this.command(...pieces);
    if (reply.status !== 'OK') throw new Error(`${String(pieces[0])}: ${reply.raw}`);
    return reply;
  }

  /** Everything up to the tagged response. */
  async reply(tag: string, untagged: string[] = [], begun?: string): Promise<ImapReply> {
    const continuations: string[] = [];
    for (let line = begun ?? (await this.line()); ; line = await this.line()) {
      if (line.startsWith('* ')) untagged.push(line.slice(2));
      else if (line.startsWith('+')) continuations.push(line.slice(2));
      else {
        const match = /^(\S+) (OK|NO|BAD) (?:\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\] )?([\s\S]*)$/.exec(line);
        if (match === null || match[1] !== tag) throw new Error(`not the answer to ${tag}: ${line}`);
        return {
          status: match[2] as ImapReply['status'],
          code: match[3] ?? '',
          text: match[4] ?? '',
          untagged,
          continuations,
          raw: line,
        };
      }
    }
  }

  /** The next line with its literals, without the CRLF. */
  async line(): Promise<string> {
    return (await this.take(lineEnd)).toString('latin1').slice(0, -2);
  }

  /** The next untagged line that matches; those before it are dropped. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = await this.line();
      if (pattern.test(line)) return line;
    }
  }

  login(user: string, password: string): Promise<ImapReply> {
    return this.command(`LOGIN "${user}" "${password}"`);
  }

  /** STARTTLS whole. */
  async startTls(options: ConnectionOptions = {}): Promise<TLSSocket> {
    await this.ok('STARTTLS');
    return this.secure(options);
  }

  /** COMPRESS DEFLATE whole. */
  async compress(): Promise<void> {
    await this.ok('COMPRESS DEFLATE');
    const deflate = createDeflateRaw();
    const inflate = createInflateRaw();
    const { socket } = this;
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => inflate.write(chunk));
    inflate.on('data', (chunk: Buffer) => this.received(chunk));
    deflate.on('data', (chunk: Buffer) => socket.write(chunk));
    inflate.on('error', () => undefined);
    this.#deflate = deflate;
  }
}

/** AUTHENTICATE PLAIN with its initial response. */
export const authPlain = (user: string, password: string, authorization = ''): string =>
  `AUTHENTICATE PLAIN ${Buffer.from(`${authorization}\0${user}\0${password}`).toString('base64')}`;

const latin1 = (piece: string | Buffer): Buffer =>
  typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
