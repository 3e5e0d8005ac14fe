import { describe, expect, test } from 'vitest';
import { foldsOf, judgeAll, judgeOnline, leaveOut } from './run.ts';
import { labelled } from './testing.ts';
import type { Engine, LabelledMessage } from './types.ts';

const names = (messages: readonly LabelledMessage[]): string[] => messages.map(({ name }) => name);

/** Takes for spam whatever it has learned as spam; fails on names with an x. */
function fake(width = 3): Engine & { learned: string[]; most: number } {
  let running = 0;
  const engine = {
    name: 'fake',
    version: undefined,
    required: 1,
    width,
    learned: [] as string[],
    most: 0,
    learn(messages: readonly LabelledMessage[]) {
      engine.learned.push(...names(messages));
      return Promise.resolve();
    },
    async judge({ name, source }: LabelledMessage) {
      engine.most = Math.max(engine.most, ++running);
      await new Promise((done) => setImmediate(done));
      running--;
      if (name.includes('x')) throw new Error('broken');
      const spam = engine.learned.some((one) => one.startsWith(source));
      return { score: Number(spam), spam, action: '', hits: [] };
    },
    cpu: () => 0,
    close: () => Promise.resolve(),
  };
  return engine;
}

describe('judging', () => {
  test('outcomes are in the order of the messages, faults among them, as many at once as the engine takes', async () => {
    const engine = fake();
    const messages = ['a1', 'a2', 'x3', 'a4', 'a5', 'a6'].map((name) => labelled(name));
    let advanced = 0;
    const outcomes = await judgeAll(engine, messages, () => advanced++);
    expect(outcomes.map(({ message }) => message.name)).toEqual(names(messages));
    expect(outcomes[2]).toMatchObject({ judgement: undefined, fault: 'broken' });
    expect(advanced).toBe(6);
    expect(engine.most).toBe(3);
  });

  test('in on-line order what was misjudged is learned, and the next of its kind is judged by it', async () => {
    const engine = fake();
    const messages = ['b1', 'b2', 'h1'].map((name) =>
      labelled(name, { label: name.startsWith('b') ? 'spam' : 'ham', source: name.slice(0, 1) }),
    );
    const { outcomes, learned } = await judgeOnline(engine, messages, false, () => undefined);
    expect(outcomes.map(({ judgement }) => judgement?.spam)).toEqual([false, true, false]);
    expect([engine.learned, learned]).toEqual([['b1'], 1]);
    const all = fake();
    expect((await judgeOnline(all, messages, true, () => undefined)).learned).toBe(3);
    expect(engine.most).toBe(1);
  });
});

describe('folds', () => {
  const messages = [
    labelled('a1', { source: 'a', group: 'g' }),
    labelled('a2', { source: 'a' }),
    labelled('b1', { source: 'b', group: 'g' }),
    labelled('b2', { source: 'b' }),
    labelled('c1', { source: 'c', group: 'h' }),
    labelled('c2', { source: 'c', group: 'h' }),
  ];

  test('by source: what is near to a message of the fold is not learned', () => {
    const [a, b] = leaveOut(messages, ['a', 'b']);
    expect([names(a?.test ?? []), names(a?.train ?? [])]).toEqual([
      ['a1', 'a2'],
      ['b2', 'c1', 'c2'],
    ]);
    expect(names(b?.train ?? [])).toEqual(['a2', 'c1', 'c2']);
  });

  test('by number: a message is judged once, a group in one fold', () => {
    const folds = foldsOf(messages, 3);
    expect(folds.flatMap(({ test: part }) => names(part)).toSorted()).toEqual(names(messages));
    for (const { train, test: part } of folds) {
      const groups = new Set(part.flatMap(({ group }) => (group === '' ? [] : group)));
      expect(train.some(({ group }) => groups.has(group))).toBe(false);
      expect(train.length + part.length).toBe(messages.length);
    }
  });
});
