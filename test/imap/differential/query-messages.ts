/** A message for both servers, with what APPEND says of it. */
export interface Mail {
  readonly raw: Buffer;
  readonly flags: readonly string[];
  /** `date-time` of RFC 9051 §9. */
  readonly arrived: string;
}

/** Numbers that come again with the same seed: mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const WORDS =
  'alpha beta gamma delta report invoice lunch Meeting RE list house größe naïve Łódź Ωmega привет 日本'.split(
    ' ',
  );
const PEOPLE: readonly (readonly [name: string, local: string, host: string])[] = [
  ['Anna Example', 'anna', 'example.org'],
  ['Bert', 'bert', 'example.com'],
  ['', 'carl', 'mail.example.net'],
  ['Dörte Groß', 'doerte', 'example.org'],
  ['Ève, the First', 'eve', 'Example.COM'],
  ['zoë', 'ZOE', 'example.net'],
  ['иван', 'ivan', 'example.ru'],
];
const FLAGS = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft', '$Label1', 'work', 'Forwarded'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const ZONES = ['+0000', '-0800', '+0530', '+1400', '-1100', '-0000', '+0100'];

const two = (value: number): string => String(value).padStart(2, '0');

function encoded(text: string, next: (below: number) => number): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  if (next(2) === 0) return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
  const octets = Array.from(
    Buffer.from(text),
    (octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `=?utf-8?q?${octets.join('')}?=`;
}

function address(next: (below: number) => number): string {
  const [name, local, host] = PEOPLE[next(PEOPLE.length)] ?? ['', 'x', 'example.org'];
  if (name === '') return next(2) === 0 ? `${local}@${host}` : `<${local}@${host}>`;
  const shown = encoded(name, next);
  if (shown !== name) return `${shown} <${local}@${host}>`;
  switch (next(3)) {
    case 0:
      return `"${name}" <${local}@${host}>`;
    case 1:
      return `${local}@${host} (${name})`;
    default:
      return name.includes(',') ? `"${name}" <${local}@${host}>` : `${name} <${local}@${host}>`;
  }
}

const one = <T>(some: readonly T[], next: (below: number) => number): T => some[next(some.length)] as T;

function subject(next: (below: number) => number): string {
  const words = Array.from({ length: 1 + next(3) }, () => one(WORDS, next)).join(' ');
  const front = one(
    ['', '', '', 'Re: ', 'RE: ', 'Fwd: ', 'fw: ', 'Re[2]: ', '[list] ', 'Re: [list] Re: ', 're : '],
    next,
  );
  const back = one(['', '', '', ' (fwd)', '  ', ' (FWD) (fwd)'], next);
  return `${front}${encoded(words, next)}${back}`;
}

/** Text with the header fields of its encoding; charset and encoding vary. */
function textPart(text: string, html: boolean, next: (below: number) => number): string {
  const type = html ? 'text/html' : 'text/plain';
  // oxlint-disable-next-line no-control-regex
  const latin = /^[\x00-\xff]*$/.test(text);
  const charset = latin && next(2) === 0 ? 'iso-8859-1' : 'utf-8';
  const octets = Buffer.from(text, charset === 'utf-8' ? 'utf8' : 'latin1');
  const head = (encoding: string): string =>
    `Content-Type: ${type}; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
  switch (next(3)) {
    case 0:
      return `${head('8bit')}${octets.toString('latin1')}\r\n`;
    case 1:
      return `${head('base64')}${octets.toString('base64').replace(/.{60}/g, '$&\r\n')}\r\n`;
    default:
      return `${head('quoted-printable')}${octets
        .toString('latin1')
        .replace(
          /[^\x20-\x3c\x3e-\x7e\r\n]/g,
          (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
        )
        .replace(/([^\r\n]{60})(?=[^\r\n])/g, (line) => (/=.?$/.test(line) ? line : `${line}=\r\n`))}\r\n`;
  }
}

function words(count: number, next: (below: number) => number): string {
  return Array.from({ length: count }, (_, at) => `${one(WORDS, next)}${at % 7 === 6 ? '\r\n' : ' '}`).join(
    '',
  );
}

/** A message as people's programs write them; `ids` are the Message-IDs of those before it. */
function generated(at: number, ids: string[], next: (below: number) => number): string {
  const day = 1 + next(28);
  const year = 2001 + next(3);
  const header: string[] = [];
  if (next(12) > 0)
    header.push(
      `Date: ${one(['', 'Mon, '], next)}${day} ${one(MONTHS, next)} ${year} ${two(next(24))}:${two(next(60))}:${two(next(60))} ${one(ZONES, next)}`,
    );
  if (next(15) > 0) header.push(`From: ${address(next)}`);
  if (next(12) > 0)
    header.push(`To: ${Array.from({ length: 1 + next(3) }, () => address(next)).join(',\r\n ')}`);
  if (next(3) === 0) header.push(`Cc: ${address(next)}`);
  if (next(6) === 0) header.push(`Bcc: ${address(next)}`);
  if (next(12) > 0) header.push(`Subject: ${subject(next)}`);
  const id = `<m${at}@example.org>`;
  if (next(10) > 0) header.push(`Message-ID: ${id}`);
  if (ids.length > 0 && next(2) === 0) {
    const references = Array.from({ length: 1 + next(3) }, () => one(ids, next));
    header.push(next(3) === 0 ? `In-Reply-To: ${references[0]}` : `References: ${references.join('\r\n ')}`);
  }
  ids.push(id);
  if (next(4) === 0) header.push(`X-Tag: ${one(WORDS.slice(0, 8), next)}`);
  const text = words(3 + next(30), next);
  const lines = `${header.join('\r\n')}\r\n`;
  if (next(3) > 0) return `${lines}MIME-Version: 1.0\r\n${textPart(text, false, next)}`;
  const html = `<html><body><p>${words(4, next)}</p><b>${one(WORDS, next)}</b>x&amp;y</body></html>\r\n`;
  return `${lines}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b${at}"\r\n\r\npreamble\r\n--b${at}\r\n${textPart(text, false, next)}\r\n--b${at}\r\n${textPart(html, true, next)}\r\n--b${at}\r\nContent-Type: message/rfc822\r\n\r\nFrom: inner@example.org\r\nSubject: inner ${one(WORDS.slice(0, 8), next)}\r\n\r\nenclosed ${one(WORDS.slice(0, 8), next)}\r\n--b${at}--\r\nepilogue\r\n`;
}

/** So many messages as people's programs write them. */
export function generatedMail(seed: number, count: number): Mail[] {
  const next = numbers(seed);
  const ids: string[] = [];
  return Array.from({ length: count }, (_, at) => ({
    // Text is octets already, but for what is written raw.
    raw: Buffer.from(generated(at, ids, next), 'latin1'),
    flags: FLAGS.filter(() => next(4) === 0),
    arrived: arrival(next),
  }));
}

const arrival = (next: (below: number) => number): string =>
  `"${two(1 + next(28))}-${one(MONTHS, next)}-${2001 + next(4)} ${two(next(24))}:${two(next(60))}:${two(next(60))} ${one(ZONES, next)}"`;

/** Messages with something odd, each, which both servers read alike: `\n` is CRLF, octets as latin1. */
const ALIKE: readonly string[] = [
  '\n',
  'Subject: header without end',
  'Subject:\nFrom:\nTo:\nDate:\n\nempty fields\n',
  'Subject:   \n\nspaces only\n',
  'subject: lower CASE field\nFROM: UPPER@EXAMPLE.ORG\n\nx\n',
  'Subject: folded\n over\n\tthree lines\nFrom: "Folded\n Name" <fold@example.org>\n\nx\n',
  'Subject: =?iso-8859-1?q?J=FCrgen?= =?iso-8859-1?q?_M=FCller?=\nFrom: =?iso-8859-1?q?J=FCrgen?= <j@example.org>\n\nx\n',
  'Subject: =?utf-8?b?w7w=?=x=?utf-8?b?w7w=?=\n\nx\n',
  'Subject: =?utf-8?q?broken\n\nx\n',
  'Subject: =?KOI8-R?B?8NLJ18XU?=\nFrom: =?koi8-r?b?6dfBzg==?= <ivan@example.ru>\nContent-Type: text/plain; charset=koi8-r\n\n\xf0\xd2\xc9\xd7\xc5\xd4\n',
  'Subject: =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=\nContent-Type: text/plain; charset=iso-2022-jp\n\n\x1b$BF|K\\\x1b(B\n',
  'Subject: raw \xc3\xbc utf8\n\nraw \xc3\xbc body\n',
  'From: a.b.c@sub.example.org, second@example.org\nSender: sender@example.org\nReply-To: reply@example.org\n\nx\n',
  'Date: Fri, 1 Mar 2002 23:59:59 -1200\n\nlate\n',
  'Date: Sat, 2 Mar 2002 00:00:00 +1400\n\nearly\n',
  'Date: 5 Mar 02 10:00 EST\n\ntwo digits\n',
  'Date: Tue,  5  Mar  2002  10:00:00 +0000 (comment)\n\nspaces\n',
  'Date: not a date\n\nx\n',
  'Date: 31 Feb 2002 10:00:00 +0000\n\nno such day\n',
  'Date: 5 Mar 2002\n\nno time\n',
  'Date: Mar 5 2002 10:00:00 +0000\n\namerican\n',
  'Date: 1 Jan 2040 00:00:00 +0000\n\nafter 2038\n',
  'Subject: Re: [list] hello (fwd)\nMessage-ID: <t1@x>\n\nx\n',
  'Subject: hello\nMessage-ID: <t2@x>\nReferences: <t1@x>\n\nx\n',
  'Subject: [Fwd: hello]\nMessage-ID: <t3@x>\nIn-Reply-To: <t2@x>\n\nx\n',
  'Subject: [list]\nMessage-ID: <t4@x>\nReferences: <missing1@x> <t1@x>\n\nx\n',
  'Subject: Re:\nMessage-ID: <t5@x>\nReferences: <missing1@x>\n\nx\n',
  'Subject: odd id\nMessage-ID: no-brackets@x\nReferences: no-brackets2@x <t2@x\n\nx\n',
  'Subject: in reply text\nMessage-ID: < spaced @ x >\nIn-Reply-To: your message of Monday <t2@x>\n\nx\n',
  'Subject: =?utf-8?q?Re=3A_hello?=\nMessage-ID: <t8@x>\n\nx\n',
  'Subject: zebra\n\nx\n',
  'Subject: Zebra crossing\n\nx\n',
  'Subject: 10 apples\n\nx\n',
  'Subject: 9 apples\n\nx\n',
  'Subject: tab\there\n\nTab\there and  two spaces\n',
  'Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nsoft=\n break and =C3=BC\n',
  'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZSBhdXMgQmVybGlu\n',
  'Content-Type: application/octet-stream; name="Bericht.pdf"\nContent-Disposition: attachment; filename="Bericht.pdf"\nContent-Transfer-Encoding: base64\n\naGlkZGVuIHRleHQ=\n',
  'Content-Type: multipart/mixed; boundary=b\n\npreamble words\n--b\nContent-Type: text/plain\nX-Part: partheader\n\nfirst part\n--b\nContent-Type: text/plain; name=second.txt\nContent-Disposition: attachment; filename=second.txt\n\nsecond part\n--b--\nepilogue words\n',
  'Content-Type: multipart/mixed; boundary=b\n\n--b\n\nno end of the part',
  'Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\ndeep part\n--c--\n--b\nContent-Type: message/rfc822\n\nSubject: enclosed subject\nFrom: enclosed@example.org\n\nenclosed body\n--b--\n',
  'Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n',
  'Content-Type: image/gif\nContent-Transfer-Encoding: base64\n\nR0lGODlhpicture\n',
  'Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\nSABlAGwAbABvAA==\n',
  'Content-Type: text/plain; charset=gb2312\n\n\xc4\xe3\xba\xc3\n',
  'X-Empty:\nX-Long: one two three four five six seven eight nine ten one two three four five six\n seven\nSubject: extra\n\nx\n',
  'List-Id: <list.example.org>\nReceived: from a by b\nReceived: from c by d\nSubject: received\n\nx\n',
  'Subject: line\n\nword at the end of a line\nsplit wo\nrd over lines\n',
  'Subject: big\n\n' + 'x'.repeat(3000) + '\n',
  'Subject: e\xcc\x81t\xc3\xa9\n\ne\xcc\x81t\xc3\xa9\n',
];

/** Those that Dovecot reads otherwise, and why that is accepted. */
const APART: readonly string[] = [
  // What has no header: its lines are body (Dovecot: header).
  'no header at all',
  // Encoded words of unknown charsets are shown as far as they can be.
  'Subject: =?unknown?q?abc=FC?=\n\nx\n',
  // 8-bit text without a charset is read as windows-1252.
  'Subject: raw \xfc latin1\n\nraw \xfc body\n',
  // Of several fields RFC 9051 §7.5.2 takes none before the others.
  'Subject: one\nSubject: two\nFrom: a@example.org\nFrom: b@example.org\nTo: first@example.org\nTo: second@example.org\n\nx\n',
  // A comment behind the address is its name, one before it is none.
  'From: (comment) anna@example.org (Anna)\nTo: group: one@example.org, Two <two@example.org>;\nCc: undisclosed-recipients:;\n\nx\n',
  // Names are compared as they are meant, not with the backslashes of the field.
  'From: "quoted \\"inner\\" name" <"odd local"@example.org>\nTo: <@route.example:to@example.org>\n\nx\n',
  // What is no address has none.
  'From: no address here\nTo: ,,\nCc: <>\n\nx\n',
  // Years of three digits are those of RFC 5322 §4.3.
  'Date: Tue, 5 Mar 102 10:00:00 GMT\n\nthree digits\n',
  // The first second of 1970 is a date.
  'Date: 1 Jan 1970 00:00:00 +0000\n\nepoch\n',
  // Military zones are UTC (RFC 5322 §4.3).
  'Date: Tue, 5 Mar 2002 10:00:00 A\n\nmilitary\n',
  // Dates before 1970 are dates.
  'Date: 1 Jan 1960 00:00:00 +0000\n\nbefore epoch\n',
  // Two messages of one identifier, and references in a loop.
  'Subject: Re: Re: Fwd[3]: [a] [b] hello\nMessage-ID: <t1@x>\nReferences: <loop@x>\n\nx\n',
  // A message that names itself last in its references.
  'Subject: loop\nMessage-ID: <loop@x>\nReferences: <t1@x> <loop@x>\n\nx\n',
  // 8-bit text without a charset is read as windows-1252.
  'Subject: \xe4\nMessage-ID: <>\n\nx\n',
  // 8-bit text without a charset is read as windows-1252.
  'Subject: \x80\x81 control\n\nx\n',
  // Of HTML also what a reader sees.
  'Content-Type: text/html; charset=utf-8\n\n<p>Hello <b>wor</b>ld &amp; &uuml;ber</p><style>hidden</style><!-- remark -->\n',
  // 8-bit text of an unknown charset is read as windows-1252.
  'Content-Type: text/plain; charset=unknown-8bit\n\nwhat is \xfc here\n',
  // Letters are compared by RFC 5051, which takes ligatures apart.
  'Subject: STRASSE stra\xc3\x9fe \xc4\xb0stanbul\n\nSTRASSE stra\xc3\x9fe \xc4\xb0stanbul \xef\xac\x81n\n',
];

/** Messages with something odd, each. */
export const oddMail = (seed: number): Mail[] => written(ALIKE, seed);
/** Messages that the two servers read differently. */
export const apartMail = (seed: number): Mail[] => written(APART, seed);

function written(texts: readonly string[], seed: number): Mail[] {
  const next = numbers(seed);
  return texts.map((text) => ({
    raw: Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'),
    flags: FLAGS.filter(() => next(5) === 0),
    arrived: arrival(next),
  }));
}
