/**
 * A message as it goes over the wire after DATA (RFC 5321 §4.5.2): a dot before each dot that begins a line, CRLF at
 * the end, the final dot. Bare CR and LF become CRLF: what goes out of here must mean the same to every server.
 * Yields slices of the pieces and short constants; nothing of the message is copied.
 */
export function* encodeData(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  // What the last octet was: the start of a line, a CR still without its LF, or text.
  let state: 'start' | 'cr' | 'text' = 'start';
  for (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let from = 0;
    let at = 0;
    while (at < bytes.length) {
      if (state === 'cr') {
        // The CR itself has been yielded; its LF follows here or is made up.
        if (bytes[at] === LF) at++;
        else {
          yield* slice(bytes, from, at);
          yield LINE_FEED;
          from = at;
        }
        state = 'start';
      } else if (state === 'start' && bytes[at] === DOT) {
        yield* slice(bytes, from, at);
        yield STUFFING;
        from = at;
        at++;
        state = 'text';
      } else {
        const end = lineEnd(bytes, at);
        if (end === bytes.length) {
          at = end;
          state = 'text';
        } else if (bytes[end] === CR) {
          at = end + 1;
          state = 'cr';
        } else {
          yield* slice(bytes, from, end);
          yield CARRIAGE_RETURN;
          from = end;
          at = end + 1;
          state = 'start';
        }
      }
    }
    yield* slice(bytes, from, bytes.length);
  }
  if (state === 'text') yield CRLF;
  if (state === 'cr') yield LINE_FEED;
  yield FINAL_DOT;
}

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const STUFFING = Buffer.from('.');
const CRLF = Buffer.from('\r\n');
const CARRIAGE_RETURN = Buffer.from('\r');
const LINE_FEED = Buffer.from('\n');
const FINAL_DOT = Buffer.from('.\r\n');

function* slice(bytes: Buffer, from: number, to: number): Generator<Uint8Array> {
  if (to > from) yield bytes.subarray(from, to);
}

/** Index of the next CR or LF, or the length. Looks at each octet once. */
function lineEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] !== CR && bytes[end] !== LF) end++;
  return end;
}
