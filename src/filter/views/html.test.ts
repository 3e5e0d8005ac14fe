import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readHtml } from '../../message/html-tokens.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { renderHtmlText } from './html.ts';

const pieces = [
  'word ',
  ' a&amp;b&nbsp;c ',
  '<b>',
  '</b>',
  '<br/>',
  '<p style="display:none">',
  '</p>',
  '<a href="http://example.org/a">',
  '</a>',
  '<base href="http://example.net/x/">',
  '<img src=a.gif width=10 height=20%>',
  '<title>t <b>',
  '</title>',
  '<style>p {color: red}',
  '</style>',
  '<script>if (a<b) x()',
  '</script>',
  '<iframe><p>',
  '</iframe>',
  '<textarea>',
  '</textarea>',
  '<!-- c -->',
  '<!x>',
  '<!doctype html>',
  '<?php ?>',
  '<svg>',
  '<![CDATA[ x ]]>',
  '</svg>',
  '<noframes><i>',
  '</noframes>',
  '<plaintext>',
  '<font color=#ffffff size=+2 face="x,1">',
  '</font>',
  '<td/>',
  '\r\n',
  '\0',
  '<',
  '<a b="',
];

test('what another reader has read is rendered as what is read here', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
      // As the text of a part is.
      const html = parts.join('').replaceAll('\r\n', '\n');
      const events = readHtml(html, defaultMessageLimits);
      expect(renderHtmlText(html, 3, events)).toEqual(renderHtmlText(html, 3));
    }),
    { numRuns: 500 },
  );
});

test('what another reader has cut off is read anew', () => {
  const html = '<b>a</b>'.repeat(100);
  const events = readHtml(html, { ...defaultMessageLimits, htmlElements: 10 });
  expect(events.truncated).toBe(true);
  expect(renderHtmlText(html, 0, events).text).toBe('a'.repeat(100));
});
