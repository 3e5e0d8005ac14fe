import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { LineReader } from '../../src/net/lines.ts';

/** A client that sends any bytes and reads replies, for what no decent client would do. */
export class Wire {
  #socket: Socket;
  #reader = new LineReader(100_000);
  #lines: string[] = [];
  #wake: (() => void) | undefined;
  closed = false;

  constructor(endpoint: Endpoint) {
    this.#socket = connect({ ...endpoint, noDelay: true });
    this.#listen();
  }

  /** Connects and reads the greeting. */
  static async greeted(endpoint: Endpoint, before = ''): Promise<Wire> {
    const wire = new Wire(endpoint);
    if (before !== '') wire.write(before);
    const greeting = await wire.reply();
    if (!greeting.startsWith('220 ')) throw new Error(`greeted with ${greeting}`);
    return wire;
  }

  #listen(): void {
    this.#socket.on('data', (chunk: Buffer) => {
      this.#lines.push(...this.#reader.push(chunk));
      this.#wake?.();
    });
    this.#socket.on('close', () => {
      this.closed = true;
      this.#wake?.();
    });
    this.#socket.on('error', () => undefined);
  }

  write(text: string | Uint8Array): void {
    this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'utf8') : text);
  }

  /** The next reply, its lines joined with `|`; 'closed' when the connection ended. Rejects after ten seconds. */
  async reply(): Promise<string> {
    const end = Date.now() + 10_000;
    for (;;) {
      const last = this.#lines.findIndex((line) => /^\d{3}(?: |$)/.test(line));
      if (last >= 0) return this.#lines.splice(0, last + 1).join('|');
      if (this.closed) return 'closed';
      const left = end - Date.now();
      if (left <= 0) throw new Error(`no reply; lines so far: ${this.#lines.join('|')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async command(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** EHLO, MAIL, RCPTs and DATA; the message is the caller's. */
  async envelope(sender: string, ...recipients: string[]): Promise<string[]> {
    const answers = [await this.command(`MAIL FROM:<${sender}>`)];
    for (const recipient of recipients) answers.push(await this.command(`RCPT TO:<${recipient}>`));
    answers.push(await this.command('DATA'));
    return answers;
  }

  async startTls(): Promise<{ authorized: boolean; protocol: string | null }> {
    this.#socket.removeAllListeners('data');
    const secured = connectTls({ socket: this.#socket, rejectUnauthorized: false });
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', reject);
    });
    this.#socket = secured;
    this.#reader = new LineReader(100_000);
    this.#lines = [];
    this.#listen();
    return { authorized: secured.authorized, protocol: secured.getProtocol() };
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
