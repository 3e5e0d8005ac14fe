import type { ConnectionOptions } from 'node:tls';
import { LineClient } from './line-client.ts';

const DOT = 0x2e;
const CR = 0x0d;

/** A plain POP3 client that shows what a server really sends. Text is latin1: an octet a character. */
export class Pop3Client extends LineClient {
  greeting = '';

  /** Reads the greeting. */
  async greeted(): Promise<this> {
    this.greeting = await this.line();
    return this;
  }

  /** The next line without the CRLF. */
  async line(): Promise<string> {
    return (await this.#until('\r\n')).subarray(0, -2).toString('latin1');
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
    const first = await this.take((octets) =>
      octets.length < 3 ? undefined : octets[0] === DOT && octets[1] === CR ? 3 : 0,
    );
    if (first.length > 0) return first.subarray(3);
    const whole = await this.#until('\r\n.\r\n');
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

  #until(end: string): Promise<Buffer> {
    return this.take((octets) => {
      const at = octets.indexOf(end);
      return at === -1 ? undefined : at + end.length;
    });
  }
}
