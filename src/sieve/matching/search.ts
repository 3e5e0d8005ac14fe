/**
 * Looking for a key in a text, in linear time. The engine's own search is the fastest for what people write, but on
 * keys made for it takes the product of both lengths: long keys are looked for by Knuth, Morris and Pratt's way.
 */
export interface Needle {
  readonly text: string;
  /** For a long key: how much of its beginning still fits when the next character does not. */
  readonly failure: Int32Array | undefined;
}

/** Up to here the product of both lengths is bearable, and charged for. */
const SHORT = 32;

export function needle(text: string): Needle {
  return { text, failure: text.length > SHORT ? failureTable(text) : undefined };
}

/** First place of the key at or behind `from`; -1 when there is none. */
export function find({ text: key, failure }: Needle, text: string, from: number): number {
  if (failure === undefined) return text.indexOf(key, from);
  let fits = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    while (fits > 0 && key.charCodeAt(fits) !== unit) fits = failure[fits - 1] ?? 0;
    if (key.charCodeAt(fits) === unit) fits++;
    if (fits === key.length) return at + 1 - fits;
  }
  return -1;
}

/** Work of {@link find} at the most, in units of `SieveLimits.steps`: one is some microseconds at the worst. */
export function searchCost(keyLength: number, textLength: number): number {
  return 1 + Math.floor((textLength * Math.min(keyLength, SHORT)) / 4096);
}

function failureTable(key: string): Int32Array {
  const failure = new Int32Array(key.length);
  let fits = 0;
  for (let at = 1; at < key.length; at++) {
    while (fits > 0 && key.charCodeAt(fits) !== key.charCodeAt(at)) fits = failure[fits - 1] ?? 0;
    if (key.charCodeAt(fits) === key.charCodeAt(at)) fits++;
    failure[at] = fits;
  }
  return failure;
}
