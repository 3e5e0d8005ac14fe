import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** A plain POP3 client that shows what a server really sends. Text is latin1: an octet a character. */
export class Pop3Client {
  socket: Socket | TLSSocket;
  greeting = '';
  closed = false;
  #buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#attach(socket);
  }

  /** A client that has read nothing. */
  static async connect(port: number): Promise<Pop3Client> {
    const socket = connect(port, '127.0.0.1');
    await event(socket, 'connect');
    return new Pop3Client(socket);
  }

  /** For the port at which TLS comes first. */
  static async connectTls(port: number, options: ConnectionOptions = {}): Promise<Pop3Client> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await event(socket, 'secureConnect');
    return new Pop3Client(socket);
  }

  /** Reads the greeting. */
  async greeted(): Promise<this> {
    this.greeting = await this.line();
    return this;
  }

  /** What came and was not read. */
  get unread(): string {
    return this.#buffer.toString('latin1');
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** The next line without the CRLF. */
  async line(): Promise<string> {
    return (await this.#until(Buffer.from('\r\n'))).subarray(0, -2).toString('latin1');
  }

  /** A command; its line of answer. */
  command(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.line();
  }

  /** As {@link command}; throws unless it is +OK. Gives the text after it. */
  async ok(line: string): Promise<string> {
    const answer = await this.command(line);
    if (!answer.startsWith('+OK')) throw new Error(`${line}: ${answer}`);
    return answer.slice(4);
  }

  /** A command with a response of several lines, as octets without the final dot; stuffed dots are gone. */
  async octets(line: string): Promise<Buffer> {
    await this.ok(line);
    return this.body();
  }

  /** The rest of a multi-line response, unstuffed as RFC 1939 says: after CRLF alone. */
  async body(): Promise<Buffer> {
    if (this.#buffer.length < 3) await this.#more(3);
    if (this.#buffer.subarray(0, 3).toString('latin1') === '.\r\n') {
      this.#buffer = this.#buffer.subarray(3);
      return Buffer.alloc(0);
    }
    const whole = await this.#until(Buffer.from('\r\n.\r\n'));
    const text = whole.subarray(0, -3).toString('latin1');
    return Buffer.from(text.replace(/(^|\r\n)\./g, '$1'), 'latin1');
  }

  async lines(line: string): Promise<string[]> {
    const text = (await this.octets(line)).toString('latin1');
    return text === '' ? [] : text.slice(0, -2).split('\r\n');
  }

  async login(user: string, password: string): Promise<string> {
    await this.ok(`USER ${user}`);
    return this.command(`PASS ${password}`);
  }

  /** STLS whole. */
  async startTls(options: ConnectionOptions = {}): Promise<void> {
    await this.ok('STLS');
    await this.secure(options);
  }

  /** The handshake after the +OK to STLS. */
  async secure(options: ConnectionOptions = {}): Promise<void> {
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secure = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    this.socket = secure;
    await event(secure, 'secureConnect');
    this.#attach(secure);
  }

  /** Resolves when the server has hung up. */
  async hungUp(): Promise<void> {
    while (!this.closed) await this.#wait();
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #until(end: Buffer): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(end);
      if (at !== -1) {
        const found = this.#buffer.subarray(0, at + end.length);
        this.#buffer = this.#buffer.subarray(at + end.length);
        return found;
      }
      await this.#more(this.#buffer.length + 1);
    }
  }

  async #more(octets: number): Promise<void> {
    while (this.#buffer.length < octets) {
      if (this.closed) throw new Error(`the server hung up; unread: ${JSON.stringify(this.unread)}`);
      await this.#wait();
    }
  }

  #wait(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #attach(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.closed = true;
      this.#wake?.();
    });
  }
}

function event(socket: Socket, name: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    socket.once(name, () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server hung up')));
  });
}
