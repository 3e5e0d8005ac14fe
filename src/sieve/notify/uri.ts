/** Parts of URIs (RFC 3986) that the methods share. */

/** A URI: printable ASCII without what must be encoded, and every `%` with its two digits (RFC 3986 §2). */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:(?:[!#$&-;=?-Z[\]_a-z~]|%[0-9a-f]{2})*$/i.test(text);
}

export function schemeOf(uri: string): string {
  return /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
}

/** Undoes percent-encoding; undefined when the octets are not UTF-8. A `+` stands for itself (RFC 6068 §5). */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Percent-encodes all but the unreserved characters (RFC 3986 §2.3), octet by octet of UTF-8. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
