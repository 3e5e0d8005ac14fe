import fc from 'fast-check';
import { join, list, type Piece, piece, plain, quote } from './pieces.ts';
import { leafTest } from './scripts.ts';
import { DATE_PARTS } from '../date-parts.ts';

/**
 * Commands that add to the variable `o` what they find, so that not only the outcome of a test is compared but the
 * values it saw. A script ends with a vacation that says `o`.
 */
export const tell = (what: string): string => `set "o" "\${o}|${what}";`;
export const caught = (test: Piece): Piece =>
  join(
    [test],
    ([text = '']) => `if ${text} { ${tell('<${0}><${1}><${2}>')} } else { ${tell('F')} }`,
    'variables',
  );

export const of = <T extends string>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** A test with all that is matched shown: `name subject` before the match. */
const shown = (
  name: fc.Arbitrary<string>,
  subject: fc.Arbitrary<string>,
  ...needs: string[]
): fc.Arbitrary<Piece> =>
  fc
    .tuple(name, of('"*"', '"* *"', '"*:*"', '"?*"', '["x*", "*-*"]'), subject)
    .map(([before, pattern, what]) => piece(`${before} :matches ${what} ${pattern}`, ...needs));

const PARTS = [...DATE_PARTS, 'WEEKDAY'] as const;
const ZONES = ['+0000', '-0330', '+1400', '-1200', '+0545', '+0530', '-0000'] as const;
const zone = fc.oneof(
  of(...ZONES).map((text) => ` :zone "${text}"`),
  fc.constant(' :originalzone'),
);
const dateProbe = fc
  .tuple(zone, of('date', 'Date', 'x-date', 'x-none'), of(...PARTS))
  .map(([where, field, part]) => piece(`date${where} :matches "${field}" "${part}" "*"`, 'date'));
const currentProbe = fc
  .tuple(of(' :zone "+0000"', ' :zone "+0545"'), of('zone', 'frob'), of('"+*"', '"*"', '"+0000"'))
  .map(([where, part, key]) => piece(`currentdate${where} :matches "${part}" ${key}`, 'date'));

const headerProbe = fc.oneof(
  shown(of('header'), of('"subject"', '"x-word"', '["x-none", "from"]', '"to"', '"date"')),
  shown(of('address', 'address :localpart', 'address :domain'), of('"from"', '"to"', '["to", "from"]')),
  shown(of('address :user', 'address :detail'), of('"to"', '"from"'), 'subaddress'),
  shown(of('envelope', 'envelope :localpart', 'envelope :domain'), of('"from"', '"to"'), 'envelope'),
  shown(of('envelope :user', 'envelope :detail'), of('"from"', '"to"'), 'envelope', 'subaddress'),
  shown(
    of(
      'header :index 1',
      'header :index 2',
      'header :last :index 1',
      'header :index 2 :last',
      'header :index 9',
    ),
    of('"x-word"'),
    'index',
  ),
  shown(of('address :index 1', 'address :last :index 1'), of('"to"'), 'index'),
  plain(list(of('subject', 'x-word', 'x-none', 'Date')).map((names) => `exists ${names}`)),
  plain(
    fc
      .tuple(of('over', 'under'), of('0', '1', '300', '1K', '1k', '1M', '1G'))
      .map(([how, much]) => `size :${how} ${much}`),
  ),
);
const regexProbe = fc
  .tuple(
    of(
      'header :regex "subject"',
      'header :regex "x-word"',
      'address :regex :all "from"',
      'envelope :regex "to"',
    ),
    of(
      '(.*) (.*)',
      '([a-z]+)@(.*)',
      '^(.)(.?)',
      '(o|on|one)(e?)',
      '[[:alpha:]]+([[:space:]]|$)',
      '(a|b)*',
      '(x)?(.)',
      '([^@]*)@?(.*)$',
      '[0-9]{1,2}',
      '(e|l)+',
      '^$',
      '()(.)',
    ),
  )
  .map(([test, expression]) =>
    piece(`${test} ${quote(expression)}`, 'regex', ...(test.startsWith('env') ? ['envelope'] : [])),
  );
const countProbe = fc
  .tuple(
    fc.constantFrom<[string, string][]>(
      ['header COUNT ["subject", "x-word", "to"]', ''],
      ['header COUNT "x-word"', ''],
      ['address COUNT "to"', ''],
      ['address :localpart COUNT ["from", "to"]', ''],
      ['envelope COUNT ["from", "to"]', 'envelope'],
      ['date COUNT "date" "year"', 'date'],
      ['currentdate COUNT "year"', 'date'],
      ['string COUNT ["${o}", "", "x"]', 'variables'],
      ['hasflag COUNT', 'imap4flags'],
      ['body :content "text" COUNT', 'body'],
      ['environment COUNT "phase"', 'environment'],
    ),
    of('eq', 'ge', 'lt', 'ne'),
    of('0', '1', '2', '3', '4'),
  )
  .map(([[test, need], how, much]) =>
    piece(
      `${test.replace('COUNT', `:count "${how}" :comparator "i;ascii-numeric"`)} "${much}"`,
      'relational',
      'comparator-i;ascii-numeric',
      ...(need === '' ? [] : [need]),
    ),
  );
const bodyProbe = fc
  .tuple(
    of(
      ':raw',
      ':text',
      ':content "text"',
      ':content "text/plain"',
      ':content ["text/html", "application"]',
      ':content "message"',
      ':content "message/rfc822"',
      ':content "multipart"',
      ':content ""',
      ':content "text/x-log"',
    ),
    of(':contains', ':contains', ':is', ':matches'),
    of(
      'words',
      'Grüße',
      'für',
      'да',
      'other',
      'plain words',
      'binary words',
      'soft',
      'inner',
      'Inner',
      'preamble',
      'epilogue',
      'second line',
      'Zug',
      'b1',
    ),
  )
  .map(([what, how, key]) =>
    piece(`body ${what} ${how} ${quote(how === ':matches' ? `*${key}*` : key)}`, 'body'),
  );
export const mimeProbe = fc
  .tuple(
    of('header :mime', 'header :mime :anychild'),
    of(' :type', ' :subtype', ' :contenttype', ' :param "charset"', ' :param ["name", "filename"]', ''),
    of(
      '"content-type"',
      '"Content-Disposition"',
      '"content-transfer-encoding"',
      '["content-id", "content-type"]',
      '"subject"',
    ),
    of(
      ':contains "a"',
      ':is ["text", "plain", "mixed"]',
      ':contains "report"',
      ':is ["text/plain", "text/html"]',
      ':contains ["utf", "iso"]',
      ':is ""',
    ),
  )
  .map(([test, option, field, how]) =>
    piece(`${test}${option} ${how.split(' ')[0]} ${field} ${how.slice(how.indexOf(' ') + 1)}`, 'mime'),
  );
const mimeOther = of(
  'exists :mime :anychild "content-id"',
  'exists :mime "content-disposition"',
  'exists :mime :anychild ["content-type", "content-transfer-encoding"]',
  'address :mime :anychild :domain "from" "i.example"',
  'address :mime :localpart "from" "inner"',
).map((text) => piece(text, 'mime'));

const NOTIFY_URIS = [
  'mailto:a@x.example',
  'mailto:a@x.example,b@x.example',
  'mailto:',
  'mailto:a b@x.example',
  'MAILTO:a@x.example',
  'mailto:a@x.example?subject=x',
  'mailto:a@x.example?x',
  'mailto:a@x.example?body=%ZZ',
  'mailto:a@x.example?=x',
  'mailto:?to=a@x.example',
  'mailto:a',
  'xmpp-x:a',
  'mailto:%61@x.example',
  'mailto:a@x.example?cc=b@x.example&bcc=c@x.example',
  'mailto:a@x.example?to=',
  'mailto:a@x.example#f',
  'tel:+1',
  '',
  'x',
] as const;
const otherProbe = fc.oneof(
  list(of(...NOTIFY_URIS), 2).map((uris) => piece(`valid_notify_method ${uris}`, 'enotify')),
  fc
    .tuple(
      of(...NOTIFY_URIS),
      of('online', 'Online', 'frob'),
      of('"maybe"', '"yes"', ':matches "*"', ':contains "m"'),
    )
    .map(([uri, what, key]) => {
      const [type, value = ''] = key.startsWith(':') ? key.split(' ') : ['', key];
      return piece(`notify_method_capability ${type} ${quote(uri)} "${what}" ${value}`, 'enotify');
    }),
  fc
    .tuple(
      of(
        '',
        ' :handle "h"',
        ' :handle ""',
        ' :uniqueid "u"',
        ' :header "message-id"',
        ' :header "x-none"',
        ' :handle "h" :uniqueid "v"',
      ),
      of('', ' :seconds 0', ' :seconds 60', ' :seconds 5000000', ' :last', ' :last :seconds 9'),
    )
    .map((tags) => piece(`duplicate${tags.join('')}`, 'duplicate')),
  list(of('fileinto', 'frobnicate', 'vnd.nobody', 'variables', 'comparator-i;octet'), 2).map((names) =>
    piece(`ihave ${names}`, 'ihave'),
  ),
  shown(of('environment'), of('"phase"', '"remote-ip"', '"frob"', '"location"'), 'environment'),
  fc
    .tuple(
      of('', ':contains ', ':matches '),
      of('Straße', 'ABC', 'a b', '*', '?', ''),
      of('straße', 'abc', '*', '?*', 'A B', ''),
    )
    .map(([how, a, b]) =>
      piece(`string ${how}:comparator "i;ascii-casemap" ${quote(a)} ${quote(b)}`, 'variables'),
    ),
);

export const testProbe: fc.Arbitrary<Piece> = fc
  .oneof(
    { weight: 3, arbitrary: leafTest },
    { weight: 3, arbitrary: dateProbe },
    { weight: 1, arbitrary: currentProbe },
    { weight: 4, arbitrary: headerProbe },
    { weight: 3, arbitrary: regexProbe },
    { weight: 3, arbitrary: countProbe },
    { weight: 4, arbitrary: bodyProbe },
    { weight: 4, arbitrary: mimeProbe },
    { weight: 2, arbitrary: mimeOther },
    { weight: 4, arbitrary: otherProbe },
  )
  .map(caught);
