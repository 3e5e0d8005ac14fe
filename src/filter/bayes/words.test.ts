import { describe, expect, it } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { TokenSet } from './token-set.ts';
import { addWords, field } from './words.ts';

const plain = field('', 0);
const pairs = field('', 2);

/** Number of tokens. */
function count(text: string, at = plain): number {
  const tokens = new TokenSet(4000);
  addWords(tokens, text, at, 1_000_000);
  return tokens.size;
}

function same(one: string, other: string): boolean {
  const tokens = [one, other].map((text) => {
    const set = new TokenSet(4000);
    addWords(set, text, plain, 1_000_000);
    return set.toArray().join();
  });
  return tokens[0] === tokens[1];
}

describe('addWords', () => {
  it.each([
    ['', 0],
    [' .,;\n', 0],
    ['one two three', 3],
    ['one one ONE One', 1],
    ["don't e-mail 3.50", 3],
    ['end. Next', 2],
    ['Привет, мир', 2],
    ['naïve café', 2],
    ['price: $5', 3],
    ['привет-', 1],
  ])('%j has %d words', (text, words) => {
    expect(count(text)).toBe(words);
  });

  it('tells shouting from speaking', () => {
    expect(count('URGENT')).toBe(2);
    expect(count('urgent')).toBe(1);
  });

  it('makes words of two neighbours where a script has no spaces', () => {
    expect(count('発票')).toBe(2);
    const set = new TokenSet(100);
    addWords(set, '免费发票', plain, 100);
    const before = set.size;
    addWords(set, '发票', plain, 100);
    expect(set.size).toBe(before);
  });

  it('takes no notice of what is invisible', () => {
    expect(same('viagra', 'vi\u200Bag\u00ADra')).toBe(true);
    expect(same('viagra', 'vi agra')).toBe(false);
  });

  it('knows long words and numbers by their shape', () => {
    expect(same('1234567', '7654321')).toBe(true);
    expect(same('1234567', '76543210')).toBe(false);
    expect(same('x'.repeat(40), 'y'.repeat(50))).toBe(true);
    expect(same('2026', '2025')).toBe(false);
  });

  it('leaves addresses of the web out', () => {
    expect(same('see https://example.org/a/b?c=d now', 'see https://other.example/x now')).toBe(true);
    expect(count('see https://example.org/a/b?c=d now')).toBe(3);
  });

  it('makes pairs with the words before', () => {
    // 3 words, 2 neighbours, 1 pair over a word
    expect(count('one two three', pairs)).toBe(6);
    // the distance is part of the token
    const set = new TokenSet(100);
    addWords(set, 'one two three', pairs, 100);
    addWords(set, 'one three', pairs, 100);
    expect(set.size).toBe(7);
  });

  it('keeps the words of fields apart', () => {
    const set = new TokenSet(100);
    addWords(set, 'invoice', plain, 100);
    addWords(set, 'invoice', field('subject', 0), 100);
    expect(set.size).toBe(2);
  });

  it('reads so much and no more, and takes so many tokens and no more', () => {
    const set = new TokenSet(10);
    addWords(set, 'a b c d', plain, 3);
    expect(set.size).toBe(2);
    addWords(set, Array.from({ length: 50 }, (_, index) => `w${index}`).join(' '), plain, 1000);
    expect(set.size).toBe(10);
    expect(set.truncated).toBe(true);
  });

  it('is linear in what is hostile', () => {
    const used = cpuTimer();
    for (const text of [
      'a'.repeat(1e6),
      "a'".repeat(5e5),
      'http://'.repeat(2e5),
      '\u200B'.repeat(1e6),
      '漢'.repeat(1e6),
    ])
      count(text, pairs);
    expect(used()).toBeLessThan(3000);
  });
});
