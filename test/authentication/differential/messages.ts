import fc from 'fast-check';

/**
 * Messages with everything that canonical forms turn on, as latin1 text: folds with tabs, blanks in all places, names in
 * any case, empty and repeated fields, eight-bit bytes, bodies that end in any way. Line endings are CRLF and no CR or LF
 * stands alone: no two programs read those alike, and SMTP has none.
 */

export const DOMAIN = 'example.org';

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const blank = fc.constantFrom('', '', ' ', ' ', '\t', '  ', ' \t ', '\t\t');
const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.string({
      unit: fc.constantFrom(...Array.from('aZ09=;:.,"()<>@-_/\\%+!')),
      minLength: 1,
      maxLength: 12,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(utf8('grüße'), utf8('日本'), '\xe9\xff\x80', '=?utf-8?q?=C3=A9?='),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('b=abc;', 'bh=', '.', '..', 'From:', 'x'.repeat(998), 'y '.repeat(600) + 'y'),
  },
);
/** With something behind it that is no blank: a line of blanks is what obsolete syntax allows and some take for the end. */
const fold = fc.constantFrom('', '', '', '\r\n z', '\r\n\tz', '\r\n \t  z', '\r\n\t\tz');
const text = fc
  .array(fc.tuple(blank, word, fold), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.flat().join(''));

const NAMES = [
  'Subject',
  'To',
  'Cc',
  'Date',
  'Message-ID',
  'References',
  'List-Id',
  'Received',
  'Comments',
  'X-Unsigned',
  'x_y!z',
];
const name = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('as it is', 'as it is', 'upper', 'lower'))
  .map(([given, how]) =>
    how === 'upper' ? given.toUpperCase() : how === 'lower' ? given.toLowerCase() : given,
  );
/** The obsolete syntax (RFC 5322 §4.5), which not all programs know: seldom. */
const beforeColon = fc.oneof(
  { weight: 60, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(' ', '\t') },
);
const field = fc
  .tuple(name, beforeColon, fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: blank }), blank)
  .map(([key, before, value, end]) => `${key}${before}:${value}${end}\r\n`);
const author = fc
  .tuple(
    fc.constantFrom('From', 'from', 'FROM'),
    fc.constantFrom(' ', '', '\t', ' "A  B"\t', '\r\n ', ' A\r\n\tB '),
  )
  .map(([key, before]) => `${key}:${before}<a@${DOMAIN}>\r\n`);

const line = fc
  .array(fc.tuple(blank, word), { maxLength: 4 })
  .chain((words) => blank.map((end) => `${words.flat().join('')}${end}\r\n`));
const ending = fc.constantFrom(
  '',
  '',
  '\r\n',
  '\r\n\r\n\r\n',
  ' ',
  '\t\r\n',
  ' \r\n\r\n',
  'no line ending',
  'blanks \t',
);
const body = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.array(line, { maxLength: 6 }), ending).map(([lines, end]) => lines.join('') + end),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('', '\r\n', '\r\n\r\n', '\r\n\r\n\r\n', ' ', ' \r\n', '\t\r\n \r\n', 'x'),
  },
);

/** A whole message with one From field. */
export const message: fc.Arbitrary<string> = fc
  .tuple(fc.array(field, { maxLength: 6 }), author, fc.array(field, { maxLength: 6 }), body)
  .map(([before, from, after, content]) => `${before.join('')}${from}${after.join('')}\r\n${content}`);

/** How a signature is made. */
export interface Way {
  selector: 's' | 'e';
  header: 'simple' | 'relaxed';
  body: 'simple' | 'relaxed';
  /** h=: with names that are not there, and one more of some that are. */
  names: string[];
  /** l=, as a share of the canonical body. */
  share?: number;
}

const form = fc.constantFrom('simple' as const, 'relaxed' as const);
const selector = fc.constantFrom('s' as const, 'e' as const);

export const way: fc.Arbitrary<Way> = fc
  .record({
    selector,
    header: form,
    body: form,
    names: fc.array(fc.constantFrom(...NAMES, 'Reply-To', 'From'), { maxLength: 12 }),
    share: fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined, freq: 4 }),
  })
  .map(({ names, share, ...rest }) => ({
    ...rest,
    names: ['From', ...names],
    ...(share !== undefined && { share }),
  }));

/** A change on the way: of a line, or of a tag of the first signature. */
export type Change = (message: string) => string;

const ofLine: fc.Arbitrary<Change> = fc
  .record({
    kind: fc.constantFrom(
      'drop',
      'double',
      'blank',
      'fold',
      'upper',
      'blanks',
      'tab',
      'letter',
      'swap',
      'end',
      '8-bit',
    ),
    at: fc.nat(),
    where: fc.nat(),
  })
  .map(({ kind, at, where }) => (raw) => {
    const lines = raw.split('\r\n');
    const i = at % Math.max(lines.length - 1, 1);
    const given = lines[i] ?? '';
    const column = where % (given.length + 1);
    const insert = (more: string): string => given.slice(0, column) + more + given.slice(column);
    if (kind === 'drop') lines.splice(i, 1);
    else if (kind === 'double') lines.splice(i, 0, given);
    else if (kind === 'blank') lines[i] = `${given} `;
    else if (kind === 'fold') lines[i] = given.replace(/(\S) (\S)/, '$1\r\n $2');
    else if (kind === 'upper') lines[i] = given.replace(/^[A-Z]+/i, (key) => key.toUpperCase());
    else if (kind === 'blanks') lines[i] = insert('  ');
    else if (kind === 'tab') lines[i] = given.replace(' ', '\t');
    else if (kind === 'letter') lines[i] = insert('A');
    else if (kind === '8-bit') lines[i] = insert('\xe9');
    else if (kind === 'swap') [lines[i], lines[i + 1]] = [lines[i + 1] ?? '', given];
    else lines.push('');
    return lines.join('\r\n');
  });

const TAGS = ['v', 'a', 'b', 'bh', 'c', 'd', 'h', 's', 'l', 't', 'x', 'i', 'q'];
const VALUES = [
  '',
  '1',
  '0',
  '-1',
  '99999',
  '99999999999',
  'rsa-sha1',
  'RSA-SHA256',
  'ed25519-sha256',
  'relaxed',
  'Relaxed/Simple',
  'simple/x',
  'example.org',
  'EXAMPLE.ORG',
  'sub.example.org',
  'org',
  '@example.org',
  'a@sub.example.org',
  'a@example.com',
  'dns/txt',
  'dns',
  'from',
  'to:subject',
  'from:from',
  'AAAA',
  '@@@',
];
const ofTag: fc.Arbitrary<Change> = fc
  .record({
    kind: fc.constantFrom('drop', 'set', 'double', 'blanks', 'fold', 'upper', 'last', 'unknown'),
    tag: fc.constantFrom(...TAGS),
    value: fc.constantFrom(...VALUES),
  })
  .map(({ kind, tag, value }) => (raw) => {
    const found = /^(DKIM-Signature:)((?:[^\r]|\r\n[ \t])*)/im.exec(raw);
    if (found === null) return raw;
    const [whole, start = '', list = ''] = found;
    const tags = list.split(';');
    const i = tags.findIndex((each) => each.trim().startsWith(`${tag}=`));
    const given = tags[i] ?? '';
    if (i < 0) tags.unshift(` ${tag}=${value}`);
    else if (kind === 'drop') tags.splice(i, 1);
    else if (kind === 'set') tags[i] = ` ${tag}=${value}`;
    else if (kind === 'double') tags.splice(i, 0, given);
    else if (kind === 'blanks') tags[i] = given.replace('=', ' =\t');
    else if (kind === 'fold') tags[i] = given.replace('=', '=\r\n ');
    else if (kind === 'upper') tags[i] = given.toUpperCase();
    else if (kind === 'last') tags.push(' ');
    else tags.splice(i, 0, ' zz=x');
    return raw.slice(0, found.index) + start + tags.join(';') + raw.slice(found.index + whole.length);
  });

export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: ofLine }, { weight: 1, arbitrary: ofTag }),
  { minLength: 1, maxLength: 2 },
);

/** A header every program reads alike: fields and folds that are not empty, and a body behind it. */
export function isPlain(raw: string): boolean {
  const end = raw.indexOf('\r\n\r\n');
  const header = raw.slice(0, end).split('\r\n');
  return (
    end > 0 &&
    header.every((each, i) => (i > 0 && /^[ \t]+[^ \t]/.test(each)) || /^[!-9;-~]+[ \t]*:/.test(each))
  );
}
