import { tlsChannel } from '../../policy/sasl/tls-channel.ts';
import { ClientSocket } from '../lines/client-socket.ts';
import type { LineConnection, NewClient } from '../lines/line-server.ts';
import type { ManageSieveOptions } from './options.ts';
import { type Link, Session } from './session.ts';
import { CommandReader, UnreadableError } from './wire/reader.ts';
import type { Line, Response } from './wire/types.ts';
import { writeChallenge, writeResponse } from './wire/writer.ts';

/** Times the largest script that is read over when a client sends a larger one; beyond it, it is not worth the line. */
const SKIPPED_SCRIPTS = 16;

/** One client: its socket, TLS, and the times it may take. Runs its commands one after another. */
export class Connection implements LineConnection, Link {
  readonly #options: ManageSieveOptions;
  readonly #tls: NewClient['tls'];
  readonly #socket: ClientSocket;
  readonly #reader: CommandReader;
  readonly #session: Session;
  #loginDeadline: number;
  readonly ended: Promise<void>;

  constructor(client: NewClient, options: ManageSieveOptions) {
    this.#options = options;
    this.#tls = () => client.tls();
    this.#socket = new ClientSocket(client.socket, client.address, options.log);
    this.#loginDeadline = performance.now() + options.settings.loginTimeout * 1000;
    this.#session = new Session(options, { address: client.address }, this);
    this.#reader = new CommandReader(this.#limits());
    this.ended = this.#run()
      .catch((error: unknown) =>
        options.log.error({ err: error, client: client.address }, 'connection failed'),
      )
      .then(() => this.#socket.end());
  }

  get startTls(): boolean {
    return this.#tls() !== undefined;
  }

  drain(): void {
    this.#socket.drain();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async ask(challenge: Uint8Array): Promise<Line | undefined> {
    if (!(await this.#write(writeChallenge(challenge)))) return undefined;
    return this.#line();
  }

  async #run(): Promise<void> {
    await this.#write(this.#session.greeting());
    for (;;) {
      const line = await this.#line();
      if (line === undefined) return;
      const loggedIn = this.#session.account !== undefined;
      const { output, next } = await this.#session.execute(line);
      if (next === 'starttls') {
        if (!(await this.#upgrade(output))) return;
      } else if (!(await this.#write(output)) || next === 'close') return;
      if (loggedIn && this.#session.account === undefined)
        this.#loginDeadline = performance.now() + this.#options.settings.loginTimeout * 1000;
      this.#reader.limits = this.#limits();
    }
  }

  #limits() {
    const { settings, scriptBytes } = this.#options;
    const literal = this.#session.account === undefined ? settings.lineBytes : scriptBytes;
    return {
      line: settings.lineBytes,
      literal,
      skipped: literal === scriptBytes ? literal * SKIPPED_SCRIPTS : literal,
    };
  }

  /** The client's next line; undefined when there will be none, and the client has been told why. */
  async #line(): Promise<Line | undefined> {
    for (;;) {
      let line: Line | undefined;
      try {
        line = this.#reader.next();
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        return this.#bye({ status: 'BYE', text: error.message });
      }
      if (line !== undefined) return line;
      const chunk = this.#socket.read();
      if (chunk !== null) {
        this.#reader.push(chunk);
        continue;
      }
      if (this.#socket.gone) return undefined;
      if (this.#socket.draining && !this.#reader.busy)
        return this.#bye({ status: 'BYE', code: { name: 'TRYLATER' }, text: 'Service going down' });
      if ((await this.#socket.wait(this.#patience())) === 'timeout')
        return this.#bye({ status: 'BYE', text: 'You have been silent for too long' });
    }
  }

  /** Milliseconds the client may still take. */
  #patience(): number {
    return this.#session.account === undefined
      ? Math.max(0, this.#loginDeadline - performance.now())
      : this.#options.settings.idleTimeout * 1000;
  }

  async #bye(response: Response): Promise<undefined> {
    await this.#write(writeResponse(response));
    return undefined;
  }

  /** False when the client is gone, or does not read what it asked for. */
  #write(octets: Buffer): Promise<boolean> {
    return this.#socket.write(octets, this.#patience());
  }

  /** RFC 5804 §2.2. False when there is no TLS afterwards, and so no connection. */
  async #upgrade(output: Buffer): Promise<boolean> {
    const options = this.#tls();
    if (options === undefined) return false;
    // What came in clear after the command was put there by somebody who wants it taken for the client's.
    this.#reader.clear();
    const secure = await this.#socket.secure(options, output);
    if (secure === undefined) return false;
    this.#session.secured({ address: this.#socket.address, tls: tlsChannel(secure) });
    return this.#write(this.#session.greeting());
  }
}
