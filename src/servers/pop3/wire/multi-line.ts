const LF = 0x0a;
const CR = 0x0d;
const DOT = 0x2e;
const LF_DOT = Buffer.from('\n.');

/**
 * A message as a multi-line response (RFC 1939 §3): a line that begins with a dot gets one more. A bare LF begins a line
 * here: many clients read lines that way, and what follows must not end the response for them.
 */
export class DotStuffer {
  #last = LF;
  #beforeLast = CR;

  /** Octets to be sent; the chunk itself when there is nothing to add. */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk;
    const first = this.#last === LF && chunk[0] === DOT;
    this.#beforeLast = chunk.length === 1 ? this.#last : (chunk[chunk.length - 2] ?? 0);
    this.#last = chunk[chunk.length - 1] ?? 0;
    let dots = first ? 1 : 0;
    for (let at = chunk.indexOf(LF_DOT); at !== -1; at = chunk.indexOf(LF_DOT, at + 2)) dots++;
    return dots === 0 ? chunk : stuffed(chunk, dots, first);
  }

  /** The end of the response, on a line of its own. */
  end(): Buffer {
    const whole = this.#last === LF && this.#beforeLast === CR;
    return Buffer.from(whole ? '.\r\n' : '\r\n.\r\n');
  }
}

function stuffed(chunk: Buffer, dots: number, first: boolean): Buffer {
  const out = Buffer.allocUnsafe(chunk.length + dots);
  let from = 0;
  let to = 0;
  if (first) out[to++] = DOT;
  for (let at = chunk.indexOf(LF_DOT); at !== -1; at = chunk.indexOf(LF_DOT, at + 2)) {
    to += chunk.copy(out, to, from, at + 1);
    out[to++] = DOT;
    from = at + 1;
  }
  chunk.copy(out, to, from);
  return out;
}
