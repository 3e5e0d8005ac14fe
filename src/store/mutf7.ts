const SPECIAL = /&|[^\x20-\x7e]+/g;

/**
 * Modified UTF-7, the encoding of mailbox names in IMAP4rev1 (RFC 3501 §5.1.3) and of folder names in Maildir++:
 * printable ASCII stands for itself, `&` is `&-`, everything else is `&` base64 of UTF-16BE with `,` for `/` `-`.
 * `special` are the runs that do not stand for themselves, and `&`.
 */
export function encodeMutf7(text: string, special = SPECIAL): string {
  return text.replace(special, (run) => {
    if (run === '&') return '&-';
    const bytes = Buffer.from(run, 'utf16le').swap16();
    return `&${bytes.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

/** What others have written, whichever way: runs that are none stand for themselves. */
export function readMutf7(encoded: string): string {
  return encoded.replace(/&([A-Za-z0-9+,]*)-/g, (run, base64: string) => {
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    const text = bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : '';
    return text !== '' && text.isWellFormed() ? text : run;
  });
}

/** Undefined when the text is not exactly what {@link encodeMutf7} writes for some text. */
export function decodeMutf7(encoded: string, special = SPECIAL): string | undefined {
  const text = encoded.replace(/&([A-Za-z0-9+,]*)-/g, (_, base64: string) => {
    if (base64 === '') return '&';
    const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64');
    return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : '';
  });
  // One name on the disk, one mailbox: other spellings of the same text are not taken.
  return text.isWellFormed() && encodeMutf7(text, special) === encoded ? text : undefined;
}
