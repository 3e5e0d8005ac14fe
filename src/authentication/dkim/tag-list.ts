/** A list of `tag=value` (RFC 6376 §3.2), as far as it could be read. */
export interface TagList {
  /** Values by name, both as written, white space around them removed, folding within values kept. */
  readonly tags: ReadonlyMap<string, string>;
  /** What is wrong with the list; the whole list is then invalid. */
  readonly fault?: string;
}

/** ALPHA *( ALPHA / DIGIT / "_" ). */
const TAG_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
/** Everything but visible ASCII, folding white space, and the UTF-8 of internationalized mail (RFC 8616 §5). */
const NOT_IN_VALUE = /[^\t\r\n\x20-\x7e\x80-\u{10ffff}]/u;

/**
 * Reads a tag list strictly: no empty tag but behind the last semicolon, no name twice, no control characters.
 * ```
 * tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
 * tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 * ```
 * Linear in the text's length; the caller bounds it.
 */
export function parseTagList(text: string): TagList {
  const tags = new Map<string, string>();
  const specs = text.split(';');
  if (specs.length > 1 && trimFws(specs.at(-1) ?? '') === '') specs.pop();
  for (const spec of specs) {
    const equals = spec.indexOf('=');
    if (equals < 0) return { tags, fault: trimFws(spec) === '' ? 'empty tag' : 'tag without value' };
    const name = trimFws(spec.slice(0, equals));
    const value = trimFws(spec.slice(equals + 1));
    if (!TAG_NAME.test(name)) return { tags, fault: 'invalid tag name' };
    if (tags.has(name)) return { tags, fault: `tag ${name.slice(0, 16)}= twice` };
    if (NOT_IN_VALUE.test(value)) return { tags, fault: 'control character in a tag' };
    tags.set(name, value);
  }
  return { tags };
}

/** A value with the folding white space within it removed, as base64 and lists allow it (RFC 6376 §2.10, §3.2). */
export function withoutFws(value: string): string {
  return /[ \t\r\n]/.test(value) ? value.replace(/[ \t\r\n]+/g, '') : value;
}

/** The items of a colon-separated value, without the white space around them. `''` has one empty item. */
export function colonList(value: string): string[] {
  return value.split(':').map(trimFws);
}

/** A loop and not a pattern: a run of white space that is not at the end would cost its square. */
function trimFws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isFws(text.charCodeAt(start))) start++;
  while (end > start && isFws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isFws(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
