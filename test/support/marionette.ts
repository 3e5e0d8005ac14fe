import { connect, type Socket } from 'node:net';

/**
 * Drives Thunderbird (or Firefox) over Marionette, the protocol its `--marionette` serves: packets of `length:json`, a
 * command `[0, id, name, parameters]`, an answer `[1, id, error, result]`.
 */
export class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #held: Buffer = Buffer.alloc(0);
  #last = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the program is gone'));
    });
  }

  /** Waits until the port answers; `seconds` at most. */
  static async connect(port: number, seconds: number): Promise<Marionette> {
    for (const end = Date.now() + seconds * 1000; ; ) {
      try {
        const socket = await new Promise<Socket>((resolve, reject) => {
          const one = connect(port, '127.0.0.1', () => resolve(one));
          one.on('error', reject);
        });
        return new Marionette(socket);
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  /** Rejects with what the program says. */
  command(name: string, parameters: object = {}): Promise<unknown> {
    const id = ++this.#last;
    const packet = Buffer.from(JSON.stringify([0, id, name, parameters]));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(Buffer.concat([Buffer.from(`${packet.length}:`), packet]));
    });
  }

  /** Runs the body of an asynchronous function in the program's own context, with `args`; its JSON result. */
  async run(body: string, ...args: readonly unknown[]): Promise<unknown> {
    const script = `const done = arguments[arguments.length - 1];
      (async (...args) => { ${body} })(...Array.from(arguments).slice(0, -1)).then(
        (value) => done({ value: value === undefined ? null : value }),
        (error) => done({ error: String(error) + ' ' + (error && error.stack) }));`;
    const answer = await this.command('WebDriver:ExecuteAsyncScript', { script, args });
    const { value } = answer as { value: { value?: unknown; error?: string } };
    if (value.error !== undefined) throw new Error(value.error);
    return value.value;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    for (;;) {
      const colon = this.#held.indexOf(':');
      if (colon === -1) return;
      const length = Number(this.#held.toString('latin1', 0, colon));
      if (this.#held.length < colon + 1 + length) return;
      const packet: unknown = JSON.parse(this.#held.toString('utf8', colon + 1, colon + 1 + length));
      this.#held = this.#held.subarray(colon + 1 + length);
      // The first packet greets, with an object.
      if (!Array.isArray(packet)) continue;
      const [, id, error, result] = packet as [number, number, { message: string } | null, unknown];
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error !== null) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    }
  }
}
