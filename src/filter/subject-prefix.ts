/** Bytes of text in one encoded word: 75 characters at most (RFC 2047 §2) less `=?utf-8?b??=`, in threes. */
const CHUNK = 45;

/**
 * A prefix and the subject as received, as the value of a new Subject field. A subject in ASCII, encoded words
 * included, stays as it is; one with raw 8-bit bytes is encoded (RFC 2047), as is the prefix where it needs to be.
 */
export function encodeSubject(prefix: string, rawValue: string, text = ''): string {
  // Folds come with either line ending; anything else that ends a line becomes a space.
  const unfolded = rawValue
    .replaceAll(/\r?\n(?=[ \t])/g, '\n')
    .replaceAll(/[\r\n](?![ \t])|\r/g, ' ')
    .trim();
  const subject = /^[\x20-\x7e\t\n]*$/.test(unfolded) ? unfolded : encodeWords(text);
  const plain = prefix.replaceAll(/\p{Cc}+/gu, ' ').trim();
  if (plain === '') return subject;
  const start = /^[\x20-\x7e]*$/.test(plain) ? plain : encodeWords(plain);
  return subject === '' ? start : `${start} ${subject}`;
}

/** Text as UTF-8 encoded words, folded between them; white space between encoded words is not shown (RFC 2047 §6.2). */
function encodeWords(text: string): string {
  const words: string[] = [];
  let chunk = '';
  let bytes = 0;
  const flush = () => words.push(`=?utf-8?b?${Buffer.from(chunk).toString('base64')}?=`);
  // A word holds whole characters (RFC 2047 §5).
  for (const character of text.replaceAll(/\p{Cc}+/gu, ' ')) {
    const size = Buffer.byteLength(character);
    if (bytes + size > CHUNK) {
      flush();
      chunk = '';
      bytes = 0;
    }
    chunk += character;
    bytes += size;
  }
  if (chunk !== '') flush();
  return words.join('\n ');
}
