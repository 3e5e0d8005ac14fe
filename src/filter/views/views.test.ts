import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { publicDomains } from './domains.ts';
import { renderHtmlText } from './html.ts';
import { VIEW_LIMITS } from './limits.ts';
import { contextOf } from './testing.ts';
import type { Views } from './types.ts';
import { canonicalForms } from './uri-forms.ts';
import { findUris } from './uris.ts';
import { createViews } from './views.ts';

const viewsOf = (text: string): Views => createViews(contextOf(text));
const html = (body: string): Views =>
  viewsOf(`Subject: s\nContent-Type: text/html; charset=utf-8\n\n${body}`);

describe('body', () => {
  test('the subject, then a paragraph a line, white space collapsed', () => {
    expect(viewsOf('Subject: hi\n\none\n two\t three\n\n\n four\n').body).toEqual([
      'hi\n',
      'one two three\n',
      ' four ',
    ]);
  });

  test.each(['text\n', '--c\ntext\n--b--\n'])(
    'a multipart without parts is read as it stands: %j',
    (body) => {
      const views = viewsOf(`Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n${body}`);
      expect(views.body.join('')).toContain('text');
      expect(views.rawbody.join('')).toContain('text');
    },
  );

  test('text of any charset is the bytes of its UTF-8', () => {
    const { body } = viewsOf('Subject: s\nContent-Type: text/plain; charset=iso-8859-1\n\ncaf\xe9\n');
    expect(body[1]).toBe('caf\xc3\xa9 ');
  });

  test('long paragraphs are split at a space, or anywhere', () => {
    const { body } = viewsOf(`Subject: s\n\n${'word '.repeat(1000)}\n\n${'x'.repeat(5000)}\n`);
    expect(Math.max(...body.map((line) => line.length))).toBeLessThanOrEqual(VIEW_LIMITS.line);
    expect(body[1]?.endsWith('word ')).toBe(true);
    expect(body.join('').replaceAll(/\s/g, '')).toHaveLength(1 + 4000 + 5000);
  });

  test('HTML is rendered; what is hidden is in the text, and told apart', () => {
    const views = html(
      '<p>one<br>two</p><div style="display:none">dark</div><b>bo</b>ld<script>no</script><td>cell',
    );
    expect(views.body).toEqual(['s\n', '\n', 'one two\n', 'dark bold cell']);
    expect(views.visibleBody.join('')).not.toContain('dark');
    expect(views.invisibleBody).toEqual(['dark']);
  });

  test('without a body there is the subject', () => expect(viewsOf('Subject: s\n\n').body).toEqual(['s\n']));
});

test('rawbody is in chunks that lose nothing', () => {
  const text = Array.from({ length: 2000 }, (_, index) => `line ${index}`).join('\n');
  const { rawbody, full } = viewsOf(`Subject: s\n\n${text}\n`);
  expect(rawbody.join('')).toBe(`${text}\n`);
  expect(rawbody.length).toBeGreaterThan(3);
  expect(full).toBe(`Subject: s\n\n${text}\n`);
});

describe('header', () => {
  const views = viewsOf(
    'Received: by a\nReceived: by b\nFrom: =?utf-8?q?=C3=89va?= <eva@mail.example.co.uk>, Bo <bo@example.org>\nTo: undisclosed:;\nSubject: a\n\tb\nX-IP: from 192.0.2.7 (x)\n\n',
  );
  test.each<[string, string[]]>([
    ['Subject', ['a b\n']],
    ['Subject:raw', [' a\n\tb\n']],
    ['received', ['by a\n', 'by b\n']],
    ['Received:first', ['by a\n']],
    ['Received:last', ['by b\n']],
    ['From:addr', ['eva@mail.example.co.uk', 'bo@example.org']],
    ['From:name', ['\xc3\x89va', 'Bo']],
    ['From:addr:domain', ['example.co.uk', 'example.org']],
    ['From:addr:host', ['mail.example.co.uk', 'example.org']],
    ['To:addr', []],
    ['X-IP:ip', ['192.0.2.7']],
    ['X-IP:revip', ['7.2.0.192']],
    ['X-None', []],
    ['EnvelopeFrom', ['bounce@example.org']],
  ])('%s', (request, expected) => expect(views.header(request)).toEqual(expected));
});

describe('addresses', () => {
  test.each<[string, string[]]>([
    ['http://Example.com/A', ['http://Example.com/A']],
    ['http://example.com?x', ['http://example.com?x', 'http://example.com/?x']],
    ['http:example.com', ['http:example.com', 'http://example.com']],
    ['http://example.com/%61b', ['http://example.com/%61b', 'http://example.com/ab']],
    ['http://user@example.com/', ['http://user@example.com/', 'http://example.com/']],
    ['http://0x7f000001/', ['http://0x7f000001/', 'http://127.0.0.1/']],
    ['http://2130706433/', ['http://2130706433/', 'http://127.0.0.1/']],
    ['http://010.1.2.3/', ['http://010.1.2.3/', 'http://8.1.2.3/']],
    ['http://intranet/', ['http://intranet/', 'http://www.intranet.com/']],
    ['http://example.com:80/x', ['http://example.com:80/x', 'http://example.com/x']],
    [
      'http://r.example.com/?u=http://t.example.net/',
      ['http://r.example.com/?u=http://t.example.net/', 'http://t.example.net/'],
    ],
    ['mailto:a@example.com?subject=x', ['mailto:a@example.com?subject=x', 'mailto:a@example.com']],
    ['#top', []],
    ['/image.gif', []],
  ])('%s', (uri, forms) => expect(canonicalForms(uri, [])).toEqual(forms));

  test('in text, with a scheme, without one, and as mail', () => {
    const { uriDetails } = viewsOf(
      'Subject: s\n\nSee (http://www.example.com/a), www.example.org, shop.example.net/x and anna@example.com. Not a.invalidtld, 1.5 or end.Neext',
    );
    expect(uriDetails.map(({ raw, types }) => `${raw} ${[...types].join()}`)).toEqual([
      'http://www.example.com/a parsed',
      'http://www.example.org parsed,schemeless',
      'http://shop.example.net/x parsed,schemeless,unlinked',
      'mailto:anna@example.com parsed,schemeless',
    ]);
  });

  test('in HTML, with the element, the text and the base', () => {
    const { uris } = renderHtmlText(
      '<base href="http://example.com/d/i.html"><a href="x.html">one <b>two</b></a><img src="//example.org/p.png"><a href=" http://e.example/ ">',
      0,
    );
    expect(uris.map(({ uri, types, anchorTexts }) => [uri, [...types], anchorTexts])).toEqual([
      ['http://example.com/d/i.html', ['base'], []],
      ['http://example.com/d/x.html', ['a'], ['one two']],
      ['http://example.org/p.png', ['img'], []],
      ['http://e.example/', ['a'], ['']],
    ]);
  });
});

test.each([
  ['(b.example.com)', ['http://b.example.com']],
  ['>anna@example.org<', ['mailto:anna@example.org']],
  ['http://localhost, www.example.net/a)b', ['http://www.example.net/a']],
  ['no.such-tld end.', []],
  // The byte \xa0 ends an address after a scheme, and is part of a host name that has none.
  ['http://example.com/a\xa0b', ['http://example.com/a']],
  ['example.com\xa0b', []],
])('addresses in %j', (line, found) => {
  expect(findUris([line], [], [], publicDomains).map(({ raw }) => raw)).toEqual(found);
});

test('hostile text is read in time, and within the limits', () => {
  const used = cpuTimer();
  for (const body of [
    'a@'.repeat(200_000),
    'http://'.repeat(100_000),
    'x.'.repeat(200_000),
    '<div>'.repeat(200_000),
    '<a href=x>'.repeat(100_000),
    '\n \n'.repeat(200_000),
    'http://a.example/?u=http://b.example/?u='.repeat(10_000),
    '('.repeat(300_000),
    '%61'.repeat(100_000),
  ])
    for (const type of ['plain', 'html']) {
      const views = viewsOf(`Subject: s\nContent-Type: text/${type}\n\n${body}`);
      expect(views.uris.length).toBeLessThanOrEqual(VIEW_LIMITS.uris * VIEW_LIMITS.urisOfOne);
      expect(views.body.join('').length).toBeLessThanOrEqual(VIEW_LIMITS.bodyTotal);
      expect(views.rawbody.length).toBeGreaterThan(0);
    }
  expect(used()).toBeLessThan(15_000);
});

test('views hold bytes, whatever the message', () => {
  const piece = fc.constantFrom(
    'a',
    '\xff',
    '\xc3\xa9',
    '&eacute;',
    '&#8364;',
    '<p>',
    '<a href="http://\u00e9.example/">',
    '\n',
    '\n\n',
    ' ',
    '=?utf-8?q?=E2=82=AC?=',
    'http://x.example/',
    '@',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.constantFrom('text/plain', 'text/html', 'text/plain; charset=utf-8', 'text/html; charset=koi8-r'),
      (pieces, type) => {
        const views = viewsOf(
          `Subject: ${pieces.join('').replaceAll('\n', ' ')}\nContent-Type: ${type}\n\n${pieces.join('')}`,
        );
        for (const text of [
          ...views.body,
          ...views.rawbody,
          ...views.uris,
          ...views.header('ALL'),
          ...views.header('Subject:raw'),
        ])
          expect(/^[\x00-\xff]*$/.test(text)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
