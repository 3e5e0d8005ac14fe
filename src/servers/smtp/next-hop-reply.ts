import { LineReader } from '../../net/lines.ts';
import { reply } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import { replyText } from '../../policy/replies.ts';

/** An answer as the next hop wrote it (RFC 5321 §4.2), codes taken off the lines. */
export interface NextHopReply {
  code: number;
  lines: string[];
}

/** The other side does not speak SMTP. */
export class ReplySyntaxError extends Error {}

/** RFC 5321 §4.5.3.1.5 says 512; some servers put whole explanations into one line. */
const MAX_LINE = 4096;
/** An EHLO answer has some twenty lines. */
const MAX_LINES = 200;
/** Lines of a refusal that are passed on to the client. */
const MAX_PASSED_LINES = 10;

/** Reads replies from the bytes of a connection, however they are cut. */
export class ReplyReader {
  readonly #lines = new LineReader(MAX_LINE);
  #code = 0;
  #text: string[] = [];

  /** Whether it holds bytes that are no whole reply yet. */
  get pending(): boolean {
    return this.#lines.pending > 0 || this.#text.length > 0;
  }

  /** The replies this chunk completes. Throws {@link ReplySyntaxError} or LineTooLong. */
  push(chunk: Buffer): NextHopReply[] {
    const replies: NextHopReply[] = [];
    for (const line of this.#lines.push(chunk)) {
      const match = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line);
      const code = Number(match?.[1]);
      if (match === null || (this.#text.length > 0 && code !== this.#code))
        throw new ReplySyntaxError(`no SMTP reply: ${replyText(line).slice(0, 80)}`);
      this.#code = code;
      this.#text.push(match[3] ?? '');
      if (this.#text.length > MAX_LINES) throw new ReplySyntaxError(`reply of more than ${MAX_LINES} lines`);
      if (match[2] === '-') continue;
      replies.push({ code, lines: this.#text });
      this.#text = [];
    }
    return replies;
  }
}

const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?: +|$)/;

/**
 * The next hop's answer for our client, in its own words. 421 becomes 451: it is that connection that ends, not ours
 * (RFC 5321 §3.8). An enhanced code of another class than the code is not believed (RFC 2034 §4).
 */
export function passedReply({ code, lines }: NextHopReply): Reply {
  const given = ENHANCED.exec(lines[0] ?? '')?.[1];
  const kind = String(code).charAt(0);
  const enhanced = given?.startsWith(kind) === true ? given : `${kind}.0.0`;
  const text = lines.slice(0, MAX_PASSED_LINES).map((line) => replyText(line.replace(ENHANCED, '')));
  return reply(code === 421 ? 451 : code, enhanced, text.length === 1 ? (text[0] ?? '') : text);
}

/** Keywords of an EHLO answer, upper-cased, with their parameters (RFC 5321 §4.1.1.1). */
export function ehloFeatures({ lines }: NextHopReply): Map<string, string> {
  const features = new Map<string, string>();
  for (const line of lines.slice(1)) {
    const [keyword = '', ...parameters] = line.trim().split(/[ =]+/);
    features.set(keyword.toUpperCase(), parameters.join(' '));
  }
  return features;
}
