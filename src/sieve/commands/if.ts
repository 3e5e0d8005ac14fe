import type { Call } from '../call.ts';
import type { Compiler, Place } from '../compiler.ts';
import type { CommandDefinition, Foregone } from '../definitions.ts';
import { Label } from '../program.ts';

const goesOn = (place: Place): boolean => place.next === 'elsif' || place.next === 'else';

function compileConditional(call: Call, compiler: Compiler, place: Place): boolean | void {
  const { chain } = place;
  const otherwise = new Label();
  if (chain.decided) {
    if (!goesOn(place)) compiler.mark(chain.end);
    return;
  }
  let outcome: Foregone | undefined;
  for (const test of call.tests) outcome = compiler.test(test);
  compiler.emit({ op: 'jump-if', when: false, to: otherwise });
  // What ihave rules out is not looked at (RFC 5463 §4).
  const reached = outcome?.lenient !== true || outcome.truth;
  if (reached) chain.stops = compiler.block(place.block, place.depth + 1) && chain.stops;
  chain.decided = reached && outcome?.lenient === true;
  chain.lenient ||= !reached;
  if (goesOn(place)) compiler.emit({ op: 'jump', to: chain.end });
  compiler.mark(otherwise);
  const stopped = chain.decided && chain.stops;
  if (!goesOn(place) || stopped) compiler.mark(chain.end);
  if (stopped) compiler.abandonBlock();
  return stopped;
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
    const { chain } = place;
    if (chain.decided) return compiler.mark(chain.end);
    const stops = compiler.block(place.block, place.depth + 1);
    compiler.mark(chain.end);
    if (chain.stops && stops && chain.lenient) compiler.abandonBlock();
    return chain.stops && stops;
  },
};
