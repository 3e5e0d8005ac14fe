import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** What a server answered to one command. */
export interface SieveReply {
  status: 'OK' | 'NO' | 'BYE';
  /** What stands in the parentheses. */
  code: string;
  text: string;
  /** Lines before it; literals are in them with their octets. */
  lines: string[];
  /** All of it as it came. */
  raw: string;
}

/** A plain ManageSieve client (RFC 5804) that shows what a server really sends. */
export class SieveClient {
  socket: Socket | TLSSocket;
  #buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#attach(socket);
  }

  static async connect(port: number): Promise<SieveClient> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new SieveClient(socket);
  }

  #attach(socket: Socket): void {
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

  /** What came and was not read. */
  get unread(): string {
    return this.#buffer.toString('utf8');
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  async command(line: string | Buffer): Promise<SieveReply> {
    this.send(Buffer.concat([Buffer.from(line), Buffer.from('\r\n')]));
    return this.reply();
  }

  /** Everything up to the next OK, NO or BYE. */
  async reply(): Promise<SieveReply> {
    const lines: string[] = [];
    const pieces: Buffer[] = [];
    for (;;) {
      const { text, raw } = await this.line();
      pieces.push(raw);
      const match = /^(OK|NO|BYE)(?: \(((?:"(?:[^"\\]|\\.)*"|[^")])*)\))?(?: ([\s\S]*))?$/.exec(text);
      if (match === null) {
        lines.push(text);
        continue;
      }
      return {
        status: match[1] as SieveReply['status'],
        code: match[2] ?? '',
        text: unquote(match[3] ?? ''),
        lines,
        raw: Buffer.concat(pieces).toString('utf8'),
      };
    }
  }

  /** The next line with its literals, without the CRLF. */
  async line(): Promise<{ text: string; raw: Buffer }> {
    for (;;) {
      const end = lineEnd(this.#buffer);
      if (end !== undefined) {
        const raw = this.#buffer.subarray(0, end);
        this.#buffer = this.#buffer.subarray(end);
        return { text: raw.subarray(0, -2).toString('utf8'), raw };
      }
      if (this.closed) throw new Error(`the server hung up; unread: ${JSON.stringify(this.unread)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when the server has hung up. */
  async hungUp(): Promise<void> {
    while (!this.closed)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  /** The handshake after the OK to STARTTLS; the capabilities that follow are not read yet. */
  async secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secure = connectTls({ socket: plain, rejectUnauthorized: false, ...options });
    this.socket = secure;
    await new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve);
      secure.once('error', reject);
      secure.once('close', () => reject(new Error('closed in the handshake')));
    });
    this.#attach(secure);
    return secure;
  }

  /** STARTTLS whole; gives the capabilities that follow. */
  async startTls(options: ConnectionOptions = {}): Promise<SieveReply> {
    const answer = await this.command('STARTTLS');
    if (answer.status !== 'OK') throw new Error(answer.raw);
    await this.secure(options);
    return this.reply();
  }

  plain(user: string, password: string, authorization = ''): Promise<SieveReply> {
    const response = Buffer.from(`${authorization}\0${user}\0${password}`).toString('base64');
    return this.command(`AUTHENTICATE "PLAIN" "${response}"`);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** Where the first line of the octets ends, with the literals it announces; undefined when it is not all there. */
function lineEnd(buffer: Buffer): number | undefined {
  let from = 0;
  for (;;) {
    const end = buffer.indexOf('\r\n', from);
    if (end === -1) return undefined;
    const literal = /\{(\d+)\}$/.exec(buffer.subarray(from, end).toString('latin1'));
    if (literal === null) return end + 2;
    from = end + 2 + Number(literal[1]);
    if (buffer.length < from) return undefined;
  }
}

/** A quoted string or a literal as text. */
function unquote(text: string): string {
  if (text.startsWith('{')) return text.slice(text.indexOf('\n') + 1);
  return text.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
}
