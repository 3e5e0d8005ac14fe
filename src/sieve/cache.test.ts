import { expect, test } from 'vitest';
import { ScriptCache } from './cache.ts';
import { compile } from './index.ts';

function counting(limits?: { entries?: number; sourceBytes?: number }) {
  const compiled: string[] = [];
  const cache = new ScriptCache((source, name) => {
    compiled.push(new TextDecoder().decode(source));
    return compile(source, { name });
  }, limits);
  return { cache, compiled };
}

test('compiles a content once for a name, errors too', () => {
  const { cache, compiled } = counting();
  const first = cache.get('keep;', 'a');
  expect(first.script?.name).toBe('a');
  expect(cache.get(Buffer.from('keep;'), 'a')).toBe(first);
  expect(cache.get('keep;', 'b').script?.name).toBe('b');
  expect(cache.get('kep;', 'a').diagnostics).toHaveLength(1);
  expect(cache.get('kep;', 'a').diagnostics).toHaveLength(1);
  expect(compiled).toEqual(['keep;', 'keep;', 'kep;']);
});

test('forgets what was not used for longest', () => {
  const { cache, compiled } = counting({ entries: 2 });
  for (const source of ['#1', '#2', '#1', '#3', '#1', '#2']) cache.get(source, 'x');
  expect(compiled).toEqual(['#1', '#2', '#3', '#2']);
});

test('holds no more than so many octets of scripts', () => {
  const { cache, compiled } = counting({ sourceBytes: 10 });
  for (const source of ['#23456', '#23457', '#23457', '#23456', `#${'x'.repeat(20)}`, '#1', '#1'])
    cache.get(source, 'x');
  expect(compiled).toEqual(['#23456', '#23457', '#23456', `#${'x'.repeat(20)}`, '#1']);
});
