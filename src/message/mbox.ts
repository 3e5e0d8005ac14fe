import { createReadStream } from 'node:fs';
import { asBuffer } from './charset.ts';

export interface MboxOptions {
  /** Bytes of one message that are kept; the rest of a longer one is left out. */
  messageBytes?: number;
}

/** The largest message mail systems are set to take: a file that is no mbox is then not held in memory whole. */
const MESSAGE_BYTES = 100 * 1024 * 1024;
/** A longer line is passed on in pieces; a From_ line is shorter. */
const MAX_LINE = 65_536;
const EMPTY = Buffer.alloc(0);
const FROM = Buffer.from('From ');
const LINE_FROM = Buffer.from('\nFrom ');
const LINE_QUOTE = Buffer.from('\n>');
/** From_ line (RFC 4155): with a time and a year, which text that begins with "From " hardly has. */
const FROM_LINE = /^From .{0,200}?\d{1,2}:\d{2}.{0,40}?\d{4}/;

/** A message of an mbox with the line before it. */
export interface MboxEntry {
  /** Without its end; '' where what was read is no mbox. */
  readonly fromLine: string;
  readonly octets: Uint8Array;
}

/** Finds the From_ lines in a stream of chunks. */
class MboxSplitter {
  private readonly maximum: number;
  private pieces: Buffer[] = [];
  private size = 0;
  /** The line that is not complete yet. */
  private rest: Buffer = EMPTY;
  /** The next byte taken is the first of a line. */
  private atLineStart = true;
  /** Last bytes taken, to see an empty line before a From_ line. */
  private last = '\n\n';
  /** Before the message that is being taken. */
  private fromLine = '';
  /** The file began with a From_ line. */
  private mbox: boolean | undefined;

  constructor(maximum: number) {
    this.maximum = maximum;
  }

  /** Takes a chunk; the messages that ended in it. */
  *take(chunk: Uint8Array): Generator<MboxEntry> {
    const data = this.rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.rest, chunk]);
    const lines = data.lastIndexOf(0x0a) + 1;
    const whole = data.length - lines > MAX_LINE ? data.length : lines;
    // Chunks may be reused by whoever reads them: what waits is a copy.
    this.rest = Buffer.from(data.subarray(whole));
    yield* this.split(data.subarray(0, whole));
  }

  /** The end of the stream: the last message. */
  *end(): Generator<MboxEntry> {
    yield* this.split(this.rest);
    this.rest = EMPTY;
    yield* this.message();
  }

  private *split(data: Buffer): Generator<MboxEntry> {
    if (data.length === 0) return;
    this.mbox ??= data.subarray(0, FROM.length).equals(FROM);
    if (!this.mbox) {
      this.add(data);
      return;
    }
    let from = 0;
    let at = this.atLineStart && data.subarray(0, FROM.length).equals(FROM) ? 0 : this.nextFrom(data, 0);
    while (at >= 0) {
      const lineEnd = data.indexOf(0x0a, at);
      const end = lineEnd < 0 ? data.length : lineEnd + 1;
      this.add(data.subarray(from, at));
      from = at;
      const line = data.toString('latin1', at, Math.min(end, at + 300));
      if (this.afterEmptyLine() && FROM_LINE.test(line)) {
        yield* this.message();
        this.fromLine = line.trimEnd();
        from = end;
        this.last = '\n\n';
      }
      at = this.nextFrom(data, end - 1);
    }
    this.add(data.subarray(from));
    this.atLineStart = data[data.length - 1] === 0x0a;
  }

  private nextFrom(data: Buffer, at: number): number {
    const found = data.indexOf(LINE_FROM, at);
    return found < 0 ? -1 : found + 1;
  }

  private afterEmptyLine(): boolean {
    return /\n\r?\n$/.test(this.last);
  }

  private add(data: Buffer): void {
    if (data.length === 0) return;
    this.last = (this.last + data.toString('latin1', Math.max(0, data.length - 3))).slice(-3);
    const left = this.maximum - this.size;
    if (left <= 0) return;
    const piece = Buffer.from(data.subarray(0, left));
    this.pieces.push(piece);
    this.size += piece.length;
  }

  private *message(): Generator<MboxEntry> {
    const message = Buffer.concat(this.pieces);
    this.pieces = [];
    this.size = 0;
    if (message.length === 0) return;
    const octets = this.mbox === true ? unquote(withoutLastEmptyLine(message)) : message;
    yield { fromLine: this.fromLine, octets };
  }
}

/** The empty line before the next From_ line is not the message's. */
function withoutLastEmptyLine(message: Buffer): Buffer {
  const tail = message.toString('latin1', Math.max(0, message.length - 4));
  if (tail.endsWith('\r\n\r\n')) return message.subarray(0, -2);
  return tail.endsWith('\n\n') ? message.subarray(0, -1) : message;
}

/** Takes one `>` off each line of `>`s and `From ` (mboxrd; of mboxo's it undoes all that can be undone). */
function unquote(message: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = message.indexOf(LINE_QUOTE); at >= 0; ) {
    let quote = at + 1;
    while (message[quote] === 0x3e) quote++;
    if (message.subarray(quote, quote + FROM.length).equals(FROM)) {
      pieces.push(message.subarray(from, at + 1));
      from = at + 2;
    }
    at = message.indexOf(LINE_QUOTE, quote);
  }
  return pieces.length === 0 ? message : Buffer.concat([...pieces, message.subarray(from)]);
}

/**
 * The messages of an mbox (RFC 4155), given as a path or as chunks, one after another: without From_ lines, `>From `
 * unquoted. What does not begin with a From_ line is one message. Memory holds one message, cut at `messageBytes`,
 * and a chunk. Errors of the source are thrown.
 */
export async function* readMbox(
  source: string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: MboxOptions = {},
): AsyncGenerator<Uint8Array> {
  for await (const { octets } of readMboxEntries(source, options)) yield octets;
}

/** As {@link readMbox}, with the From_ lines. */
export async function* readMboxEntries(
  source: string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: MboxOptions = {},
): AsyncGenerator<MboxEntry> {
  const splitter = new MboxSplitter(options.messageBytes ?? MESSAGE_BYTES);
  const chunks =
    typeof source === 'string' ? (createReadStream(source) as AsyncIterable<Uint8Array>) : source;
  for await (const chunk of chunks) yield* splitter.take(chunk);
  yield* splitter.end();
}
