import { expect, test } from 'vitest';
import { actions, faults, mail, runInput } from '../../../test/support/sieve.ts';

const input = runInput(mail('From: a@example.org', '', ''));
const done = (script: string): string[] => actions(`require ["fileinto", "copy"]; ${script}`, input);

test('the implicit keep is done beside copies (RFC 3894 §3)', () => {
  expect(done('fileinto :copy "incoming";')).toEqual(['fileinto "incoming"', 'implicit keep']);
  expect(done('redirect :copy "a@example.com"; fileinto :copy "x";')).toEqual([
    'redirect "a@example.com"',
    'fileinto "x"',
    'implicit keep',
  ]);
});

test('another action takes the place of the implicit keep all the same', () => {
  expect(done('redirect :copy "a@example.com"; discard;')).toEqual(['redirect "a@example.com"', 'discard']);
  expect(done('fileinto :copy "x"; fileinto "x";')).toEqual(['fileinto "x"']);
  expect(done('discard; fileinto :copy "x";')).toEqual(['discard', 'fileinto "x"']);
});

test('must be required, and belongs to fileinto and redirect only', () => {
  expect(faults('redirect :copy "a@example.com";')).toEqual([
    '1:10 error: redirect: tag :copy needs require "copy"',
  ]);
  expect(faults('require "copy"; keep :copy; redirect :copy "a@example.com";')).toEqual([
    '1:22 error: keep: unknown tag :copy',
  ]);
});
