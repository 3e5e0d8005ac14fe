import { Slot } from './slot.ts';
import type { RunState } from './state.ts';
import type { RunOutcome, TraceLine } from './types.ts';

/** What `debug_log` has written in a run. */
export const debugSlot = new Slot((): TraceLine[] => []);

/** That part of the outcome. */
export function debugOf(state: RunState): Pick<RunOutcome, 'debug'> {
  const debug = state.slots.get(debugSlot);
  return debug.length === 0 ? {} : { debug };
}
