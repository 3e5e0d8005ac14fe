import type { ConnectionOptions } from 'node:tls';
import { LineClient, lineEnd } from './line-client.ts';

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
export class SieveClient extends LineClient {
  /** Text is UTF-8 here. */
  override send(text: string | Buffer): void {
    super.send(Buffer.from(text));
  }

  override get unread(): string {
    return this.pending.toString('utf8');
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
    const raw = await this.take(lineEnd);
    return { text: raw.subarray(0, -2).toString('utf8'), raw };
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
}

/** A quoted string or a literal as text. */
function unquote(text: string): string {
  if (text.startsWith('{')) return text.slice(text.indexOf('\n') + 1);
  return text.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1');
}
