import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCut, scriptFile, scriptNameFault, scriptOfFile } from './script-name.ts';

test.each([
  ['work', 'work'],
  ['Büro 2', 'Büro 2'],
  ['.hidden', '%2Ehidden'],
  ['..', '%2E.'],
  ['100%', '100%25'],
  ['a~b', 'a%7Eb'],
  ['a\\b', 'a%5Cb'],
  ['日本語', '日本語'],
  ['%2E', '%252E'],
])('the script %s lies in %s', (name, file) => {
  expect(scriptFile(name)).toBe(file);
  expect(scriptOfFile(file)).toBe(name);
});

test.each(['', 'a/b', '/', 'a\0', 'a\nb', 'a\u0085', 'a\u2028', '\ud800', 'x'.repeat(129)])(
  'no script can be called %j',
  (name) => expect(scriptNameFault(name)).toBeDefined(),
);

test('128 characters are possible, whatever they are', () => {
  for (const character of ['x', 'ü', '語', '😀', '%', '.']) {
    const name = character.repeat(128);
    expect(scriptNameFault(name)).toBeUndefined();
    expect(Buffer.byteLength(scriptFile(name))).toBeLessThanOrEqual(241);
  }
  const [one, other] = [scriptFile(`${'語'.repeat(127)}a`), scriptFile(`${'語'.repeat(127)}b`)];
  expect(isCut(one)).toBe(true);
  expect(one).not.toBe(other);
});

test('an admin’s own file names are names', () => {
  expect(scriptOfFile('50%off')).toBe('50%off');
  expect(scriptOfFile('%41')).toBe('%41');
  expect(scriptOfFile('a~b')).toBe('a~b');
  expect(scriptOfFile('bad\nname')).toBeUndefined();
});

test('no name leads out of the folder, and none is lost', () => {
  const character = fc.constantFrom('.', '%', '~', '\\', '2', 'E', 'a', 'é', '語', ' ');
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 140 }), fc.string({ unit: character, maxLength: 140 })),
      (raw) => {
        const name = raw.normalize('NFC');
        if (scriptNameFault(name) !== undefined) return;
        const file = scriptFile(name);
        expect(file).not.toMatch(/^\.|[/\0]/);
        if (!isCut(file)) expect(scriptOfFile(file)).toBe(name);
      },
    ),
    { numRuns: 500 },
  );
});
