/** The Sieve language (RFC 5228): what the other rooms use of it. */
import { compileWith } from './compiler.ts';
import { core } from './core.ts';
import { extensions } from './extensions/index.ts';
import { Registry } from './registry.ts';
import type { CompileOptions, CompileResult } from './types.ts';

const registry = new Registry(core, extensions);

/** Compiles a script. Never throws for what is in it: faults are diagnostics, as many as there are. */
export function compile(source: string | Uint8Array, options?: CompileOptions): CompileResult {
  return compileWith(registry, source, options);
}

/** The capabilities that `require` may name, in alphabetical order. */
export function capabilities(): string[] {
  return [...registry.extensions.keys()].sort();
}

/** Those that need something of the host (`Extension.needs`) which is not among `available`, each with the reason. */
export function refusals(available: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of capabilities()) {
    const reason = registry.extensions.get(name)?.needs;
    if (reason !== undefined && !available.includes(name)) found.set(name, reason);
  }
  return found;
}

export { ScriptCache } from './cache.ts';
export { formatDiagnostic } from './diagnostics.ts';
export { describeAction } from './result.ts';
export { run, runToEnd } from './runtime.ts';
