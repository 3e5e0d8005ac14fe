import { connect } from 'node:net';
import type { Socket } from 'node:net';

export interface SmtpReply {
  code: number;
  /** Lines without their code. */
  lines: string[];
  /** All of it on one line. */
  text: string;
}

/** A plain SMTP client that shows every reply, for tests of what a server really says. */
export class SmtpTalk {
  readonly socket: Socket;
  #buffer = '';
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#buffer += text;
      this.#wake?.();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** Connects, reads the greeting and says EHLO. */
  static async open(port: number, helo = 'client.example'): Promise<SmtpTalk> {
    const talk = await SmtpTalk.connect(port);
    await talk.reply();
    await talk.command(`EHLO ${helo}`);
    return talk;
  }

  /** Connects and reads nothing yet. */
  static async connect(port: number): Promise<SmtpTalk> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new SmtpTalk(socket);
  }

  /** The next reply, whole (RFC 5321 §4.2.1). */
  async reply(): Promise<SmtpReply> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r?\n)*\d{3}(?: .*)?\r?\n/.exec(this.#buffer);
      if (match !== null) {
        this.#buffer = this.#buffer.slice(match[0].length);
        const lines = match[0].trimEnd().split(/\r?\n/);
        return {
          code: Number(lines[0]?.slice(0, 3)),
          lines: lines.map((line) => line.slice(4)),
          text: lines.join(' '),
        };
      }
      if (this.#closed) throw new Error(`the server hung up; unread: ${JSON.stringify(this.#buffer)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  async command(line: string): Promise<SmtpReply> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** MAIL to the final dot; returns the first reply that refuses (of RCPT: when all are refused), or the last. */
  async mail(sender: string, recipients: readonly string[], message: string | Buffer): Promise<SmtpReply> {
    const from = await this.command(`MAIL FROM:<${sender}>`);
    if (from.code !== 250) return from;
    let accepted = 0;
    let refusal = from;
    for (const recipient of recipients) {
      const answer = await this.command(`RCPT TO:<${recipient}>`);
      if (answer.code === 250) accepted++;
      else refusal = answer;
    }
    if (accepted === 0) return refusal;
    const data = await this.command('DATA');
    if (data.code !== 354) return data;
    this.send(dotStuffed(message));
    return this.reply();
  }

  async quit(): Promise<void> {
    await this.command('QUIT').catch(() => undefined);
    this.socket.destroy();
  }
}

/** A message as DATA wants it (RFC 5321 §4.5.2), with the final dot. */
export function dotStuffed(message: string | Buffer): Buffer {
  const text = typeof message === 'string' ? message : message.toString('latin1');
  const lines = text.replaceAll(/^\./gm, '..');
  return Buffer.from(`${lines}${lines.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1');
}
