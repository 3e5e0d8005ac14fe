import fc from 'fast-check';
import { literal } from './layout.ts';
import { join, type Piece, piece, quote } from './pieces.ts';

const of = <T extends string>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Who writes: people, programs, and the owner. (It answers noreply@ too.) */
export const senders = of(
  'anna@example.org',
  'anna@example.org',
  'ben@shop.example',
  'mailer-daemon@example.org',
  'list-request@example.org',
  'owner-list@example.org',
  'majordomo@example.org',
  'me+box@example.org',
  'other@example.org',
);
/** What of the header says that the mail is for the owner, or that it is not. */
export const toOwner = of(
  'Cc: me+box@example.org',
  'Resent-To: Me <me+box@example.org>',
  'Bcc: me+box@example.org',
  'Cc: other@example.org',
  'Cc: ME+BOX@EXAMPLE.ORG, x@y.example',
  'Cc: team: me+box@example.org;',
  'X-To: me+box@example.org',
);

const TEXTS = [
  'I am away.',
  'Grüße\nund mehr',
  'a "quoted" \\ text',
  '.\n..dot',
  'Ünï ${v}',
  ' lead and trail ',
] as const;
const text = fc
  .tuple(of(...TEXTS), of('plain', 'escaped', 'text'))
  .map(([value, form]) => literal(value, form));
const tag = (name: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    values.map((value) => ` :${name} ${value}`),
  );
const subject = of('"Gone"', '"Weg: Grüße"', '"${v} ${1}"', `"${'long words '.repeat(12)}"`, '""');
const from = of(
  '"Me <me@example.org>"',
  '"other@example.org"',
  '"Ü <me@example.org>"',
  '"\\"A, B\\" <me@example.org>"',
);
const vacation = fc
  .tuple(
    tag('days', of('0', '1', '7', '365')),
    tag('subject', subject),
    tag('from', from),
    tag('addresses', of('"other@example.org"', '["x@y.example", "OTHER@example.org"]')),
    tag('handle', of('"h"', '""')),
    fc.oneof(
      { weight: 5, arbitrary: text },
      {
        weight: 1,
        arbitrary: of(
          ' :mime text:\nContent-Type: text/html\n\n<p>away</p>\n.\n',
          ' :mime "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\none\r\n--q--\r\n"',
        ),
      },
    ),
  )
  .map(([days, about, who, addresses, handle, reason]) =>
    piece(`vacation${days}${about}${who}${addresses}${handle} ${reason};`, 'vacation', 'variables'),
  );

const MAILTO = [
  'mailto:a@x.example',
  'MAILTO:a@x.example',
  'mailto:%61@x.example',
  'mailto:?to=a@x.example',
  'mailto:a@x.example?cc=c@x.example',
  'mailto:a@x.example?to=b@x.example',
  'mailto:a@x.example?X-Mine=yes',
  'mailto:a@x.example?x-mine=u%20x',
  'mailto:a@x.example?from=evil@x.example',
  'mailto:a@x.example?subject=s%20u',
  'mailto:a@x.example?auto-submitted=no',
] as const;
const notify = fc
  .tuple(
    of('', ' :importance "1"', ' :importance "2"', ' :importance "3"'),
    of(' :message "note"', ' :message "Grüße ${v}"', ` :message "${'long words '.repeat(12)}"`),
    from,
    of(...MAILTO),
    of('body=text', 'body=line%201%0D%0Aline%202', 'body=%C3%BC'),
    tag('options', of('"a=b"', '["a=b", "c=d"]')),
  )
  .map(([importance, message, who, uri, body, options]) =>
    piece(
      `notify${importance}${message} :from ${who}${options} ${quote(`${uri}${uri.includes('?') ? '&' : '?'}${body}`)};`,
      'enotify',
      'variables',
    ),
  );
const edit = of(
  'addheader "X-New" "Grüße an alle";',
  `addheader :last "X-New" "${'long words '.repeat(20)}";`,
  'addheader "X-New" "one\r\n two";',
  'deleteheader "X-Word";',
  'deleteheader :index 2 "X-Word";',
  'deleteheader :contains "X-Word" "o";',
  'deleteheader "Subject"; addheader "Subject" "new ü";',
).map((one) => piece(one, 'editheader', 'index'));
const redirect = of(
  'redirect "x@elsewhere.example";',
  'redirect "X <y@elsewhere.example>";',
  'redirect "x@Elsewhere.Example";',
).map((one) => piece(one));
const other = of(
  'keep;',
  'discard;',
  'set "v" "value";',
  'if header :matches "subject" "*" { set "v" "${1}"; }',
).map((one) => piece(one, 'variables'));

const command: fc.Arbitrary<Piece> = fc.oneof(
  { weight: 3, arbitrary: notify },
  { weight: 2, arbitrary: edit },
  { weight: 2, arbitrary: redirect },
  { weight: 1, arbitrary: other },
);

/** Scripts that send mails: at most one reply, notifications, redirects of what was edited before. */
export const sending: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(command, { maxLength: 3 }),
    fc.option(vacation, { freq: 3 }),
    fc.array(command, { maxLength: 1 }),
  )
  .map(([before, reply, after]) => {
    const { text: body, needs } = join([...before, ...(reply === null ? [] : [reply]), ...after], (texts) =>
      texts.join('\n'),
    );
    return `require [${[...needs, 'fileinto'].map(quote).join(', ')}];\n${body}\n`;
  });
