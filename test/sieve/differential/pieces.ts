import fc from 'fast-check';

/** A piece of a script and the capabilities it needs. */
export interface Piece {
  readonly text: string;
  readonly needs: readonly string[];
}

export const piece = (text: string, ...needs: string[]): Piece => ({ text, needs });
export const plain = (text: fc.Arbitrary<string>): fc.Arbitrary<Piece> => text.map((one) => piece(one));

/** Pieces in the holes of a template, with all that they need. */
export function join(pieces: readonly Piece[], make: (texts: string[]) => string, ...needs: string[]): Piece {
  return {
    text: make(pieces.map(({ text }) => text)),
    needs: [...new Set([...needs, ...pieces.flatMap((one) => one.needs)])],
  };
}

export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export const list = (values: fc.Arbitrary<string>, most = 3): fc.Arbitrary<string> =>
  fc
    .array(values, { minLength: 1, maxLength: most })
    .map((all) => (all.length === 1 ? quote(all[0] ?? '') : `[${all.map(quote).join(', ')}]`));

const pattern = fc
  .array(fc.constantFrom('*', '?', 'o', 'order', 'a', 'A', 'ß', '7', '@', 'example', '\\*', '.'), {
    maxLength: 5,
  })
  .map((parts) => parts.join(''));

/** POSIX extended regular expressions that the engines read alike. */
const expression = fc
  .array(
    fc.constantFrom(
      'order',
      '[a-z]+',
      '[0-9]',
      '(a|sale)',
      '.',
      'x-y',
      '^',
      '$',
      '7?',
      '[^ ]*',
      '(.*)',
      '\\.',
      '@',
      '(an+a|[Bb]en)',
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => !/.\^|\$./.test(text));

const comparator = fc.constantFrom(
  piece(''),
  piece(''),
  piece(' :comparator "i;octet"'),
  piece(' :comparator "i;ascii-casemap"'),
);
const NUMERIC = ' :comparator "i;ascii-numeric"';
const relation = fc.constantFrom('gt', 'ge', 'lt', 'le', 'eq', 'ne');
const number = fc.constantFrom('0', '1', '2', '7', '42', '007', 'x', '');

/** Match type with comparator, and the keys that go with it; `keys` are what values may be. */
function match(keys: fc.Arbitrary<string>): fc.Arbitrary<Piece> {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(comparator, fc.constantFrom('', ' :is', ' :contains'), list(keys))
        .map(([how, type, all]) => join([how], ([text = '']) => `${text}${type}\0${all}`)),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(comparator, list(pattern))
        .map(([how, all]) => join([how], ([text = '']) => `${text} :matches\0${all}`)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(comparator, list(expression, 2))
        .map(([how, all]) => join([how], ([text = '']) => `${text} :regex\0${all}`, 'regex')),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(relation, list(number))
        .map(([how, all]) =>
          piece(`${NUMERIC} :value "${how}"\0${all}`, 'relational', 'comparator-i;ascii-numeric'),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(relation, list(number, 1))
        .map(([how, all]) =>
          piece(`${NUMERIC} :count "${how}"\0${all}`, 'relational', 'comparator-i;ascii-numeric'),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(relation, list(keys))
        .map(([how, all]) => piece(` :value "${how}"\0${all}`, 'relational')),
    },
  );
}

/** A test that matches: what stands before the tags, and between them and the keys. */
export function matching(
  name: string,
  keys: fc.Arbitrary<string>,
  tags: fc.Arbitrary<Piece>,
  subject: fc.Arbitrary<Piece>,
  ...needs: string[]
): fc.Arbitrary<Piece> {
  return fc.tuple(tags, match(keys), subject).map(([tag, how, what]) =>
    join(
      [tag, how, what],
      ([before = '', text = '', names = '']) => {
        const [type = '', all = ''] = text.split('\0');
        return `${name}${before}${type}${names === '' ? '' : ` ${names}`} ${all}`;
      },
      ...needs,
    ),
  );
}
