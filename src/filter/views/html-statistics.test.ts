import { expect, test } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { renderHtmlText } from './html.ts';

const statistics = (html: string) => renderHtmlText(html, 0).statistics;

test('elements are counted by name, open ones by how many are left', () => {
  const { inside, numbers } = statistics('<!DOCTYPE html><p>a<p>b</p><x>c</x></b><o:p></o:p>');
  expect(Object.fromEntries(inside)).toEqual({ '!doctype': 0, p: 1, x: 0, b: 0, 'o:p': 0 });
  // Nine tags, the doctype among them: two unknown ones, one closed that was not open.
  expect(numbers.get('bad_tag_ratio')).toBeCloseTo(2 / 9);
  expect(numbers.get('closed_extra_ratio')).toBeCloseTo(1 / 9);
});

test('comments are told from what only begins like one', () => {
  expect(statistics('<!--a--><!b><?xml c?><![if d]>').texts.get('comment')).toEqual(['<!--a-->', '<!b>']);
});

test.each([
  ['<font size="7">x</font>', 7, 3],
  ['<font size="-2">x</font>', 3, 1],
  ['<basefont size="4"><font size="+2">x</font>', 6, 3],
])('font sizes of %s', (html, largest, smallest) => {
  const { numbers } = statistics(html);
  expect([numbers.get('max_size'), numbers.get('min_size')]).toEqual([largest, smallest]);
});

test.each([
  ['<body text="#ffffff">x', true],
  ['<body text="#ffffff" bgcolor="#000">x', false],
  ['<table><tr><td bgcolor="black">x<td>y', true],
  ['<p style="background: url(a.png) #000; color: #0a0a0a">x</p>', true],
  ['<p style="color: transparent">x</p>', true],
  ['<p style="color: white"> </p>', false],
  ['<style>x</style><p>y</p>', false],
])('%s: low contrast %s', (html, expected) => {
  expect(statistics(html).numbers.has('font_low_contrast')).toBe(expected);
});

test.each([
  ['many elements', '<div>'],
  ['many tables', '<table><tr><td bgcolor=red style="color:red;background:red">x'],
  ['many comments', '<!--x-->'],
  ['many that are none', '<!x>'],
  ['many names', '<'],
  ['long style', `<p style="${'background:('.repeat(1000)}">x`],
  ['long font name', `<font face="${' '.repeat(5000)}">`],
  ['many links', '<a href="http://example.org/">x'],
])('%s are read in time', (_, piece) => {
  const used = cpuTimer();
  let html = piece.repeat(Math.ceil(1_000_000 / piece.length));
  if (piece === '<') html = Array.from({ length: 200_000 }, (__, at) => `<n${at}>`).join('');
  statistics(html);
  expect(used()).toBeLessThan(4000);
});
