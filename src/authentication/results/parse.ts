import { readCharacters } from './characters.ts';

/** One `method=result` with its properties (RFC 8601 §2.2). */
export interface ReportedMethod {
  /** Lower case, without version. */
  method: string;
  /** Lower case. */
  result: string;
  /** Values by `ptype.property`, names in lower case; the first of a name counts. */
  properties: ReadonlyMap<string, string>;
}

export interface ReportedResults {
  authservId: string;
  methods: ReportedMethod[];
}

/** Fields with ten signatures have some 2 KB; the rest is not looked at. */
const MAX_LOOKED_AT = 16_384;
const MAX_METHODS = 50;
const MAX_PROPERTIES = 20;

/** What stands between two semicolons: words, and pairs with an equals sign between them. */
interface Segment {
  words: string[];
  pairs: [name: string, value: string][];
}

/**
 * Reads the value of an Authentication-Results field (RFC 8601 §2.2): comments left out, quoted strings undone, methods
 * in their order. Lenient in what is between `=` and the next blank, since programs write `header.b=AbC/d=` unquoted.
 * Undefined without an authserv-id, or when a comment or quoted string does not end. The caller says whether to believe
 * it.
 *
 * @param rawValue the field's value, bytes as latin1 code units
 */
export function parseResults(rawValue: string): ReportedResults | undefined {
  if (rawValue.length > MAX_LOOKED_AT) return undefined;
  const segments = segmentsOf(Buffer.from(rawValue, 'latin1').toString('utf8'));
  const [head, ...rest] = segments ?? [];
  const [authservId = ''] = head?.words ?? [];
  if (head === undefined || authservId === '' || head.pairs.length > 0 || head.words.length > 2)
    return undefined;
  const methods = rest.flatMap(({ pairs: [first, ...more] }): ReportedMethod[] => {
    if (first === undefined) return [];
    const properties = new Map<string, string>();
    for (const [name, value] of more.slice(0, MAX_PROPERTIES))
      if (!properties.has(name.toLowerCase())) properties.set(name.toLowerCase(), value);
    const method = first[0].replace(/\/.*$/s, '').toLowerCase();
    return [{ method, result: first[1].toLowerCase(), properties }];
  });
  return { authservId, methods: methods.slice(0, MAX_METHODS) };
}

function segmentsOf(text: string): Segment[] | undefined {
  const segments: Segment[] = [];
  let segment: Segment = { words: [], pairs: [] };
  let word: string | undefined;
  /** A word that may turn out to be the name of a pair, and the name once its equals sign was there. */
  let name: string | undefined;

  function endWord(): void {
    if (word === undefined) return;
    if (name === undefined) segment.words.push(word);
    else segment.pairs.push([name, word]);
    name = undefined;
    word = undefined;
  }
  function endSegment(): void {
    endWord();
    // `reason=` without a value
    if (name !== undefined) segment.pairs.push([name, '']);
    name = undefined;
    segments.push(segment);
    segment = { words: [], pairs: [] };
  }

  const whole = readCharacters(text, (char, quoted) => {
    if (quoted) {
      word = (word ?? '') + char;
    } else if (char === ';') {
      endSegment();
    } else if (char === '=' && name === undefined) {
      // The word before it may have ended with a blank.
      name = word ?? segment.words.pop() ?? '';
      word = undefined;
      // Blanks may stand around the dot of `header.from`.
      while (name.startsWith('.') || segment.words.at(-1)?.endsWith('.') === true) {
        const before = segment.words.pop();
        if (before === undefined) break;
        name = before + name;
      }
    } else if (/\s/.test(char)) {
      endWord();
    } else {
      word = (word ?? '') + char;
    }
    return false;
  });
  if (!whole) return undefined;
  endSegment();
  return segments;
}
