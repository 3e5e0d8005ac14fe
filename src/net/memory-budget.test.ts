import { expect, it } from 'vitest';
import { MemoryBudget } from './memory-budget.ts';

it('gives shares until it is used up, and takes them back once', () => {
  const budget = new MemoryBudget(100);
  const [one, other] = [budget.share(), budget.share()];
  expect(one.grow(60)).toBe(true);
  expect(one.grow(40)).toBe(true);
  expect(budget.used).toBe(60);
  expect(other.grow(41)).toBe(false);
  expect(other.grow(40)).toBe(true);
  expect(one.grow(61)).toBe(false);
  other.release();
  other.release();
  expect(budget.used).toBe(60);
  expect(one.grow(100)).toBe(true);
  one.release();
  expect(budget.used).toBe(0);
});
