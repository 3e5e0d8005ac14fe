import { expect, test } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import { believedFacts } from './believed-results.ts';
import type { SealFacts } from './types.ts';

const now: SealFacts = { results: 'mx.example; spf=none', chain: 'fail' };
const facts = (header: string, given: SealFacts = { ...now, believed: 'mx.example' }): SealFacts =>
  believedFacts(parseMessage(Buffer.from(`${header}From: a@b.example\r\n\r\nx`, 'latin1')).header, given);

test.each([
  ['ours', 'Authentication-Results: MX.example;\r\n\tspf=pass;\r\n\tarc=pass\r\n', 'pass'],
  [
    'the topmost of ours',
    'Authentication-Results: other.example; arc=fail\r\nAuthentication-Results: mx.example;\r\n\tarc=pass\r\nAuthentication-Results: mx.example; arc=fail\r\n',
    'pass',
  ],
  ['ours, of a broken chain', 'Authentication-Results: mx.example; arc=fail\r\n', 'fail'],
  ['ours, of no chain', 'Authentication-Results: mx.example; spf=pass\r\n', 'fail'],
])('believes %s', (_, header, chain) => {
  const found = facts(header);
  expect(found.chain).toBe(chain);
  expect(found.results).toMatch(/^mx\.example;/i);
  expect(found.results).not.toContain('\r');
  expect(found.results).not.toBe(now.results);
});

test.each([
  ['nothing of ours', 'Authentication-Results: other.example; arc=pass\r\n'],
  ['one that cannot be read', 'Authentication-Results: mx.example (; arc=pass\r\n'],
  ['one that is no ASCII', 'Authentication-Results: mx.example; spf=pass reason="\xff"\r\n'],
  ['one that is very long', `Authentication-Results: mx.example; spf=pass reason="${'x'.repeat(9000)}"\r\n`],
])('does not believe %s', (_, header) => {
  expect(facts(header)).toMatchObject(now);
});

test('believes nobody unless told so, and a chain that passes now more than what was said', () => {
  const header = 'Authentication-Results: mx.example; arc=pass\r\n';
  expect(facts(header, now)).toEqual(now);
  const broken = header.replace('pass', 'fail');
  expect(facts(broken, { ...now, chain: 'pass', believed: 'mx.example' }).chain).toBe('pass');
});
