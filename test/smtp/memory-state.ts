import type { State } from '../../src/state/types.ts';

/** The part of a state that partial deliveries need. */
export function memoryState(values: Map<string, Uint8Array>): State {
  const absent = (): never => {
    throw new Error('not needed here');
  };
  return {
    get: async (key) => values.get(key),
    getMany: async (keys) => keys.map((key) => values.get(key)),
    put: async (key, value) => void values.set(key, value),
    putMany: absent,
    putIfAbsent: absent,
    delete: async (key) => values.delete(key),
    list: absent,
    increment: absent,
    tokens: absent,
    ping: async () => undefined,
    close: async () => undefined,
  };
}
