import type { Call } from '../call.ts';
import type { Compiler, Place } from '../compiler.ts';
import type { CommandDefinition } from '../definitions.ts';
import { Label } from '../program.ts';

const goesOn = (place: Place): boolean => place.next === 'elsif' || place.next === 'else';

function compileConditional(call: Call, compiler: Compiler, place: Place): void {
  const otherwise = new Label();
  for (const test of call.tests) compiler.test(test);
  compiler.emit({ op: 'jump-if', when: false, to: otherwise });
  const stops = compiler.block(place.block, place.depth + 1);
  place.chain.stops &&= stops;
  if (goesOn(place)) compiler.emit({ op: 'jump', to: place.chain.end });
  compiler.mark(otherwise);
  if (!goesOn(place)) compiler.mark(place.chain.end);
}

/** RFC 5228 §3.1. */
export const ifCommand: CommandDefinition = {
  name: 'if',
  tests: 'one',
  block: true,
  compile: compileConditional,
};

/** RFC 5228 §3.1. */
export const elsifCommand: CommandDefinition = {
  name: 'elsif',
  tests: 'one',
  block: true,
  follows: ['if', 'elsif'],
  compile: compileConditional,
};

/** RFC 5228 §3.1. */
export const elseCommand: CommandDefinition = {
  name: 'else',
  block: true,
  follows: ['if', 'elsif'],
  compile(_call, compiler, place) {
    const stops = compiler.block(place.block, place.depth + 1);
    compiler.mark(place.chain.end);
    return place.chain.stops && stops;
  },
};
