/** Subject's words without what answers and forwards put around them. */
export interface BaseSubject {
  /** In the case in which it was written. */
  readonly text: string;
  readonly reply: boolean;
}

/** `[anything without brackets]` and the white space after it. */
const BLOB = /\[[^[\]]*\][ \t]*/y;
/** `Re:`, `Fwd[2]:`. */
const REPLY_MARK = /(?:re|fwd?)[ \t]*/iy;
const FORWARD_TAIL = /(?:[ \t]|\(fwd\))$/i;

function matchEnd(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}

/** End of `Re[blob]:` at `at`, blobs before it included; `at` when there is none. */
function leaderEnd(text: string, at: number): number {
  let place = at;
  for (let next = matchEnd(BLOB, text, place); next !== place; next = matchEnd(BLOB, text, place))
    place = next;
  let mark = matchEnd(REPLY_MARK, text, place);
  if (mark === place) return at;
  mark = matchEnd(BLOB, text, mark);
  return text[mark] === ':' ? mark + 1 : at;
}

/**
 * The base subject of a decoded Subject field, by the six steps of RFC 5256 §2.1. Only the first characters of a very long
 * one count: rows of brackets are looked at more than once.
 */
export function baseSubject(subject: string): BaseSubject {
  let text = subject.slice(0, MAX_CHARACTERS).replace(/[\t\r\n ]+/g, ' ');
  let reply = false;
  for (let wrapped = 0; wrapped < MAX_WRAPPERS; wrapped++) {
    let end = text.length;
    for (;;) {
      const tail = FORWARD_TAIL.exec(text.slice(Math.max(0, end - 5), end))?.[0].length ?? 0;
      if (tail === 0) break;
      if (tail > 1) reply = true;
      end -= tail;
    }
    let start = 0;
    for (;;) {
      if (start < end && text[start] === ' ') {
        start++;
        continue;
      }
      const leader = leaderEnd(text, start);
      if (leader > start && leader <= end) {
        reply = true;
        start = leader;
        continue;
      }
      const blob = matchEnd(BLOB, text, start);
      // A blob goes unless nothing would be left.
      if (blob > start && blob < end) {
        start = blob;
        continue;
      }
      break;
    }
    text = text.slice(start, Math.max(start, end));
    if (!/^\[fwd:.*\]$/i.test(text)) break;
    reply = true;
    text = text.slice(5, -1);
  }
  return { text, reply };
}

/** Twice the longest line that mail may have (RFC 5322 §2.1.1). */
const MAX_CHARACTERS = 2_000;
/** Mail forwarded more often inside brackets is the work of a machine. */
const MAX_WRAPPERS = 16;
