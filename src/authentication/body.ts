/**
 * The body in its canonical form before the verifier sees it. Both canonicalizations are idempotent, so the verifier
 * comes to the same hash, but on its fast path: handed the raw body of a hostile message (bare LFs, a blank on each
 * line, one line of megabytes) it allocates per line, or copies the square of the length.
 */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** RFC 6376 §3.4.3, with a bare LF taken as a line ending; empty lines at the end left out. */
export function simpleBody(raw: Uint8Array): Buffer {
  const end = withoutLineEndings(raw);
  let bare = 0;
  for (let at = raw.indexOf(LF); at >= 0 && at < end; at = raw.indexOf(LF, at + 1))
    if (at === 0 || raw[at - 1] !== CR) bare++;
  const body = Buffer.allocUnsafe(end + bare + 2);
  let to = 0;
  if (bare === 0) {
    body.set(raw.subarray(0, end));
    to = end;
  } else {
    for (let at = 0; at < end; at++) {
      const byte = raw[at] as number;
      if (byte === LF && (at === 0 || raw[at - 1] !== CR)) body[to++] = CR;
      body[to++] = byte;
    }
  }
  body[to++] = CR;
  body[to++] = LF;
  return body.subarray(0, to);
}

/** Where the line endings at the end of the body begin. A CR without LF is content. */
function withoutLineEndings(raw: Uint8Array): number {
  let end = raw.length;
  while (end > 0 && raw[end - 1] === LF) end -= end > 1 && raw[end - 2] === CR ? 2 : 1;
  return end;
}

/** RFC 6376 §3.4.4, with a bare LF taken as a line ending. A body of nothing but white space is empty. */
export function relaxedBody(raw: Uint8Array): Buffer {
  // Every line ending can grow by one byte, and the last line may get one.
  const body = Buffer.allocUnsafe(raw.length * 2 + 2);
  let to = 0;
  let blank = false;
  let lines = 0;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] as number;
    if (byte === LF || (byte === CR && raw[at + 1] === LF)) {
      if (byte === CR) at++;
      blank = false;
      lines++;
    } else if (byte === SPACE || byte === TAB) {
      blank = true;
    } else {
      // Line endings are written when something follows them, so that none are left at the end.
      for (; lines > 0; lines--) {
        body[to++] = CR;
        body[to++] = LF;
      }
      if (blank) body[to++] = SPACE;
      blank = false;
      body[to++] = byte;
    }
  }
  if (to === 0) return Buffer.alloc(0);
  body[to++] = CR;
  body[to++] = LF;
  return body.subarray(0, to);
}
