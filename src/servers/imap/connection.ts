import { setImmediate as nextTurn } from 'node:timers/promises';
import { tlsChannel } from '../../policy/sasl/tls-channel.ts';
import { ClientSocket } from '../lines/client-socket.ts';
import type { LineConnection, NewClient } from '../lines/line-server.ts';
import type { UserCounts } from '../lines/user-counts.ts';
import type { ImapOptions } from './options.ts';
import { ImapSession } from './session.ts';
import type { Afterwards, Link, State } from './types.ts';
import { ClientGone } from './wire/errors.ts';
import { CommandReader, type Input, type ReaderLimits, UnreadableError } from './wire/reader.ts';

/** Times the largest message that is read over when a client sends a larger one; beyond it, it is not worth the line. */
const SKIPPED_MESSAGES = 4;
/** Commands that run without the others getting a turn, when a client sends many at once. */
const COMMANDS_A_TURN = 32;

/** One client: its socket, TLS, compression, and the times it may take. Runs its commands one after another. */
export class Connection implements LineConnection, Link {
  readonly ended: Promise<void>;
  readonly #options: ImapOptions;
  readonly #tls: NewClient['tls'];
  readonly #socket: ClientSocket;
  readonly #reader: CommandReader;
  readonly #session: ImapSession;
  #loginDeadline: number;
  /** There is news, and a command was half way in: nothing may change before it is read. */
  #woken = false;

  constructor(client: NewClient, options: ImapOptions, users: UserCounts) {
    this.#options = options;
    this.#tls = () => client.tls();
    this.#socket = new ClientSocket(client.socket, client.address, options.log);
    this.#loginDeadline = this.#loginEnd();
    this.#session = new ImapSession(options, { address: client.address }, this, users);
    this.#reader = new CommandReader(this.#limits(), options.memory.share());
    this.ended = this.#run(client.implicitTls)
      .catch((error: unknown) => {
        if (error instanceof ClientGone) return;
        options.log.error({ err: error, client: client.address }, 'connection failed');
      })
      .then(() => {
        this.#reader.release();
        this.#session.end();
        return this.#socket.end();
      });
  }

  get startTls(): boolean {
    return this.#tls() !== undefined;
  }

  get compressed(): boolean {
    return this.#socket.compressed;
  }

  drain(): void {
    this.#socket.drain();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  wake(): void {
    this.#socket.wake();
  }

  async write(octets: Buffer): Promise<void> {
    if (!(await this.#socket.write(octets, this.#patience()))) throw new ClientGone('gone');
  }

  async line(wakeable = false): Promise<string | undefined> {
    await this.#session.sendNow();
    for (;;) {
      const input = await this.#next(wakeable);
      if (input === undefined) throw new ClientGone('gone');
      if (input === 'woken') return undefined;
      // An answer with literals in it is none.
      if (input.type === 'line') return input.text;
      if (input.type === 'continue') throw new ClientGone('no answer');
      return '';
    }
  }

  async #run(implicitTls: boolean): Promise<void> {
    if (implicitTls && !(await this.#upgrade())) return;
    await this.#session.greet();
    for (let commands = 0; ; commands++) {
      const input = await this.#next(this.#session.notify.active);
      if (input === undefined) return;
      if (input === 'woken') await this.#session.tellNews();
      else if (input.type === 'continue') await this.write(Buffer.from('+ OK\r\n'));
      else if (!(await this.#after(await this.#execute(input)))) return;
      if (this.#session.afterwards === 'close') return;
      if (commands % COMMANDS_A_TURN === COMMANDS_A_TURN - 1) await nextTurn();
    }
  }

  async #execute(input: Exclude<Input, { type: 'continue' }>): Promise<Afterwards | undefined> {
    const before = this.#session.state;
    const afterwards = await this.#session.execute(input);
    this.#reader.release();
    if (before !== 'not-authenticated' && this.#state === 'not-authenticated')
      this.#loginDeadline = this.#loginEnd();
    this.#reader.limits = this.#limits();
    return afterwards;
  }

  /** False when the connection ends. */
  async #after(afterwards: Afterwards | undefined): Promise<boolean> {
    if (afterwards === 'starttls') {
      // What came in clear after the command was put there by somebody who wants it taken for the client's.
      this.#reader.clear();
      return this.#upgrade(this.#session.takeOutput());
    }
    if (afterwards === 'compress') {
      this.#reader.clear();
      this.#socket.compress();
    }
    return afterwards !== 'close';
  }

  /** The next input of the client; undefined when there will be none, and the client has been told why. */
  async #next(wakeable: boolean): Promise<Input | 'woken' | undefined> {
    for (;;) {
      let input: Input | undefined;
      try {
        input = this.#reader.next();
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        return this.#bye(error.message);
      }
      if (input !== undefined) return input;
      if (wakeable && this.#woken && !this.#reader.busy) {
        this.#woken = false;
        return 'woken';
      }
      const chunk = this.#socket.read();
      if (chunk !== null) {
        this.#reader.push(chunk);
        continue;
      }
      if (this.#socket.gone) return undefined;
      if (this.#socket.draining && !this.#reader.busy) return this.#bye('Service going down', 'UNAVAILABLE');
      const event = await this.#socket.wait(this.#patience());
      if (event === 'timeout') return this.#bye('You have been silent for too long');
      if (event === 'woken') this.#woken = true;
    }
  }

  async #bye(text: string, code?: string): Promise<undefined> {
    await this.#session.bye(text, code);
    return undefined;
  }

  get #state(): State {
    return this.#session.state;
  }

  #limits(): ReaderLimits {
    const { settings, appendLimit } = this.#options;
    if (this.#state === 'not-authenticated') {
      const octets = settings.loginBytes;
      return { line: octets, literals: octets, message: 0, messages: 0, skipped: octets * SKIPPED_MESSAGES };
    }
    return {
      line: settings.lineBytes,
      literals: settings.literalBytes,
      message: appendLimit,
      messages: Math.max(appendLimit, settings.multiappendBytes),
      skipped: appendLimit * SKIPPED_MESSAGES,
    };
  }

  #loginEnd(): number {
    return performance.now() + this.#options.settings.loginTimeout * 1000;
  }

  /** Milliseconds the client may still take. */
  #patience(): number {
    return this.#session.state === 'not-authenticated'
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
