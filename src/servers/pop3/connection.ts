import { setImmediate as nextTurn } from 'node:timers/promises';
import { tlsChannel } from '../../policy/sasl/tls-channel.ts';
import { ClientSocket } from '../lines/client-socket.ts';
import type { LineConnection, NewClient } from '../lines/line-server.ts';
import type { UserCounts } from '../lines/user-counts.ts';
import type { LoginTimes } from './login-times.ts';
import type { Pop3Options } from './options.ts';
import { Pop3Session } from './session.ts';
import { ClientGone, type Link } from './types.ts';
import { LineReader, UnreadableError } from './wire/reader.ts';

/** Commands that run without the others getting a turn, when a client sends many at once. */
const COMMANDS_A_TURN = 32;

/** One client: its socket, TLS, and the times it may take. Runs its commands one after another. */
export class Connection implements LineConnection, Link {
  readonly ended: Promise<void>;
  readonly #options: Pop3Options;
  readonly #tls: NewClient['tls'];
  readonly #socket: ClientSocket;
  readonly #reader: LineReader;
  readonly #session: Pop3Session;
  readonly #loginDeadline: number;

  constructor(
    client: NewClient,
    options: Pop3Options,
    shared: { readonly users: UserCounts; readonly loginTimes: LoginTimes },
  ) {
    this.#options = options;
    this.#tls = () => client.tls();
    this.#socket = new ClientSocket(client.socket, client.address, options.log);
    this.#reader = new LineReader(options.settings.lineBytes);
    this.#loginDeadline = performance.now() + options.settings.loginTimeout * 1000;
    this.#session = new Pop3Session(options, { address: client.address }, this, shared);
    this.ended = this.#run(client.implicitTls)
      .catch((error: unknown) => {
        if (error instanceof ClientGone) return;
        options.log.error({ err: error, client: client.address }, 'connection failed');
      })
      .then(() => {
        this.#session.end();
        return this.#socket.end();
      });
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

  async write(octets: Buffer): Promise<void> {
    if (!(await this.#socket.write(octets, this.#patience()))) throw new ClientGone('gone');
  }

  async line(): Promise<string> {
    const line = await this.#next();
    if (line === undefined) throw new ClientGone('gone');
    return line;
  }

  async #run(implicitTls: boolean): Promise<void> {
    if (implicitTls && !(await this.#upgrade())) return;
    this.#session.greet();
    for (let count = 1; ; count++) {
      const line = await this.#next();
      if (line === undefined) return;
      const afterwards = await this.#session.execute(line);
      if (afterwards === 'close') return this.#session.sendNow();
      if (afterwards === 'stls') {
        // What came in clear after the command was put there by somebody who wants it taken for the client's.
        this.#reader.clear();
        if (!(await this.#upgrade(this.#session.takeOutput()))) return;
      }
      if (count % COMMANDS_A_TURN === 0) await nextTurn();
    }
  }

  /** The client's next line; undefined when there will be none. Answers wait until there is no further command. */
  async #next(): Promise<string | undefined> {
    for (;;) {
      let line: string | undefined;
      try {
        line = this.#reader.next();
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        return this.#farewell(error.message);
      }
      if (line !== undefined) return line;
      const chunk = this.#socket.read();
      if (chunk !== null) {
        this.#reader.push(chunk);
        continue;
      }
      await this.#session.sendNow();
      if (this.#socket.gone) return undefined;
      if (this.#socket.draining && !this.#reader.busy) return this.#farewell('Service going down');
      // RFC 1939 §3: who is silent for too long hears nothing more.
      if ((await this.#socket.wait(this.#patience())) === 'timeout') return undefined;
    }
  }

  async #farewell(text: string): Promise<undefined> {
    this.#session.send(`-ERR [SYS/TEMP] ${text}`);
    await this.#session.sendNow();
    return undefined;
  }

  /** Milliseconds the client may still take. */
  #patience(): number {
    return this.#session.state === 'authorization'
      ? Math.max(0, this.#loginDeadline - performance.now())
      : this.#options.settings.idleTimeout * 1000;
  }

  async #upgrade(output?: Buffer): Promise<boolean> {
    const options = this.#tls();
    if (options === undefined) return false;
    const secure = await this.#socket.secure(options, output);
    if (secure === undefined) return false;
    this.#session.secured({ address: this.#socket.address, tls: tlsChannel(secure) });
    return true;
  }
}
