import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Steps } from '../sort/steps.ts';
import { orderedSubject } from './ordered-subject.ts';
import { references, refs } from './references.ts';
import type { ThreadInput, ThreadNode } from './types.ts';
import { threadText } from './write.ts';

function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** `Re:` before the subject marks an answer; references have a space between them. */
function mail(
  uid: number,
  messageId: string | null,
  references_: string,
  subject = `s${uid}`,
  sent = uid,
): ThreadInput {
  const reply = subject.startsWith('Re:');
  return {
    uid,
    sent,
    subject: subject.replace('Re:', ''),
    reply,
    messageId,
    references: references_.split(' ').filter((one) => one !== ''),
  };
}

const text = (threads: readonly ThreadNode[]) => [...threadText(threads, (uid) => uid)].join('');
const byReferences = (...messages: ThreadInput[]) => text(atOnce(references(messages)));

describe('REFERENCES', () => {
  test('puts answers under what they answer', () => {
    expect(byReferences(mail(1, 'a', ''), mail(2, 'b', 'a'), mail(3, 'c', 'a b'), mail(4, 'd', 'a'))).toBe(
      '(1 (2 3)(4))',
    );
  });

  test('holds answers to a missing message together', () => {
    expect(byReferences(mail(1, 'b', 'a'), mail(2, 'c', 'a'), mail(3, 'x', ''))).toBe('((1)(2))(3)');
  });

  test('lets one answer to a missing message stand alone, and puts those below a missing one up', () => {
    expect(byReferences(mail(1, 'b', 'a'))).toBe('(1)');
    expect(byReferences(mail(1, 'a', ''), mail(2, 'c', 'a b'))).toBe('(1 2)');
  });

  test('orders threads and answers by their dates', () => {
    expect(
      byReferences(
        mail(1, 'a', '', 'x', 30),
        mail(2, 'b', '', 'y', 10),
        mail(3, 'c', 'a', 'x', 50),
        mail(4, 'd', 'a', 'x', 40),
      ),
    ).toBe('(2)(1 (4)(3))');
  });

  test('does not close loops', () => {
    expect(byReferences(mail(1, 'a', 'b'), mail(2, 'b', 'a'))).toBe('(2 1)');
    expect(byReferences(mail(1, 'a', 'a'))).toBe('(1)');
  });

  test('keeps messages apart that have one identifier', () => {
    expect(byReferences(mail(1, 'a', '', 'x'), mail(2, 'a', '', 'y'), mail(3, 'c', 'a', 'x'))).toBe(
      '(1 3)(2)',
    );
  });

  test('lets the own references of a message win over those of others', () => {
    expect(
      byReferences(mail(1, 'z', 'a c', 's1'), mail(2, 'a', ''), mail(3, 'b', ''), mail(4, 'c', 'b')),
    ).toBe('(2)(3 4 1)');
  });

  test('gathers threads by subject', () => {
    expect(byReferences(mail(1, 'a', '', 'x'), mail(2, 'b', '', 'Re:x'))).toBe('(1 2)');
    expect(byReferences(mail(1, 'a', '', 'Re:x'), mail(2, 'b', '', 'x'))).toBe('(2 1)');
    expect(byReferences(mail(1, 'a', '', 'x'), mail(2, 'b', '', 'x'))).toBe('((1)(2))');
    expect(byReferences(mail(1, 'a', '', 'x'), mail(2, 'b', '', 'x'), mail(3, 'c', '', 'Re:x'))).toBe(
      '((1)(2)(3))',
    );
    expect(byReferences(mail(1, 'b', 'a', 'x'), mail(2, 'c', 'a', 'x'), mail(3, 'd', '', 'x'))).toBe(
      '((1)(2)(3))',
    );
    expect(byReferences(mail(1, 'a', '', ''), mail(2, 'b', '', ''))).toBe('(1)(2)');
  });
});

test('REFS does not look at subjects, and puts the thread that grew last at the end', () => {
  const messages = [mail(1, 'a', '', 'x'), mail(2, 'b', '', 'x'), mail(3, 'c', 'a', 'x')];
  expect(text(atOnce(refs(messages)))).toBe('(2)(1 3)');
});

test('ORDEREDSUBJECT puts later messages of a subject under its first', () => {
  const messages = [
    mail(1, null, '', 'x'),
    mail(2, null, '', 'y'),
    mail(3, null, '', 'Re:x'),
    mail(4, null, '', 'x'),
  ];
  expect(text(atOnce(orderedSubject(messages)))).toBe('(1 (3)(4))(2)');
});

describe('hostile references', () => {
  function steps(
    make: (messages: readonly ThreadInput[]) => Generator<undefined, unknown>,
    messages: ThreadInput[],
  ) {
    let count = 0;
    for (const run = make(messages); run.next().done !== true; ) count++;
    return count;
  }

  test.each<[string, (n: number) => ThreadInput[]]>([
    [
      'a chain',
      (n) => Array.from({ length: n }, (_, at) => mail(at + 1, `${at}`, at === 0 ? '' : `${at - 1}`)),
    ],
    [
      'a chain from its end',
      (n) => Array.from({ length: n }, (_, at) => mail(at + 1, `${n - at}`, `${n - at - 1}`)),
    ],
    [
      'lists of strangers',
      (n) => Array.from({ length: n / 20 }, (_, at) => mail(at + 1, `m${at}`, strangers(at))),
    ],
    ['loops', (n) => Array.from({ length: n }, (_, at) => mail(at + 1, `${at}`, `${(at + 1) % n}`))],
    [
      'one subject',
      (n) => Array.from({ length: n }, (_, at) => mail(at + 1, null, '', at % 2 === 0 ? 'x' : 'Re:x')),
    ],
  ])('of %s cost twice as much when there are twice as many', (_, make) => {
    const [some, twice] = [make(20_000), make(40_000)];
    expect(steps(references, twice)).toBeLessThanOrEqual(2.3 * steps(references, some) + 10);
    expect(count(atOnce(references(twice)))).toBe(twice.length);
    expect(text(atOnce(references(twice))).match(/\d+/g)).toHaveLength(twice.length);
  });

  const strangers = (at: number) => Array.from({ length: 20 }, (_, one) => `${at}.${one}`).join(' ');
});

function count(threads: readonly ThreadNode[]): number {
  let sum = 0;
  const stack = [...threads];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.uid !== undefined) sum++;
    for (const child of next.children) stack.push(child);
  }
  return sum;
}

test('every message is in one thread once, whatever the references say', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const message = fc.record({
    messageId: fc.option(id),
    references: fc.array(id, { maxLength: 4 }),
    subject: fc.constantFrom('x', 'y', ''),
    reply: fc.boolean(),
    sent: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (some) => {
      const messages = some.map((one, at): ThreadInput => ({ ...one, uid: at + 1 }));
      const uids = messages.map(({ uid }) => uid);
      for (const algorithm of [references, refs, orderedSubject]) {
        const written = text(atOnce<readonly ThreadNode[]>(algorithm(messages)));
        expect((written.match(/\d+/g) ?? []).map(Number).sort((a, b) => a - b)).toEqual(uids);
        expect(written).toMatch(/^[()\d ]*$/);
        expect(written).not.toMatch(/\(\)|\( |\)\d/);
      }
    }),
    { numRuns: 300 },
  );
});
