import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** What clients of IMAP, POP3 and ManageSieve have in common: a socket, TLS on it, and octets that come in lines. */
export class LineClient {
  socket: Socket | TLSSocket;
  closed = false;
  #chunks: Buffer[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#attach(socket);
  }

  /** A client that has read nothing. */
  static async connect<T>(this: new (socket: Socket) => T, port: number): Promise<T> {
    const socket = connect(port, '127.0.0.1');
    await event(socket, 'connect');
    return new this(socket);
  }

  /** For the port at which TLS comes first. */
  static async connectTls<T>(
    this: new (
      socket: Socket,
    ) => T,
    port: number,
    options: ConnectionOptions = {},
  ): Promise<T> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await event(socket, 'secureConnect');
    return new this(socket);
  }

  /** What came and was not read, an octet a character. */
  get unread(): string {
    return this.pending.toString('latin1');
  }

  /** Text is latin1: an octet a character. */
  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Resolves when the server has hung up. */
  async hungUp(): Promise<void> {
    while (!this.closed) await this.#more();
  }

  /** The handshake, where the server waits for it. */
  async secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secure = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    this.socket = secure;
    await event(secure, 'secureConnect');
    this.#attach(secure);
    return secure;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** What came and was not read. */
  protected get pending(): Buffer {
    if (this.#chunks.length > 0) this.#buffer = Buffer.concat([this.#buffer, ...this.#chunks]);
    this.#chunks = [];
    return this.#buffer;
  }

  /** Reads up to where `end` finds the end; it gives undefined while that has not come. */
  protected async take(end: (octets: Buffer) => number | undefined): Promise<Buffer> {
    for (;;) {
      const octets = this.pending;
      const at = end(octets);
      if (at !== undefined) {
        this.#buffer = octets.subarray(at);
        return octets.subarray(0, at);
      }
      if (this.closed) throw new Error(`the server hung up; unread: ${JSON.stringify(this.unread)}`);
      await this.#more();
    }
  }

  /** For octets that did not come from the socket as they are. */
  protected received(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  #attach(socket: Socket): void {
    // Small writes one after another would wait for acknowledgements.
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.closed = true;
      this.#wake?.();
    });
  }

  #more(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Where the first line of the octets ends, with the literals it announces; undefined when it is not all there. */
export function lineEnd(octets: Buffer): number | undefined {
  let from = 0;
  for (;;) {
    const end = octets.indexOf('\r\n', from);
    if (end === -1) return undefined;
    const literal = /\{(\d+)\}$/.exec(octets.toString('latin1', Math.max(from, end - 24), end));
    if (literal === null) return end + 2;
    from = end + 2 + Number(literal[1]);
    if (octets.length < from) return undefined;
  }
}

function event(socket: Socket, name: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.once(name, () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server hung up')));
  });
}
