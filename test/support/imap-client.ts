import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw } from 'node:zlib';

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
export class ImapClient {
  socket: Socket | TLSSocket;
  greeting = '';
  closed = false;
  #chunks: Buffer[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #tags = 0;
  #deflate: DeflateRaw | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#attach(socket);
  }

  /** A client that has read nothing. */
  static async connect(port: number): Promise<ImapClient> {
    const socket = connect(port, '127.0.0.1');
    await event(socket, 'connect');
    return new ImapClient(socket);
  }

  /** For the port at which TLS comes first. */
  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<ImapClient> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await event(socket, 'secureConnect');
    return new ImapClient(socket);
  }

  /** Reads the greeting. */
  async greeted(): Promise<this> {
    this.greeting = await this.line();
    return this;
  }

  /** What came and was not read. */
  get unread(): string {
    return this.#all().toString('latin1');
  }

  send(text: string | Buffer): void {
    const octets = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    if (this.#deflate === undefined) this.socket.write(octets);
    else {
      this.#deflate.write(octets);
      this.#deflate.flush(constants.Z_SYNC_FLUSH);
    }
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
    for (;;) {
      const buffer = this.#all();
      const end = lineEnd(buffer);
      if (end !== undefined) {
        this.#buffer = buffer.subarray(end);
        return buffer.toString('latin1', 0, end - 2);
      }
      if (this.closed) throw new Error(`the server hung up; unread: ${JSON.stringify(this.unread)}`);
      await this.#more();
    }
  }

  /** The next untagged line that matches; those before it are dropped. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const line = await this.line();
      if (pattern.test(line)) return line;
    }
  }

  /** Resolves when the server has hung up. */
  async hungUp(): Promise<void> {
    while (!this.closed) await this.#more();
  }

  login(user: string, password: string): Promise<ImapReply> {
    return this.command(`LOGIN "${user}" "${password}"`);
  }

  /** STARTTLS whole. */
  async startTls(options: ConnectionOptions = {}): Promise<TLSSocket> {
    await this.ok('STARTTLS');
    return this.secure(options);
  }

  /** The handshake after the OK to STARTTLS. */
  async secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secure = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    this.socket = secure;
    await event(secure, 'secureConnect');
    this.#attach(secure);
    return secure;
  }

  /** COMPRESS DEFLATE whole. */
  async compress(): Promise<void> {
    await this.ok('COMPRESS DEFLATE');
    const deflate = createDeflateRaw();
    const inflate = createInflateRaw();
    const { socket } = this;
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => inflate.write(chunk));
    inflate.on('data', (chunk: Buffer) => this.#take(chunk));
    deflate.on('data', (chunk: Buffer) => socket.write(chunk));
    inflate.on('error', () => undefined);
    this.#deflate = deflate;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #attach(socket: Socket): void {
    // Small writes one after another would wait for acknowledgements.
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.closed = true;
      this.#wake?.();
    });
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  #all(): Buffer {
    if (this.#chunks.length > 0) this.#buffer = Buffer.concat([this.#buffer, ...this.#chunks]);
    this.#chunks = [];
    return this.#buffer;
  }

  #more(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** AUTHENTICATE PLAIN with its initial response. */
export const authPlain = (user: string, password: string, authorization = ''): string =>
  `AUTHENTICATE PLAIN ${Buffer.from(`${authorization}\0${user}\0${password}`).toString('base64')}`;

const latin1 = (piece: string | Buffer): Buffer =>
  typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;

function event(socket: Socket, name: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.once(name, () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server hung up')));
  });
}

/** Where the first line of the octets ends, with the literals it announces; undefined when it is not all there. */
function lineEnd(buffer: Buffer): number | undefined {
  let from = 0;
  for (;;) {
    const end = buffer.indexOf('\r\n', from);
    if (end === -1) return undefined;
    const literal = /\{(\d+)\}$/.exec(buffer.toString('latin1', Math.max(from, end - 24), end));
    if (literal === null) return end + 2;
    from = end + 2 + Number(literal[1]);
    if (buffer.length < from) return undefined;
  }
}
