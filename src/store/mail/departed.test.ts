import { expect, test } from 'vitest';
import { Departed } from './departed.ts';
import type { MessageFacts } from './types.ts';

const facts = (uid: number): MessageFacts => ({
  uid,
  system: 8,
  keywords: '',
  modseq: 1,
  internalDate: 0,
  saveDate: 0,
  size: 1,
  emailId: 'e',
  threadId: '',
});

test('remembers what was expunged last, by mailbox', () => {
  const departed = new Departed();
  departed.remember('a', [facts(1), facts(3)]);
  expect(departed.find('a', [1, 2, 3])).toEqual([facts(1), facts(3)]);
  expect(departed.find('b', [1])).toEqual([]);
  departed.remember(
    'b',
    Array.from({ length: 10_000 }, (_, at) => facts(at + 1)),
  );
  expect(departed.find('a', [1, 3])).toEqual([]);
  expect(departed.find('b', [1, 10_000])).toHaveLength(2);
});
