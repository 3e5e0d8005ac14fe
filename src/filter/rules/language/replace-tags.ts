/**
 * `replace_rules`: tags such as `<A>` in the pattern of a rule stand for the patterns of `replace_tag A`, `<inter W1>`
 * for what is put between two tags that touch, `<pre X>` and `<post X>` for what is put before and after each.
 */

export interface ReplaceTags {
  readonly tag: ReadonlyMap<string, string>;
  readonly inter: ReadonlyMap<string, string>;
  readonly pre: ReadonlyMap<string, string>;
  readonly post: ReadonlyMap<string, string>;
}

/** Tags may hold tags. */
const MAX_PASSES = 6;
/** A pattern does not grow beyond this, tags inside tags or not. */
const MAX_PATTERN = 200_000;

/** The pattern with its tags replaced; tags nobody defined stay as they are. */
export function replaceTags(source: string, tags: ReplaceTags): string {
  let text = source;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const before = text;
    text = onePass(text, tags);
    if (text === before) break;
    if (text.length > MAX_PATTERN) return source;
  }
  return text;
}

function onePass(source: string, tags: ReplaceTags): string {
  let text = source;
  const modifier = (kind: 'pre' | 'post' | 'inter'): string => {
    const match = new RegExp(`<${kind} ([^<>]+)>`).exec(text);
    if (match === null) return '';
    text = text.slice(0, match.index) + text.slice(match.index + match[0].length);
    return tags[kind].get(match[1] ?? '') ?? '';
  };
  const pre = modifier('pre');
  const post = modifier('post');
  const inter = modifier('inter');
  // Odd pieces are tags, even ones what stands between them.
  const pieces = text.split(/(<[^<>]+>)/);
  return pieces
    .map((piece, index) => {
      if (index % 2 === 0) return piece === '' && index > 0 && index < pieces.length - 1 ? inter : piece;
      const replacement = tags.tag.get(piece.slice(1, -1));
      return replacement === undefined ? piece : pre + replacement + post;
    })
    .join('');
}
