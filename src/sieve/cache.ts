import { createHash } from 'node:crypto';
import type { CompileResult } from './types.ts';

export interface ScriptCacheLimits {
  /** Compiled scripts kept. */
  entries: number;
  /** Octets of their sources, which their compiled form is a multiple of. */
  sourceBytes: number;
}

export const defaultScriptCacheLimits: ScriptCacheLimits = {
  // The active users of one machine within some minutes.
  entries: 10_000,
  // Some hundred megabytes of compiled scripts at the worst; ordinary ones are 2 KiB each.
  sourceBytes: 32 * 1024 * 1024,
};

interface Entry {
  readonly result: CompileResult;
  readonly bytes: number;
}

/** Keeps the results of compiling by the scripts' contents; the ones not used for longest are forgotten first. */
export class ScriptCache {
  readonly #compile: (source: Uint8Array, name: string) => CompileResult;
  readonly #limits: ScriptCacheLimits;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** `compile` is called for contents that are not known; its options must be the same each time. */
  constructor(
    compile: (source: Uint8Array, name: string) => CompileResult,
    limits: Partial<ScriptCacheLimits> = {},
  ) {
    this.#compile = compile;
    this.#limits = { ...defaultScriptCacheLimits, ...limits };
  }

  /** The compiled script, or its errors. `name` is part of what is remembered. */
  get(source: string | Uint8Array, name: string): CompileResult {
    const bytes = typeof source === 'string' ? Buffer.from(source) : source;
    const key = `${createHash('sha256').update(bytes).digest('base64')} ${name}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      // The order of a Map is the order of use.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.result;
    }
    const result = this.#compile(bytes, name);
    this.#entries.set(key, { result, bytes: bytes.length });
    this.#bytes += bytes.length;
    this.#forget();
    return result;
  }

  #forget(): void {
    for (const [key, { bytes }] of this.#entries) {
      if (this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.sourceBytes) return;
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}
