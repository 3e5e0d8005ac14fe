/** Preferred and greatest length of a header line without its line ending (RFC 5322 §2.1.1). */
const PREFERRED = 78;
const GREATEST = 998;

/**
 * Folds a field's value (RFC 5322 §2.2.3) with `\n` before white space that is already there, so that lines stay
 * within 78 characters where they can and within 998 always: a longer word is broken, which adds a space to it.
 * Folds already in the value are undone first.
 */
export function foldHeaderValue(name: string, value: string): string {
  const flat = value.replace(/\r?\n(?=[ \t])/g, '').trim();
  const words = flat.split(/(?=[ \t])/).flatMap(breakWord);
  let out = '';
  let length = name.length + 2;
  for (const word of words) {
    // A line of white space only is no fold, so a word of white space stays on the line it is on.
    const folds = out !== '' && out.trim() !== '' && word.trim() !== '' && /^[ \t]/.test(word);
    if (folds && length + word.length > PREFERRED) {
      out += '\n';
      length = 0;
    }
    out += word;
    length += word.length;
  }
  return out;
}

/** Pieces of a word that fit a line each; all but the first begin with a space. */
function breakWord(word: string): string[] {
  if (word.length <= GREATEST - PREFERRED) return [word];
  const pieces: string[] = [];
  for (let at = 0; at < word.length; at += GREATEST - PREFERRED)
    pieces.push((at === 0 ? '' : ' ') + word.slice(at, at + GREATEST - PREFERRED));
  return pieces;
}
