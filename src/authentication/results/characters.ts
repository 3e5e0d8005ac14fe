/**
 * Hands over a value of words, quoted strings and comments (RFC 8601 §2.2) character by character: comments left out,
 * quoted strings undone. `quoted`: the character stands for itself; '' tells that a quoted string begins. Ends when
 * `take` returns true for one that is not quoted. False when a comment or a quoted string does not end.
 */
export function readCharacters(text: string, take: (character: string, quoted: boolean) => boolean): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\' && (quoted || depth > 0)) {
      at++;
      if (quoted) take(text.charAt(at), true);
    } else if (quoted) {
      if (character === '"') quoted = false;
      else take(character, true);
    } else if (character === '(') {
      depth++;
    } else if (depth > 0) {
      if (character === ')') depth--;
    } else if (character === '"') {
      quoted = true;
      take('', true);
    } else if (take(character, false)) return true;
  }
  return !quoted && depth === 0;
}
