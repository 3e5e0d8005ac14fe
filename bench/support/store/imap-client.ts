import { connect, type Socket } from 'node:net';

/** What a command was answered with. */
export interface Answer {
  readonly status: 'OK' | 'NO' | 'BAD';
  /** All that came for it, octets as Latin-1. */
  readonly text: string;
  /** From the last octet sent to the last read, in milliseconds. */
  readonly took: number;
}

/**
 * The least of an IMAP client, so that a bench measures the server: one command at a time, its answer as text. It counts the
 * messages of the open mailbox as the server tells of them.
 */
export class BenchClient {
  /** Messages in the open mailbox. */
  exists = 0;
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #waiting:
    | { readonly end: Buffer; readonly done: (text: Buffer) => void; readonly fail: (error: Error) => void }
    | undefined;
  #number = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#look();
    });
    const gone = (): void => this.#waiting?.fail(new Error('the server has ended the connection'));
    socket.on('close', gone);
    socket.on('error', gone);
  }

  /** A connection that has read the greeting. */
  static async open(port: number): Promise<BenchClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new BenchClient(socket);
    await client.#until('* OK');
    return client;
  }

  /** Sends a line, or a line with one literal behind it (RFC 7888), and reads the answer. */
  async send(line: string, literal?: Uint8Array): Promise<Answer> {
    const tag = `x${++this.#number}`;
    const started = performance.now();
    if (literal === undefined) this.#socket.write(`${tag} ${line}\r\n`);
    else
      this.#socket.write(
        Buffer.concat([Buffer.from(`${tag} ${line} {${literal.length}+}\r\n`), literal, Buffer.from('\r\n')]),
      );
    const octets = await this.#until(`${tag} `);
    const took = performance.now() - started;
    const text = octets.toString('latin1');
    this.#count(text);
    const from = text.startsWith(`${tag} `) ? 0 : text.lastIndexOf(`\n${tag} `) + 1;
    const status = text.slice(from + tag.length + 1, from + tag.length + 4).trim();
    if (status !== 'OK' && status !== 'NO')
      throw new Error(`${line.slice(0, 80)}: ${text.slice(from, from + 200)}`);
    return { status, text, took };
  }

  /** The same; an error unless it is answered with OK. */
  async ok(line: string, literal?: Uint8Array): Promise<Answer> {
    const answer = await this.send(line, literal);
    if (answer.status !== 'OK') throw new Error(`${line.slice(0, 80)}: ${answer.text.slice(-200)}`);
    return answer;
  }

  end(): void {
    this.#socket.destroy();
  }

  #count(text: string): void {
    for (const [, number, what] of text.matchAll(/^\* (\d+) (EXISTS|EXPUNGE)\r$/gm))
      if (what === 'EXISTS') this.exists = Number(number);
      else this.exists--;
  }

  /** What comes up to the end of a line that begins so. */
  #until(beginning: string): Promise<Buffer> {
    return new Promise((done, fail) => {
      this.#waiting = { end: Buffer.from(beginning), done, fail };
      if (this.#socket.destroyed) fail(new Error('the server has ended the connection'));
      this.#look();
    });
  }

  #look(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || this.#chunks.at(-1)?.at(-1) !== 0x0a) return;
    const whole =
      this.#chunks.length === 1 ? (this.#chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#chunks);
    // One command at a time: the line that ends it is the last one there is.
    const last = whole.lastIndexOf('\n', whole.length - 2) + 1;
    if (!whole.subarray(last, last + waiting.end.length).equals(waiting.end)) {
      this.#chunks = [whole];
      return;
    }
    this.#chunks = [];
    this.#waiting = undefined;
    waiting.done(whole);
  }
}
