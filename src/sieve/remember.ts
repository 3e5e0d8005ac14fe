import { Slot } from './slot.ts';
import type { RunState } from './state.ts';

/** Something to be remembered when all that the script asked for is done; see {@link RunOutcome.remember}. */
export interface Remembered {
  readonly kind: 'duplicate' | 'vacation';
  /** Says in a fixed number of characters what it is; of one account. */
  readonly key: string;
  /** How long from now. */
  readonly seconds: number;
}

/** A script that runs after another goes on with what that one remembered. */
const remembered = new Slot(
  (): Remembered[] => [],
  (value) => [...value],
);

/** Asks for something to be remembered after a run that succeeds; the same thing once, for the longest time. */
export function remember(state: RunState, item: Remembered): void {
  const all = state.slots.get(remembered);
  const same = all.findIndex(({ kind, key }) => kind === item.kind && key === item.key);
  if (same === -1) all.push(item);
  else if ((all[same]?.seconds ?? 0) < item.seconds) all[same] = item;
}

/** What a run wants to be remembered. */
export function rememberedBy(state: RunState): readonly Remembered[] {
  return state.slots.get(remembered);
}
