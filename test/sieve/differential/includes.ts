import fc from 'fast-check';
import { quote } from './pieces.ts';

const of = <T extends string>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Commands that tell which script they are in and what they see there, and include others. */
const command = (self: string): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          of('', '', ' :once', ' :optional', ' :personal', ' :once :optional'),
          of('a', 'b', 'c', 'none'),
        )
        // A script that is not there makes the others fail: now and then only.
        .map(([tags, name]) => `include${name === 'none' ? ' :optional' : tags} "${name}";`),
    },
    { weight: 3, arbitrary: of('g', 'h', 'l').map((name) => `set "${name}" "\${${name}}${self}";`) },
    {
      weight: 2,
      arbitrary: of('g', 'h', 'n').map((name) => `set "global.${name}" "\${global.${name}}${self}";`),
    },
    { weight: 3, arbitrary: fc.constant(`set "global.o" "\${global.o}|${self}<\${g}\${h}\${l}>";`) },
    { weight: 1, arbitrary: of(`fileinto "F-${self}";`, 'fileinto "F-${g}x";', 'keep;', 'discard;') },
    { weight: 1, arbitrary: of('return;', 'stop;') },
    {
      weight: 2,
      arbitrary: of('return;', 'stop;', 'include "b";', 'include :once "c";').map(
        (inside) => `if string "\${g}" ["x", "a", ""] { ${inside} }`,
      ),
    },
    { weight: 1, arbitrary: of(`addflag "${self}";`, `removeflag "a";`) },
    {
      weight: 1,
      arbitrary: of(`if header :matches "subject" "*o*" { set "h" "\${1}"; }`, `set "h" "\${1}";`),
    },
  );

const REQUIRED = ['include', 'variables', 'fileinto', 'imap4flags', 'vacation'].map(quote).join(', ');
const script = (self: string, most: number, last = ''): fc.Arbitrary<string> =>
  fc
    .tuple(
      of('', '', 'global "g";', 'global ["g", "h"];'),
      fc.array(command(self), { minLength: 1, maxLength: most }),
    )
    .map(([global, commands]) => `require [${REQUIRED}];\n${[global, ...commands, last].join('\n')}\n`);

/** A script and those it includes, which may include each other. */
export const includes: fc.Arbitrary<{ script: string; included: Record<string, string> }> = fc.record({
  script: script('x', 4, 'vacation "o: ${global.o} ${global.g} ${global.n}";'),
  included: fc.record({ a: script('a', 4), b: script('b', 3), c: script('c', 2) }),
});
