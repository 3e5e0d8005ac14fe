import type { Asking, Extension, TagDefinition, TestDefinition } from '../definitions.ts';
import { emitMatch } from '../matching/emit.ts';
import type { Answer } from '../types.ts';

/**
 * The normalized result: a number within the range of the test, which may be followed by a space and text
 * (RFC 5235 §3.1). What is none counts as not tested.
 */
function result(answer: Answer, most: number): string | undefined {
  const text = typeof answer === 'number' ? String(answer) : answer;
  if (typeof text !== 'string') return undefined;
  const number = /^(\d{1,3})(?: |$)/.exec(text)?.[1];
  return number !== undefined && Number(number) <= most ? text : undefined;
}

/** A test that has been done has one value; one that has not counts as none, and compares as 0 (RFC 5235 §3.1). */
function values(found: string | undefined, counted: boolean): readonly string[] {
  return found !== undefined ? [found] : counted ? [] : ['0'];
}

const percentTag: TagDefinition = { name: 'percent' };

/** RFC 5235 §3.2. */
const spamtestTest: TestDefinition = {
  name: 'spamtest',
  parameters: [{ name: 'value', type: 'string' }],
  matching: true,
  compile(call, compiler) {
    const percent = call.has('percent');
    const counted = call.comparison.matchType.name === 'count';
    emitMatch(compiler, call, 'value', {
      *ask(): Asking<readonly string[]> {
        // RFC 5235 §3.2.2: 0 percent may be clear of spam or not tested; the count tells which.
        return values(result(yield { ask: 'spam-status', percent }, percent ? 100 : 10), counted);
      },
    });
  },
};

/** RFC 5235 §3.3. */
const virustestTest: TestDefinition = {
  name: 'virustest',
  parameters: [{ name: 'value', type: 'string' }],
  matching: true,
  compile(call, compiler) {
    const counted = call.comparison.matchType.name === 'count';
    emitMatch(compiler, call, 'value', {
      *ask(): Asking<readonly string[]> {
        return values(result(yield { ask: 'virus-status' }, 5), counted);
      },
    });
  },
};

/** RFC 5235 §3.2. */
export const spamtest: Extension = {
  capability: 'spamtest',
  tests: [spamtestTest],
};

/** RFC 5235 §3.2: the same, and `:percent`. */
export const spamtestplus: Extension = {
  capability: 'spamtestplus',
  implies: ['spamtest'],
  tags: { spamtest: [percentTag] },
};

/** RFC 5235 §3.3. */
export const virustest: Extension = {
  capability: 'virustest',
  tests: [virustestTest],
};
