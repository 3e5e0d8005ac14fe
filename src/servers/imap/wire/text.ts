const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of octets (each a character of `octets`) that are UTF-8; undefined when they are not. */
export function utf8Text(octets: string): string | undefined {
  // oxlint-disable-next-line no-control-regex
  if (!/[\x80-\xff]/.test(octets)) return octets;
  try {
    return decoder.decode(Buffer.from(octets, 'latin1'));
  } catch {
    return undefined;
  }
}
