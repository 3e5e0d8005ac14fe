import fc from 'fast-check';
import { ADDRESS_FIELDS, address, DOMAINS, LOCALS, TEXT_FIELDS, word } from './messages.ts';
import { join, list, matching, type Piece, piece, plain, quote } from './pieces.ts';
import { DATE_PARTS } from '../date-parts.ts';

const addressPart = fc.constantFrom(
  piece(''),
  piece(' :all'),
  piece(' :domain'),
  piece(' :localpart'),
  piece(' :user', 'subaddress'),
  piece(' :detail', 'subaddress'),
);
const addressKey = fc.oneof(
  address,
  fc.constantFrom(...LOCALS),
  fc.constantFrom(...DOMAINS),
  fc.constantFrom('detail', 'ANNA', 'example'),
);
const index = fc.constantFrom(
  piece(''),
  piece(''),
  piece(' :index 1', 'index'),
  piece(' :index 2', 'index'),
  piece(' :last :index 1', 'index'),
);
const textField = fc.constantFrom(...TEXT_FIELDS, 'X-None', 'subject');
const addressField = fc.constantFrom(...ADDRESS_FIELDS, 'from');

const headerTest = matching('header', word, index, plain(list(textField)));
const addressTest = matching(
  'address',
  addressKey,
  fc.tuple(index, addressPart).map((both) => join(both, (texts) => texts.join(''))),
  plain(list(addressField)),
);
const envelopeTest = matching(
  'envelope',
  addressKey,
  addressPart,
  plain(list(fc.constantFrom('from', 'to', 'From'), 2)),
  'envelope',
);
const mimeOption = fc.constantFrom(
  ' :type',
  ' :subtype',
  ' :contenttype',
  ' :param "charset"',
  ' :param ["boundary", "charset"]',
);
const mimeTest = matching(
  'header',
  fc.oneof(word, fc.constantFrom('text', 'plain', 'multipart', 'mixed', 'text/plain', 'utf-8', '=b=')),
  fc
    .tuple(fc.constantFrom(' :mime', ' :mime :anychild'), mimeOption)
    .map((both) => piece(both.join(''), 'mime')),
  plain(fc.constantFrom('"Content-Type"', '"content-type"')),
);
const mimeHeaderTest = matching(
  'header',
  fc.constantFrom('base64', '8bit', 'quoted-printable', 'text/plain'),
  fc.constantFrom(piece(' :mime', 'mime'), piece(' :mime :anychild', 'mime')),
  plain(list(fc.constantFrom('Content-Transfer-Encoding', 'Content-Type', 'Subject'), 2)),
);
const existsTest = plain(list(textField).map((names) => `exists ${names}`));
const sizeTest = plain(
  fc
    .tuple(fc.constantFrom('over', 'under'), fc.constantFrom('0', '100', '400', '1K'))
    .map(([how, limit]) => `size :${how} ${limit}`),
);
const bodyTest = matching(
  'body',
  word.filter((text) => text !== ''),
  fc.constantFrom(
    piece(' :raw'),
    piece(' :text'),
    piece(' :content "text"'),
    piece(' :content "application/x-data"'),
    piece(' :content ["text/plain", "text/html"]'),
  ),
  fc.constant(piece('')),
  'body',
);
const dateTest = matching(
  'date',
  fc.constantFrom('2026', '11', '10', '2026-11-19', '4', '0', '+0530', '2457448', '10:20:30', 'x'),
  fc.constantFrom(piece(' :zone "+0000"'), piece(' :originalzone'), piece(' :zone "-0330"')),
  fc.constantFrom(...DATE_PARTS).map((part) => piece(`"Date" "${part}"`)),
  'date',
);
const VARIABLES = ['a', 'B', 'count'] as const;
const stringTest = matching(
  'string',
  word,
  fc.constant(piece('')),
  plain(list(fc.oneof(word, fc.constantFrom(...VARIABLES.map((name) => `\${${name}}`), 'x${A}y', '${1}')))),
  'variables',
);
const FLAGS = ['\\Seen', '\\Flagged', '$Forwarded', 'work', 'Later'] as const;
const flag = fc.constantFrom(...FLAGS);
const hasflagTest = matching('hasflag', flag, fc.constant(piece('')), fc.constant(piece('')), 'imap4flags');

export const leafTest: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 6, arbitrary: headerTest },
  { weight: 5, arbitrary: addressTest },
  { weight: 3, arbitrary: envelopeTest },
  { weight: 1, arbitrary: existsTest },
  { weight: 1, arbitrary: sizeTest },
  { weight: 3, arbitrary: bodyTest },
  { weight: 3, arbitrary: dateTest },
  { weight: 3, arbitrary: stringTest },
  { weight: 2, arbitrary: hasflagTest },
  { weight: 1, arbitrary: mimeTest },
  { weight: 1, arbitrary: mimeHeaderTest },
  { weight: 1, arbitrary: fc.constantFrom(piece('true'), piece('false')) },
);

const { test } = fc.letrec<{ test: Piece }>((tie) => ({
  test: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { weight: 6, arbitrary: leafTest },
    { weight: 1, arbitrary: tie('test').map((one) => join([one], ([text = '']) => `not ${text}`)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('anyof', 'allof'), fc.array(tie('test'), { minLength: 1, maxLength: 3 }))
        .map(([name, tests]) => join(tests, (texts) => `${name} (${texts.join(', ')})`)),
    },
  ),
}));

/** Text with variables in it; only where the script has them. */
const interpolated = fc.oneof(
  plain(word.map(quote)),
  fc
    .constantFrom('${a}', '${B} and ${b}', '${1}', '${0}-${2}', '${count}${', '${nope}', '$${a}')
    .map((text) => piece(quote(text), 'variables')),
);
const modifier = fc.constantFrom(
  '',
  '',
  ' :lower',
  ' :upper',
  ' :lowerfirst',
  ' :upperfirst',
  ' :quotewildcard',
  ' :length',
  ' :length :upper',
  ' :upper :upperfirst',
);
const setCommand = fc
  .tuple(modifier, fc.constantFrom(...VARIABLES), interpolated)
  .map(([tags, name, value]) => join([value], ([text = '']) => `set${tags} "${name}" ${text};`, 'variables'));
const flagCommand = fc
  .tuple(fc.constantFrom('setflag', 'addflag', 'removeflag'), list(flag))
  .map(([name, flags]) => piece(`${name} ${flags};`, 'imap4flags'));

const MAILBOXES = ['A', 'B', 'Lists', 'INBOX'] as const;
const mailbox = fc.oneof(
  { weight: 5, arbitrary: plain(fc.constantFrom(...MAILBOXES).map(quote)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('m-${a}', 'm-${1}', 'm-${count}')
      .map((text) => piece(quote(text), 'variables')),
  },
);
const copy = fc.constantFrom(piece(''), piece(''), piece(' :copy', 'copy'));
const fileinto = fc
  .tuple(copy, mailbox)
  .map((both) => join(both, ([tag = '', name = '']) => `fileinto${tag} ${name};`, 'fileinto'));
const redirect = fc
  .tuple(copy, fc.constantFrom('x@elsewhere.example', 'y@elsewhere.example'))
  .map(([tag, to]) => join([tag], ([text = '']) => `redirect${text} "${to}";`));
/** Later tests see the header with these. */
const editCommand = fc.oneof(
  fc
    .tuple(fc.constantFrom('', ' :last'), fc.constantFrom('X-Word', 'X-New', 'Keywords'), interpolated)
    .map(([tag, name, value]) =>
      join([value], ([text = '']) => `addheader${tag} "${name}" ${text};`, 'editheader'),
    ),
  fc
    .tuple(
      fc.constantFrom('', ' :index 1', ' :index 2', ' :index 1 :last'),
      fc.constantFrom('X-Word', 'X-Number', 'Keywords'),
    )
    .map(([tags, name]) => piece(`deleteheader${tags} "${name}";`, 'editheader')),
  fc
    .tuple(fc.constantFrom('', ' :is', ' :contains'), fc.constantFrom('X-Word', 'X-Number'), word)
    .map(([tag, name, value]) => piece(`deleteheader${tag} "${name}" ${quote(value)};`, 'editheader')),
);
const action = fc.oneof(
  { weight: 2, arbitrary: editCommand },
  { weight: 5, arbitrary: fileinto },
  { weight: 2, arbitrary: redirect },
  { weight: 2, arbitrary: fc.constant(piece('keep;')) },
  { weight: 1, arbitrary: fc.constant(piece('discard;')) },
  { weight: 1, arbitrary: fc.constant(piece('stop;')) },
  { weight: 3, arbitrary: setCommand },
  { weight: 3, arbitrary: flagCommand },
);

const { command } = fc.letrec<{ command: Piece; block: Piece }>((tie) => ({
  block: fc
    .array(tie('command'), { minLength: 1, maxLength: 2 })
    .map((commands) => join(commands, (texts) => `{ ${texts.join(' ')} }`)),
  command: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    { weight: 3, arbitrary: action },
    {
      weight: 3,
      arbitrary: fc
        .tuple(test, tie('block'), fc.option(fc.tuple(test, tie('block'))), fc.option(tie('block')))
        .map(([condition, then, elsif, otherwise]) =>
          join([condition, then, ...(elsif ?? []), ...(otherwise === null ? [] : [otherwise])], (texts) => {
            let text = `if ${texts[0]} ${texts[1]}`;
            if (elsif !== null) text += ` elsif ${texts[2]} ${texts[3]}`;
            if (otherwise !== null) text += ` else ${texts.at(-1)}`;
            return `${text}\n`;
          }),
        ),
    },
  ),
}));

/** Scripts of capabilities that both sides have. */
export function script(capabilities: ReadonlySet<string>): fc.Arbitrary<string> {
  return fc
    .array(
      command.filter(({ needs }) => needs.every((need) => capabilities.has(need))),
      { minLength: 1, maxLength: 4 },
    )
    .map((commands) => {
      const { text, needs } = join(commands, (texts) => texts.join('\n'));
      return `${needs.length === 0 ? '' : `require ${JSON.stringify(needs)};\n`}${text}\n`;
    });
}

/** Scripts of one test, behind some variables and flags: `discard` when it holds. */
export function oneTest(capabilities: ReadonlySet<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(fc.oneof(setCommand, flagCommand, editCommand), { maxLength: 2 }), leafTest)
    .map(([before, condition]) =>
      join([condition, ...before], ([last = '', ...texts]) => `${texts.join('\n')}\nif ${last} { discard; }`),
    )
    .filter(({ needs }) => needs.every((need) => capabilities.has(need)))
    .map(({ text, needs }) => `${needs.length === 0 ? '' : `require ${JSON.stringify(needs)};\n`}${text}\n`);
}
