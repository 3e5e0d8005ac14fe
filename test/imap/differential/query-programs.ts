import fc from 'fast-check';

/** What generated searches may look for in a mailbox. */
export interface Vocabulary {
  /** Of texts, subjects and bodies. */
  readonly words: readonly string[];
  /** Parts of addresses and names. */
  readonly people: readonly string[];
}

const FLAGS = ['ANSWERED', 'FLAGGED', 'DRAFT'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const FIELDS = ['Subject', 'from', 'To', 'X-Tag', 'Message-ID', 'Date', 'Content-Type', 'X-None'];

/** As IMAP writes them: what is no atom as a quoted string or a literal; octets as characters. */
function string(text: string, form: number): string {
  const octets = Buffer.from(text).toString('latin1');
  if (form === 0) return `{${octets.length}+}\r\n${octets}`;
  return form === 1 && /^[a-z0-9@.]+$/i.test(octets) ? octets : `"${octets.replace(/["\\]/g, '\\$&')}"`;
}

const forms = fc.nat(2);
const strings = (texts: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...texts), forms).map(([text, form]) => string(text, form));

/** Sets of numbers, of which some are no message's. */
function sets(messages: number): fc.Arbitrary<string> {
  const number = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: messages }).map(String) },
    { weight: 1, arbitrary: fc.constant('*') },
  );
  const range = fc.oneof(
    number,
    fc.tuple(number, number).map(([from, to]) => `${from}:${to}`),
  );
  return fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges) => ranges.join(','));
}

/** Keys of SEARCH (RFC 9051 §6.4.4). */
function searchKeys({ words, people }: Vocabulary, messages: number): fc.Arbitrary<string> {
  const date = fc
    .tuple(fc.integer({ min: 1, max: 28 }), fc.constantFrom(...MONTHS), fc.integer({ min: 2000, max: 2005 }))
    .map(([day, month, year]) => `${day}-${month}-${year}`);
  const word = strings(words);
  const person = strings(people);
  const flag = fc.constantFrom(...FLAGS);
  const plain = fc.oneof(
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('', 'UN'), flag).map((both) => both.join('')) },
    fc.constantFrom('ALL', 'OLD', 'RECENT'),
    fc
      .tuple(fc.constantFrom('KEYWORD', 'UNKEYWORD'), fc.constantFrom('work', '$label1', 'FORWARDED'))
      .map(spaced),
    fc.tuple(fc.constantFrom('SUBJECT', 'BODY', 'TEXT'), word).map(spaced),
    fc.tuple(fc.constantFrom('FROM', 'TO', 'CC', 'BCC', 'TEXT'), person).map(spaced),
    fc
      .tuple(fc.constant('HEADER'), fc.constantFrom(...FIELDS), fc.oneof(word, fc.constant('""')))
      .map(spaced),
    sets(messages),
    sets(messages).map((set) => `UID ${set}`),
  );
  const { program } = fc.letrec<{ key: string; program: string }>((tie) => ({
    key: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      plain,
      // Not of groups: Dovecot simplifies what is in them, and makes mistakes.
      plain.map((key) => `NOT ${key}`),
      fc.tuple(tie('key'), tie('key')).map(([one, other]) => `OR ${one} ${other}`),
      tie('program').map((inner) => `(${inner})`),
    ),
    program: fc.array(tie('key'), { minLength: 1, maxLength: 3 }).map((keys) => keys.join(' ')),
  }));
  // Once and outside, for the same reason.
  const bound = fc.oneof(
    fc.constantFrom('SEEN', 'UNSEEN', 'DELETED', 'UNDELETED', 'NEW'),
    fc.tuple(fc.constantFrom('BEFORE', 'ON', 'SINCE', 'SENTBEFORE', 'SENTON', 'SENTSINCE'), date).map(spaced),
    fc.tuple(fc.constantFrom('LARGER', 'SMALLER'), fc.integer({ min: 0, max: 3000 }).map(String)).map(spaced),
    fc
      .tuple(
        fc.constantFrom('YOUNGER', 'OLDER'),
        fc.integer({ min: 600_000_000, max: 820_000_000 }).map(String),
      )
      .map(spaced),
  );
  const bounded = fc
    .tuple(fc.constantFrom('', '', 'NOT '), bound, program)
    .map(([not, key, rest]) => `${not}${key} ${rest}`);
  return fc.oneof({ weight: 3, arbitrary: program }, { weight: 2, arbitrary: bounded });
}

/** What SORT sorts by (RFC 5256 §3, RFC 5957 §3). */
export const CRITERIA = [
  'ARRIVAL',
  'CC',
  'DATE',
  'FROM',
  'SIZE',
  'SUBJECT',
  'TO',
  'DISPLAYFROM',
  'DISPLAYTO',
];

/** `(REVERSE DATE SUBJECT)`. */
const sortCriteria: fc.Arbitrary<string> = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom('', '', 'REVERSE '), fc.constantFrom(...CRITERIA)).map((both) => both.join('')),
    // Dovecot takes one criterion named twice for something else.
    { minLength: 1, maxLength: 3, selector: (criterion) => criterion.replace('REVERSE ', '') },
  )
  .map((criteria) => `(${criteria.join(' ')})`);

/** `RETURN (MIN COUNT) `, or nothing. */
const returnOptions: fc.Arbitrary<string> = fc.option(
  fc
    .subarray(['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE', 'PARTIAL 1:7'])
    .map(
      (some) => `RETURN (${some.filter((one) => one !== 'ALL' || !some.includes('PARTIAL 1:7')).join(' ')}) `,
    ),
  { nil: '' },
);

/** A command that asks over so many messages. */
export function queries(vocabulary: Vocabulary, messages: number): fc.Arbitrary<string> {
  const keys = searchKeys(vocabulary, messages);
  const uid = fc.constantFrom('', 'UID ');
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(uid, returnOptions, keys)
        .map(([by, options, key]) => `${by}SEARCH ${options}${key}`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(uid, returnOptions, sortCriteria, keys)
        .map(([by, options, criteria, key]) => `${by}SORT ${options}${criteria} UTF-8 ${key}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(uid, fc.constantFrom('REFERENCES', 'ORDEREDSUBJECT', 'REFS'), keys)
        .map(([by, algorithm, key]) => `${by}THREAD ${algorithm} UTF-8 ${key}`),
    },
  );
}

const spaced = (parts: readonly string[]): string => parts.join(' ');
