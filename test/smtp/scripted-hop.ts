import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { LineReader } from '../../src/net/lines.ts';
import type { TlsIdentity } from '../../src/net/tls.ts';

/** A reply, or one of `silence` and `hang up`. */
type Answer = string;

/** A next hop that does what a test tells it to, bad things included. */
export class ScriptedHop {
  features = ['PIPELINING', 'SIZE 100000000', '8BITMIME', 'SMTPUTF8', 'DSN'];
  greeting: Answer = '220 hop.example ESMTP';
  /** Answers by the start of the command; the longest that fits counts. `.` is the answer to the message. */
  answers = new Map<string, Answer>();
  /** Octets of a message after which it hangs up. */
  hangUpAfter = Infinity;
  tls: TlsIdentity | undefined;
  readonly commands: string[] = [];
  readonly messages: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => this.#serve(socket, true));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket, greet: boolean): void {
    this.#sockets.add(socket);
    const reader = new LineReader(50_000_000);
    let message: string[] | undefined;
    let octets = 0;
    const answer = (text: Answer): void => {
      if (text === 'hang up') socket.destroy();
      else if (text !== 'silence') socket.write(`${text}\r\n`);
    };
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      if (message !== undefined) octets += chunk.length;
      if (octets > this.hangUpAfter) {
        socket.destroy();
        return;
      }
      for (const line of reader.push(chunk)) {
        if (message === undefined) {
          this.commands.push(Buffer.from(line, 'latin1').toString('utf8'));
          const text = this.#answer(line);
          answer(text);
          if (line === 'DATA' && text.startsWith('354')) message = [];
          if (line === 'STARTTLS' && text.startsWith('220')) this.#startTls(socket);
          if (line === 'QUIT') socket.end();
        } else if (line === '.') {
          this.messages.push(message.map((text) => `${text.replace(/^\./, '')}\r\n`).join(''));
          message = undefined;
          answer(this.answers.get('.') ?? '250 2.0.0 hop has it');
        } else message.push(line);
      }
    });
    if (greet) answer(this.greeting);
  }

  #startTls(socket: Socket): void {
    if (this.tls === undefined) return;
    socket.removeAllListeners('data');
    this.#serve(new TLSSocket(socket, { isServer: true, ...this.tls }), false);
  }

  #answer(line: string): Answer {
    const known = [...this.answers.keys()].filter((start) => line.startsWith(start) && start !== '.');
    const longest = known.sort((a, b) => b.length - a.length)[0];
    if (longest !== undefined) return this.answers.get(longest) ?? 'silence';
    if (line.startsWith('EHLO')) {
      const lines = ['hop.example', ...this.features];
      return lines.map((text, i) => `250${i < lines.length - 1 ? '-' : ' '}${text}`).join('\r\n');
    }
    if (line === 'DATA') return '354 go on';
    if (line === 'STARTTLS') return '220 go on';
    return line === 'QUIT' ? '221 bye' : '250 2.0.0 Ok';
  }
}
