import fc from 'fast-check';
import { literal } from './layout.ts';
import { address } from './messages.ts';
import { join, piece, quote } from './pieces.ts';
import { caught, mimeProbe, of, tell, testProbe } from './test-probes.ts';

/** Values of strings: letters of several cases and lengths, wildcards, what looks like a variable, lines, dots. */
const value = fc
  .array(
    of(
      'a',
      'Bc',
      'ß',
      'Ü',
      '*',
      '?',
      '\\',
      '"',
      ' ',
      '.',
      '\n',
      '\n.',
      '${a}',
      '${A}',
      '${',
      '}',
      '$',
      '${1}',
      '${hex:41}',
      '${unicode:fc}',
      '/',
      '%',
      '+',
      '~',
      '\t',
      '\u{1f600}',
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const MODIFIERS = [
  ':lower',
  ':upper',
  ':lowerfirst',
  ':upperfirst',
  ':quotewildcard',
  ':length',
  ':encodeurl',
] as const;
const CASES = new Map<string, string>([
  [':lower', 'case'],
  [':upper', 'case'],
  [':lowerfirst', 'first'],
  [':upperfirst', 'first'],
]);
const modifiers = fc.uniqueArray(of(...MODIFIERS), {
  maxLength: 3,
  selector: (name) => CASES.get(name) ?? name,
});
const setProbe = fc
  .tuple(modifiers, value, of('plain', 'escaped', 'text'), fc.boolean())
  .map(([tags, text, form, encoded]) =>
    piece(
      `set ${tags.join(' ')} "a" ${literal(text, form)}; ${tell('${a}')}`,
      'variables',
      ...(tags.includes(':encodeurl') ? ['enotify'] : []),
      ...(encoded ? ['encoded-character'] : []),
    ),
  );
const encoded = fc
  .tuple(
    of('hex', 'unicode', 'HEX', 'Unicode', 'hexx'),
    fc.array(of('41', '4', '041', ' ', '  ', '24', '7b', 'c3', 'bc', '1F600', '000041', 'x', '7d'), {
      maxLength: 4,
    }),
  )
  // Octets that are no characters are another matter: see the faults.
  .filter(
    ([kind, digits]) =>
      kind.toLowerCase() !== 'hex' ||
      /^(?:[^c]|c3 +bc)*$/.test(
        digits
          .join('')
          .replaceAll('bc', 'cc')
          .replace(/c3 +cc/g, ''),
      ),
  )
  .map(([kind, digits]) =>
    piece(`set "a" "x\${${kind}:${digits.join('')}}y"; ${tell('${a}')}`, 'variables', 'encoded-character'),
  );

const flagNames = fc
  .array(of('\\\\Seen', 'a', 'B', 'b', 'work', ' ', '  ', '$Junk', '\\\\frob', '\\\\Recent', 'x{y', ''), {
    maxLength: 3,
  })
  .map((names) => names.join(' '));
const flagList = fc.oneof(
  flagNames.map((names) => `"${names}"`),
  fc
    .array(flagNames, { minLength: 1, maxLength: 2 })
    .map((all) => `[${all.map((names) => `"${names}"`).join(', ')}]`),
);
const flagProbe = fc.oneof(
  fc
    .tuple(of('setflag', 'addflag', 'removeflag'), of('', '"f" ', '"g" '), flagList)
    .map(([name, variable, flags]) =>
      piece(`${name} ${variable}${flags}; ${tell('${f}-${g}')}`, 'imap4flags', 'variables'),
    ),
  fc
    .tuple(
      of('', ':contains ', ':matches ', ':is '),
      of('', '"f" ', '["f", "g"] '),
      of('"a"', '"\\\\seen"', '"*"', '["work", "b"]', '""', '"a b"'),
    )
    .map(([how, variable, key]) => caught(piece(`hasflag ${how}${variable}${key}`, 'imap4flags'))),
);

const ADDED = ['X-Word', 'X-New', 'Subject', 'subject'] as const;
const EDITED = ['X-Word', 'X-New', 'Subject', 'subject', 'To'] as const;
const editProbe = fc
  .tuple(
    fc.oneof(
      fc
        .tuple(
          of('', ' :last'),
          of(...ADDED),
          of(
            'v',
            '',
            'ü ß',
            'a  b',
            'x "y" \\\\ z',
            'long '.repeat(30),
            ' lead',
            'trail ',
            'new\r\n line',
            '=?utf-8?q?x?=',
          ),
        )
        .map(([tag, name, text]) => `addheader${tag} "${name}" "${text.replaceAll('"', '\\"')}";`),
      fc
        .tuple(
          of('', ' :index 1', ' :index 2', ' :last :index 1', ' :index 1 :last'),
          of(...EDITED),
          of('', ' "one"', ' ["two", "v"]', ' ""'),
        )
        .map(([tag, name, values]) => `deleteheader${tag} "${name}"${values};`),
      fc
        .tuple(of(':contains', ':matches', ':is'), of(...EDITED), of('"o"', '"*"', '"?*o"'))
        .map(([how, name, values]) => `deleteheader ${how} "${name}" ${values};`),
    ),
    of(
      'header :matches "x-word" "*"',
      'header :matches "x-new" "*"',
      'header :matches "subject" "*"',
      'header :matches :last :index 1 "x-word" "*"',
      'exists "x-new"',
      'address :matches "to" "*"',
    ),
  )
  .map(([edit, test]) =>
    join([piece(edit, 'editheader', 'index'), caught(piece(test))], (texts) => texts.join(' ')),
  );

/** Loops over parts, with tests, texts and breaks in them. */
const partInside = fc.oneof(
  fc
    .tuple(
      of('type', 'subtype', 'contenttype', 'param "charset"', 'param "name"'),
      of('"content-type"', '"content-disposition"'),
    )
    .map(([option, field]) => caught(piece(`header :mime :${option} :matches ${field} "*"`, 'mime'))),
  mimeProbe.map(caught),
  fc
    .tuple(
      of('', ' :first 3', ' :first 100', ' :upper', ' :length', ' :quotewildcard'),
      of('text/plain', 'text/x-log', 'text'),
    )
    .map(([tags, type]) =>
      piece(
        `if header :mime ${type === 'text' ? ':type' : ':contenttype'} "content-type" "${type}" { extracttext${tags} "v"; ${tell('${v}')} }`,
        'extracttext',
        'mime',
        'variables',
      ),
    ),
  fc.constant(piece(`if header :mime :type "content-type" "application" { break; }`, 'mime')),
  fc.constant(caught(piece('exists :mime "content-type"', 'mime'))),
  fc.constant(caught(piece('header :mime :matches "subject" "*"', 'mime'))),
);
const partProbe = fc
  .tuple(fc.array(partInside, { minLength: 1, maxLength: 2 }), of('none', 'inner', 'named'))
  .map(([inside, nested]) =>
    join(
      inside,
      (texts) => {
        const inner = `${tell('.')} ${texts.join(' ')}`;
        if (nested === 'none') return `foreverypart { ${inner} }`;
        const last =
          nested === 'named' ? 'if header :mime :subtype "content-type" "html" { break :name "out"; }' : '';
        return `foreverypart :name "out" { ${tell('o')} foreverypart { ${inner} ${last} } }`;
      },
      'foreverypart',
      'mime',
      'variables',
    ),
  );

/** Filing and forwarding among the probes, so that what they change is seen. */
const MAILBOX_NAMES = ['A', 'B/c', 'Ü', 'INBOX', 'inbox', 'a&b', '${a}-x', 'a "q" b'] as const;
const actionProbe = fc.oneof(
  fc
    .tuple(
      of('', ' :copy'),
      of('', ' :create'),
      of('', ' :flags "x \\\\Seen"', ' :flags ""', ' :flags ["a", "b c"]'),
      of(...MAILBOX_NAMES),
    )
    .map(([copy, create, flags, name]) =>
      piece(
        `fileinto${copy}${create}${flags} ${quote(name)};`,
        'fileinto',
        'variables',
        ...(copy === '' ? [] : ['copy']),
        ...(create === '' ? [] : ['mailbox']),
        ...(flags === '' ? [] : ['imap4flags']),
      ),
    ),
  address.map((to) => piece(`redirect :copy "${to}";`, 'copy')),
  of('keep;', 'discard;').map((text) => piece(text)),
  of('keep :flags "k";').map((text) => piece(text, 'imap4flags')),
);

const line = fc.oneof(
  { weight: 8, arbitrary: testProbe },
  { weight: 3, arbitrary: setProbe },
  { weight: 1, arbitrary: encoded },
  { weight: 2, arbitrary: flagProbe },
  { weight: 2, arbitrary: editProbe },
  { weight: 3, arbitrary: partProbe },
  { weight: 1, arbitrary: actionProbe },
);

/** Who writes to whom, so that a vacation is sent; the mail is to have the recipient in a field. */
export const sender = of('anna@example.org', 'Ben+x@Shop.EXAMPLE', 'a.b@mail.example.org', 'x_1@example.org');
export const recipient = of('me+box@example.org', 'me@Example.COM', 'me@mail.example.org');

/** Scripts of some probes. */
export function probes(most: number): fc.Arbitrary<string> {
  return fc.array(line, { minLength: 1, maxLength: most }).map((lines) => {
    const { text, needs } = join(lines, (texts) => texts.join('\n'), 'variables', 'vacation');
    return `require [${needs.map(quote).join(', ')}];\n${text}\nvacation "o: \${o}";\n`;
  });
}
