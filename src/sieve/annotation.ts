import type { Call, StringValue } from './call.ts';
import type { Compiler } from './compiler.ts';
import { shorten } from './lexer.ts';

/** Entries have names like paths; nobody needs longer ones. */
const MAX_NAME = 1000;

/**
 * Whether an annotation can have that name (RFC 5464 §3): `/private/…` or `/shared/…`, printable ASCII, without `*` and
 * `%`, no empty component and no slash at the end.
 */
export function isAnnotation(name: string): boolean {
  return (
    name.length <= MAX_NAME && /^\/(?:private|shared)(?:\/[^/]+)+$/i.test(name) && /^[!-$&-)+-~]+$/.test(name)
  );
}

/** Warns of names that no annotation can have: a test of them is never true. */
export function checkAnnotations(call: Call, names: readonly StringValue[], compiler: Compiler): void {
  for (const name of names)
    if (name.constant !== undefined && !isAnnotation(name.constant))
      compiler.diagnostics.warning(
        name,
        `${call.name}: no annotation is named ${JSON.stringify(shorten(name.constant))}`,
      );
}
