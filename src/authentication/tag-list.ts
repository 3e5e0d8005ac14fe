/**
 * The tags of a DKIM-Signature or ARC field, by name as written, white space around names and values removed
 * (RFC 6376 §3.2). Of a repeated tag the last one counts here; the verifier refuses such a list as a whole.
 */
export function parseTagList(rawValue: string): Map<string, string> {
  const tags = new Map<string, string>();
  for (const spec of rawValue.split(';')) {
    const equals = spec.indexOf('=');
    if (equals >= 0) tags.set(spec.slice(0, equals).trim(), spec.slice(equals + 1).trim());
  }
  return tags;
}

/** The field names of an `h=` tag, lower-cased, in order, repetitions kept (RFC 6376 §5.4.2). */
export function signedNames(tags: ReadonlyMap<string, string>): string[] {
  return (tags.get('h') ?? '')
    .replace(/[ \t\r\n]+/g, '')
    .toLowerCase()
    .split(':')
    .filter((name) => name !== '');
}

/**
 * Body half of `c=`; `simple` when it is not said, undefined when the tag is not `header` or `header/body` with the two
 * known names (RFC 6376 §3.5).
 */
export function bodyCanonicalization(tags: ReadonlyMap<string, string>): 'simple' | 'relaxed' | undefined {
  const match = /^(?:simple|relaxed)(?:\/(simple|relaxed))?$/i.exec(tags.get('c') ?? 'simple');
  if (match === null) return undefined;
  return match[1]?.toLowerCase() === 'relaxed' ? 'relaxed' : 'simple';
}
