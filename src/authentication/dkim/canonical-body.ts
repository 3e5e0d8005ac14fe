/**
 * The body in the form that is hashed (RFC 6376 §3.4.3, §3.4.4), handed on in pieces. A bare LF counts as CRLF. Work is
 * a constant per byte whatever the body holds: no allocation and no call per line or per blank, one pass.
 */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** Small enough for the processor's cache, large enough that a call of the hash costs nothing beside its work. */
const CHUNK = 16_384;
/** A run this long is handed on from where it lies; below it, copying is cheaper than another call. */
const LONG_RUN = 2_048;
/** Below this a loop is faster than the call that copies. */
const SHORT_RUN = 48;

/** Collects the pieces of a canonical body into larger ones. What `write` gets is valid until it returns. */
export class BodySink {
  private readonly write: (bytes: Uint8Array) => void;
  private readonly chunk = Buffer.allocUnsafe(CHUNK);
  private used = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.write = write;
  }

  /** Takes `bytes[start, end)`. */
  range(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= 0) return;
    if (length >= LONG_RUN) {
      this.flush();
      this.write(bytes.subarray(start, end));
      return;
    }
    if (this.used + length > CHUNK) this.flush();
    const { chunk } = this;
    if (length < SHORT_RUN) {
      let to = this.used;
      for (let at = start; at < end; at++) chunk[to++] = bytes[at] as number;
    } else chunk.set(bytes.subarray(start, end), this.used);
    this.used += length;
  }

  byte(value: number): void {
    if (this.used === CHUNK) this.flush();
    this.chunk[this.used++] = value;
  }

  flush(): void {
    if (this.used > 0) this.write(this.chunk.subarray(0, this.used));
    this.used = 0;
  }
}

/** RFC 6376 §3.4.3: as it is, with one CRLF at the end in place of all empty lines there; an empty body is a CRLF. */
export function simpleBody(body: Uint8Array, sink: BodySink): void {
  const end = endOfLines(body);
  let from = 0;
  const lineFeed = (at: number): void => {
    if (body[at] !== LF || (at > 0 && body[at - 1] === CR)) return;
    sink.range(body, from, at);
    sink.byte(CR);
    from = at;
  };
  // Four bytes at a time where they hold no LF: a third of the time it takes byte by byte, and no call per line, which
  // would make a body of nothing but line endings dear.
  const start = Math.min(-body.byteOffset & 3, end);
  const count = (end - start) >> 2;
  const words = count === 0 ? new Int32Array(0) : new Int32Array(body.buffer, body.byteOffset + start, count);
  for (let at = 0; at < start; at++) lineFeed(at);
  for (let i = 0; i < words.length; i++) {
    if (!hasLf(words[i] as number)) continue;
    const at = start + i * 4;
    lineFeed(at);
    lineFeed(at + 1);
    lineFeed(at + 2);
    lineFeed(at + 3);
  }
  for (let at = start + words.length * 4; at < end; at++) lineFeed(at);
  sink.range(body, from, end);
  lineEnd(sink);
}

/** Whether one of four bytes is LF: only when a byte is zero does the subtraction borrow into a top bit that was clear. */
function hasLf(word: number): boolean {
  const zeroes = word ^ 0x0a0a0a0a;
  return ((zeroes - 0x01010101) & ~zeroes & 0x80808080) !== 0;
}

/** Where the line endings at the end begin. A CR without LF is content. */
function endOfLines(body: Uint8Array): number {
  let end = body.length;
  while (end > 0 && body[end - 1] === LF) end -= end > 1 && body[end - 2] === CR ? 2 : 1;
  return end;
}

/**
 * RFC 6376 §3.4.4: runs of blanks are one space, none before a line ending, no empty lines at the end. A body of nothing
 * else is empty, without a line ending.
 */
export function relaxedBody(body: Uint8Array, sink: BodySink): void {
  const end = endOfContent(body);
  if (end === 0) return;
  let from = 0;
  let at = 0;
  for (;;) {
    while (at < end && (body[at] as number) > SPACE) at++;
    if (at >= end) break;
    const byte = body[at];
    if (byte === SPACE || byte === TAB) {
      let next = at + 1;
      while (next < end && (body[next] === SPACE || body[next] === TAB)) next++;
      if (startsLineEnd(body, next, end)) {
        sink.range(body, from, at);
        from = next;
      } else if (byte === TAB || next > at + 1) {
        sink.range(body, from, at);
        sink.byte(SPACE);
        from = next;
      }
      at = next;
    } else if (byte === CR && body[at + 1] === LF) at += 2;
    else {
      if (byte === LF) {
        sink.range(body, from, at);
        sink.byte(CR);
        from = at;
      }
      at++;
    }
  }
  sink.range(body, from, end);
  lineEnd(sink);
}

/** Where the white space at the end begins: blanks and line endings; a CR without LF is content. */
function endOfContent(body: Uint8Array): number {
  let end = body.length;
  for (;;) {
    const last = end > 0 ? body[end - 1] : 0;
    if (last === LF) end -= end > 1 && body[end - 2] === CR ? 2 : 1;
    else if (last === SPACE || last === TAB) end--;
    else return end;
  }
}

function startsLineEnd(body: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  return body[at] === LF || (body[at] === CR && body[at + 1] === LF);
}

function lineEnd(sink: BodySink): void {
  sink.byte(CR);
  sink.byte(LF);
}
