import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import { shorten } from '../lexer.ts';

/** Warns of keys that the part of the address can never match, as `:domain "from" "a@example.org"`. */
export function checkAddressKeys(call: Call, parameter: string, compiler: Compiler): void {
  const { addressPart, matchType } = call.comparison;
  if (!['is', 'contains', 'matches'].includes(matchType.name)) return;
  for (const key of call.strings(parameter).items)
    if (key.constant !== undefined && addressPart.cannotBe?.(key.constant) === true)
      compiler.diagnostics.warning(
        key,
        `${call.name}: :${addressPart.name} never is ${JSON.stringify(shorten(key.constant))}, which has an "@"`,
      );
}
