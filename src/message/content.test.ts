import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderHtml } from './html.ts';
import { defaultMessageLimits } from './limits.ts';
import { findTextLinks } from './links.ts';
import { parseMessage } from './parse.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer.ts';
import type { HtmlView } from './types.ts';
import { findUuencoded } from './uuencode.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('transfer encodings', () => {
  test.each([
    ['a=3Db', 'a=b'],
    ['a=3db', 'a=b'],
    ['soft=\nbreak', 'softbreak'],
    ['soft=\r\nbreak', 'softbreak'],
    ['soft= \t\r\nbreak', 'softbreak'],
    ['end=', 'end'],
    ['spaces \t\nnext  ', 'spaces\nnext'],
    ['kept=20\n=09\r\n', 'kept \n\t\r\n'],
    ['lone\rCR =\rx', 'lone\rCR =\rx'],
    ['=E', '=E'],
    ['==41', '=A'],
  ])('quoted-printable %j', (encoded, expected) => {
    expect(text(decodeQuotedPrintable(Buffer.from(encoded)))).toBe(expected);
  });

  test.each([
    ['aGVsbG8=', 'hello', []],
    ['aGVs\r\nbG8=\r\n', 'hello', []],
    ['aGVsbG8', 'hello', ['base64-padding']],
    ['aGVsbG8=IQ==', 'hello!', ['base64-padding']],
    ['aGVsbG8===', 'hello', ['base64-padding']],
    ['aG-Vs_bG8=', 'hello', ['base64-characters']],
    ['', '', []],
    ['====', '', ['base64-padding']],
  ])('base64 %j', (encoded, expected, codes) => {
    const found: string[] = [];
    expect(text(decodeBase64(Buffer.from(encoded), (code) => found.push(code)))).toBe(expected);
    expect(found).toEqual(codes);
  });

  test('base64 of any bytes, with line endings anywhere', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 80 }), (bytes, width) => {
        const encoded = Buffer.from(bytes)
          .toString('base64')
          .replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
        const codes: string[] = [];
        expect(Buffer.from(decodeBase64(Buffer.from(encoded), (code) => codes.push(code)))).toEqual(
          Buffer.from(bytes),
        );
        expect(codes).toEqual([]);
      }),
    );
  });

  test('an identity encoding gives a view, not a copy', () => {
    const raw = Buffer.from('Subject: x\n\nbody');
    const { content } = parseMessage(raw).root;
    expect([content.buffer, content.byteOffset]).toEqual([raw.buffer, raw.byteOffset + 12]);
  });
});

function uuencode(bytes: Uint8Array): string {
  const character = (value: number): string => (value === 0 ? '`' : String.fromCharCode(value + 32));
  let out = 'begin 644 some file.bin\n';
  for (let at = 0; at < bytes.length; at += 45) {
    const line = bytes.subarray(at, at + 45);
    out += character(line.length);
    for (let i = 0; i < line.length; i += 3) {
      const group = ((line[i] ?? 0) << 16) | ((line[i + 1] ?? 0) << 8) | (line[i + 2] ?? 0);
      for (const shift of [18, 12, 6, 0]) out += character((group >> shift) & 63);
    }
    out += '\n';
  }
  return `${out}\`\nend\n`;
}

describe('uuencode', () => {
  test('what is encoded is found and decoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), (bytes, crlf) => {
        const body = `text\n${uuencode(bytes)}more\n`;
        const [file, ...rest] = findUuencoded(Buffer.from(crlf ? body.replaceAll('\n', '\r\n') : body));
        expect(rest).toEqual([]);
        expect([file?.name, file?.complete, Buffer.from(file?.content ?? [])]).toEqual([
          'some file.bin',
          true,
          Buffer.from(bytes),
        ]);
      }),
    );
  });

  test('text that only begins like one is none', () => {
    for (const body of ['begin with me\n', 'begin 644\nx', 'a begin 644 x\n#aaaa\n', 'begin 644 x\n'])
      expect(findUuencoded(Buffer.from(body))).toEqual([]);
  });
});

const html = (source: string): HtmlView => renderHtml(source, 0, defaultMessageLimits);

describe('HTML', () => {
  test.each([
    ['<p>a<p>b', 'a\n\nb'],
    ['a<br>b<br><br>c', 'a\nb\n\nc'],
    ['<div>a</div><div>b</div> c', 'a\nb\nc'],
    ['a\n  b&nbsp;&nbsp;c', 'a b c'],
    ['<pre>a\n  b</pre>c', 'a\n  b\n\nc'],
    ['<ul><li>a<li>b</ul>', 'a\nb'],
    ['<table><tr><td>a<td>b<tr><td>c</table>', 'a b\nc'],
    ['a<b>b</b>c<i> d </i>e', 'abc d e'],
    ['&lt;p&gt; &amp;amp; &#65;&#x42; &eacute; &notit;', '<p> &amp; AB é ¬it;'],
    ['a<script>x</script><style>y</style><title>z</title><!-- c -->b', 'ab'],
    ['<textarea> t </textarea><input type=submit value=Go>', ' t Go'],
    ['a<![if !mso]>b<![endif]>c', 'abc'],
    ['<svg><title>t</title></svg>x', 'tx'],
    ['<noscript>n</noscript>', 'n'],
  ])('%s', (source, expected) => expect(html(source).text).toBe(expected));

  test.each([
    ['display:none', '<div style="display:none">h</div>v'],
    ['display:none, important', '<div style="color:red;DISPLAY: NONE !important">h</div>v'],
    ['hidden', '<p hidden>h</p>v'],
    ['visibility', '<i style="visibility:hidden">h<b style="visibility:visible">v</b></i>'],
    ['font size', '<span style="font-size:0">h</span>v'],
    ['tiny font', '<span style="font:1px Arial">h</span>v'],
    ['tiny em', '<span style="font-size:10px"><i style="font-size:0.1em">h</i></span>v'],
    ['opacity', '<span style="opacity: 0.0">h</span>v'],
    ['same colour', '<div style="background:#fff"><span style="color:rgb(255, 255, 254)">h</span>v</div>'],
    [
      'same colour, attributes',
      '<table bgcolor=black><td><font color="#000001">h</font><font color=white>v</font></table>',
    ],
    ['transparent', '<span style="color:transparent">h</span>v'],
    ['alpha', '<span style="color:#00000000">h</span>v'],
    ['off screen', '<div style="position:absolute;left:-9999px">h</div>v'],
    ['indent', '<div style="text-indent:-1000px">h</div>v'],
    ['no height', '<div style="max-height:0;overflow:hidden">h</div>v'],
    ['clipped', '<div style="position:absolute;clip:rect(0,0,0,0)">h</div>v'],
    ['class', '<style>.x{display:none}</style><p class="a x">h</p>v'],
    ['class behind', '<p class="x">h</p>v<style>/* c */ p.x, b { display : none }</style>'],
    ['id', '<style>#x{display:none}</style><p id=x>h</p>v'],
    ['tag', '<style>i{font-size:0px}</style><i>h</i>v'],
    [
      'inline undoes the class',
      '<style>.x{display:none}</style><p class=x>h</p><p class=x style="display:block">v</p>',
    ],
    [
      'other media do not count',
      '<style>@media print{.y{display:none}} .x{display:none}</style><p class=x>h</p><p class=y>v</p>',
    ],
    ['screen does', '<style>@media screen{.x{display:none}}</style><p class=x>h</p>v'],
    [
      'styles in comments do not count',
      '<!--<style>.y{display:none}</style>--><p hidden>h</p><p class=y>v</p>',
    ],
    ['a paragraph ends at the next', '<p style="display:none">h<p>v'],
    ['formatting goes on behind a block', '<p><b style="display:none">h</p>h</b>v'],
    [
      'an inline end tag does not reach through a block',
      '<span style="display:none"><div>h</span>h</div></span>v',
    ],
    ['unknown background', '<td background="x.png"><font color=white>v</font></td><i hidden>h</i>'],
    ['gradient', '<div style="background:linear-gradient(red,blue);color:#fff">v</div><i hidden>h</i>'],
  ])('hidden by %s', (_, source) => {
    const view = html(source);
    expect(view.text.replace(/\s/g, '')).toBe('v');
    expect(view.hiddenText.replace(/\s/g, '')).toMatch(/^h+$/);
  });

  test('links and what is loaded', () => {
    const view = html(
      '<base href="https://b.example/d/"><a href="x">t <b>u</b></a><a href="JavaScript:y">j</a><a name=z>n</a><a href="#f">f</a>' +
        '<a href="https://c.example/"><img src="i.png"></a><a href="q">open<a href="r">next</a>' +
        '<form action="https://f.example/"></form><div style="background:url(\'https://u.example/i\')"></div><img src="data:image/png;base64,AA==">',
    );
    expect(view.links.map(({ url, text }) => [url, text])).toEqual([
      ['https://b.example/d/x', 't u'],
      ['JavaScript:y', 'j'],
      ['https://c.example/', ''],
      ['https://b.example/d/q', 'open'],
      ['https://b.example/d/r', 'next'],
      ['https://f.example/', ''],
    ]);
    expect(view.resources).toEqual(['https://b.example/d/i.png', 'https://u.example/i']);
    expect(view.statistics).toMatchObject({ images: 2, forms: 1, truncated: false });
  });

  test('hostile input is cut and says so', () => {
    for (const source of [
      '<div>'.repeat(2_000_000),
      '<b>'.repeat(1000),
      `<p>${'x'.repeat(2_000_000)}`,
      '<a href=x>'.repeat(3000),
    ]) {
      const view = html(source);
      expect(view.statistics.truncated).toBe(true);
      expect(view.statistics.depth).toBeLessThanOrEqual(defaultMessageLimits.htmlDepth);
    }
  });
});

describe('links in text', () => {
  const links = (source: string): string[] =>
    findTextLinks(source, 0, defaultMessageLimits).map(({ url }) => url);
  test.each([
    ['see http://a.example.', ['http://a.example']],
    ['(http://a.example/x)', ['http://a.example/x']],
    ['http://a.example/x_(y)', ['http://a.example/x_(y)']],
    ['<http://a.example/x>', ['http://a.example/x']],
    ['"http://a.example/x",', ['http://a.example/x']],
    ['HTTPS://A.example/?q=a&b=c#d!', ['HTTPS://A.example/?q=a&b=c#d']],
    ['www.a.example/x, and www2.b.example', ['www.a.example/x', 'www2.b.example']],
    ['http://müller.example/ü', ['http://müller.example/ü']],
    ['mailto:a@b.example?subject=x', ['mailto:a@b.example?subject=x']],
    ['http://a.example http://a.example', ['http://a.example']],
    ['xhttp://a http:// www. ftp:x', []],
  ])('%s', (source, expected) => expect(links(source)).toEqual(expected));
});

describe('the text a reader sees', () => {
  const message = (type: string, ...parts: string[]): string =>
    `Content-Type: multipart/${type}; boundary=${type}\n\n${parts.map((part) => `--${type}\n${part}\n`).join('')}--${type}--\n`;
  const seen = (source: string) => parseMessage(Buffer.from(source)).text;
  const [plain, rich] = ['\nplain', 'Content-Type: text/html\n\n<p>rich'];

  test('one of alternative, all of mixed, none of an attached message', () => {
    expect(seen(message('alternative', plain, rich))).toBe('rich');
    expect(seen(message('alternative', rich, plain))).toBe('plain');
    expect(seen(message('alternative', plain, 'Content-Type: text/calendar\n\nBEGIN:VCALENDAR'))).toBe(
      'plain',
    );
    expect(
      seen(message('alternative', plain, message('related', rich, 'Content-Type: image/png\n\nx'))),
    ).toBe('rich');
    expect(seen(message('mixed', plain, rich, 'Content-Disposition: attachment\n\nattached'))).toBe(
      'plain\nrich',
    );
    expect(seen(message('mixed', plain, 'Content-Type: message/rfc822\n\nSubject: x\n\ninner'))).toBe(
      'plain',
    );
  });

  test('links of all its forms, each once', () => {
    const source = message(
      'alternative',
      '\nhttp://plain.example/ and http://both.example/',
      'Content-Type: text/html\n\n<a href="http://evil.example/">http://good.example/</a> http://both.example/ www.bare.example <a href="http://evil.example/">again</a>',
    );
    expect(
      parseMessage(Buffer.from(source)).links.map(({ url, text, origin }) => [url, text, origin]),
    ).toEqual([
      ['http://plain.example/', '', 'text'],
      ['http://both.example/', '', 'text'],
      ['http://evil.example/', 'http://good.example/', 'html'],
      ['http://evil.example/', 'again', 'html'],
      ['www.bare.example', '', 'text'],
    ]);
  });

  test('attachments', () => {
    const { attachments } = parseMessage(
      Buffer.from(
        message(
          'mixed',
          plain,
          'Content-Disposition: attachment; filename=a.txt\n\nx',
          'Content-Type: image/png; name=b.png\n\nx',
          'Content-Type: message/rfc822\n\nContent-Type: application/zip\nContent-Disposition: inline; filename=c.zip\n\nx',
          'Content-Type: text/csv; name=d.csv\n\nx',
          'Content-Disposition: unheard-of\n\nx',
        ),
      ),
    );
    expect(attachments.map((part) => part.filename ?? part.type)).toEqual([
      'a.txt',
      'b.png',
      'message/rfc822',
      'c.zip',
      'd.csv',
      'text/plain',
    ]);
  });

  test('defects are the same whatever was asked for before', () => {
    const raw = Buffer.from(
      message(
        'mixed',
        'Content-Transfer-Encoding: base64\n\n!!!!',
        'Content-Type: text/html; charset=nosuch\n\n<p>\xe4',
      ),
      'latin1',
    );
    const [one, other] = [parseMessage(raw), parseMessage(raw)];
    void [
      other.text,
      other.links,
      other.parts.map((part) => part.content),
      other.header.fields.map((field) => [field.addresses, field.date]),
    ];
    expect(one.defects).toEqual(other.defects);
    expect(one.defects.map(({ code }) => code)).toEqual(['base64-characters', 'unknown-charset']);
    expect(one.defects).toBe(one.defects);
  });
});
