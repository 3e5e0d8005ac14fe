import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../../test/support/cpu.ts';
import { rulesFor } from './scripts.ts';
import type { ImapEventRule } from './settings.ts';

const ANY: ImapEventRule = { mailbox: '*', from: '', causes: [], before: [], after: [] };
const matches = (mailbox: string, name: string): boolean =>
  rulesFor([{ ...ANY, mailbox }], 'FLAG', name, undefined).length > 0;

describe('names of mailboxes in rules', () => {
  test.each([
    ['Work', 'Work', true],
    ['Work', 'Works', false],
    ['work', 'Work', false],
    ['inbox', 'INBOX', true],
    ['Inbox/%', 'INBOX/a', true],
    ['*', 'a/b/c', true],
    ['*', '', true],
    ['%', 'a', true],
    ['%', 'a/b', false],
    ['a/%', 'a/b', true],
    ['a/%', 'a/b/c', false],
    ['a/*c', 'a/b/c', true],
    ['*/b/%', 'x/a/b/c', true],
    ['%/%', 'a/b', true],
    ['%%%', 'abc', true],
    ['*a*a*', 'banana', true],
    ['*a*x*', 'banana', false],
    ['Entwürf%', 'Entwürfe', true],
    ['.', 'a', false],
  ])('%s and %s', (pattern, name, wanted) => {
    expect(matches(pattern, name)).toBe(wanted);
  });

  test('many wildcards take no time that grows with their power', () => {
    const used = cpuTimer();
    expect(matches(`${'*a%'.repeat(80)}b`, 'a'.repeat(250))).toBe(false);
    expect(used()).toBeLessThan(1000);
  });
});

test('rules by mailbox, origin and cause', () => {
  const any = { ...ANY };
  const copies = { ...ANY, causes: ['COPY' as const], from: '*' };
  const out = { ...ANY, from: 'Junk' };
  const rules = [any, copies, out];
  expect(rulesFor(rules, 'APPEND', 'Work', undefined)).toEqual([any]);
  expect(rulesFor(rules, 'COPY', 'Work', 'Other')).toEqual([any, copies]);
  expect(rulesFor(rules, 'COPY', 'Work', 'Junk')).toEqual([any, copies, out]);
  expect(rulesFor(rules, 'FLAG', 'Work', undefined)).toEqual([any]);
});
