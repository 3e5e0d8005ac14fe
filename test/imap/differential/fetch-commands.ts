import fc from 'fast-check';

/** Text in any case. */
const anyCase = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.constantFrom('upper', 'lower', 'mixed'))
    .map(([word, form]) =>
      form === 'upper'
        ? word.toUpperCase()
        : form === 'lower'
          ? word.toLowerCase()
          : word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase(),
    );

const FIELDS = ['Subject', 'From', 'To', 'Content-Type', 'Received', 'X-None', 'MIME-Version', '"Date"'];

const sectionText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('HEADER', 'TEXT') },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('HEADER.FIELDS', 'HEADER.FIELDS.NOT'),
        fc.subarray(FIELDS, { minLength: 1, maxLength: 4 }),
      )
      .map(([name, fields]) => `${name} (${fields.join(' ')})`),
  },
);
/** Not 0: there Dovecot gives anything. */
const path = fc
  .array(fc.constantFrom(1, 1, 1, 2, 2, 3, 4, 9), { minLength: 1, maxLength: 4 })
  .map((numbers) => numbers.join('.'));
const section = fc.oneof(
  fc.constant(''),
  sectionText,
  path,
  fc.tuple(path, fc.oneof(sectionText, fc.constant('MIME'))).map(([numbers, text]) => `${numbers}.${text}`),
);
const partial = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(0, 1, 2, 7, 30, 100, 10_000), fc.constantFrom(0, 1, 2, 5, 50, 100_000))
      .map(([start, length]) => `<${start}.${length}>`),
  },
  { weight: 1, arbitrary: fc.constantFrom('<0>', '<3>', '<99999>') },
);
const bodyItem = fc
  .tuple(fc.constantFrom('BODY', 'BODY.PEEK', 'BODY.PEEK'), section, partial)
  .map(([name, text, range]) =>
    // Where a range of some fields begins within a CRLF, Dovecot leaves out the LF.
    text.includes('FIELDS') ? `${name}[${text}]${range.replace(/\d+/, '0')}` : `${name}[${text}]${range}`,
  );
const binaryItem = fc
  .tuple(fc.constantFrom('BINARY', 'BINARY.PEEK'), path, fc.constantFrom('', '', '<0.3>', '<2.100>'))
  .map(([name, numbers, range]) => `${name}[${numbers}]${range}`);
const item = fc.oneof(
  fc.constantFrom(
    'FLAGS',
    'UID',
    'INTERNALDATE',
    'RFC822.SIZE',
    'ENVELOPE',
    'BODY',
    'BODYSTRUCTURE',
    'RFC822',
    'RFC822.HEADER',
    'RFC822.TEXT',
  ),
  bodyItem,
  bodyItem,
  binaryItem,
  path.map((numbers) => `BINARY.SIZE[${numbers}]`),
);
/** Dovecot lets a macro stand alone, as the RFC does. */
const items = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('ALL', 'FAST', 'FULL') },
  { weight: 3, arbitrary: item },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.array(item, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(['(', ')'], ['( ', ')'], ['(', ' )']),
      )
      .map(([all, [open = '', close = '']]) => `${open}${all.join(' ')}${close}`),
  },
);
const number = fc.oneof(fc.integer({ min: 1, max: 25 }).map(String), fc.constant('*'));
const range = fc.oneof(
  number,
  fc.tuple(number, number).map(([from, to]) => `${from}:${to}`),
);
const set = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 25 }).map(String) },
  { weight: 1, arbitrary: fc.array(range, { minLength: 1, maxLength: 3 }).map((ranges) => ranges.join(',')) },
);

/** A FETCH of up to 25 messages, and now and then what takes \Seen away. */
export const fetchCommand: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('FETCH', 'UID FETCH'), set, items)
      .chain(([name, numbers, wanted]) =>
        anyCase(fc.constant(name)).map((word) => `${word} ${numbers} ${wanted}`),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom('STORE 1:* -FLAGS.SILENT (\\Seen)', 'NOOP') },
);

const LINES = [
  'Subject: a',
  'From: a@x.example',
  'Content-Type: text/html',
  'Content-Type: multipart/mixed; boundary=b',
  'Content-Type: message/rfc822',
  'Content-Transfer-Encoding: base64',
  ' folded',
  '',
  '',
  'text',
  '--b',
  '--b',
  '--b--',
  'no colon',
  '.',
  'x: y',
  'a\0b',
  'a\rb',
];

/** A message of lines that mean something, with any line endings; octets as characters. */
export const roughMessage: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 14 }),
    fc.constantFrom(['\r\n'], ['\n'], ['\r\n', '\n'], ['\r\n', '\r\n', '\n']),
    fc.boolean(),
  )
  .map(([lines, endings, ended]) =>
    lines
      .map((line, at) =>
        at === lines.length - 1 && !ended ? line : line + (endings[at % endings.length] ?? ''),
      )
      .join(''),
  )
  .filter((raw) => raw !== '');
