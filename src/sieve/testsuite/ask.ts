import type { Asking } from '../definitions.ts';
import type { Label } from '../program.ts';
import { Slot } from '../slot.ts';
import type { Bench } from './bench.ts';

/** Lets the bench do something for a command or test of the suite; the outcome is that of a test. */
export function* onBench(perform: (bench: Bench) => Promise<boolean> | boolean): Asking<boolean> {
  return (yield { ask: 'testsuite', perform }) === true;
}

/** Folder of the file of tests, as `${tst.path}` has it; known to the scripts that tests start too. */
export const pathSlot = new Slot(
  () => '',
  (path) => path,
);

/** The block of `test` that is being compiled: where it ends. */
export const blockSlot = new Slot<{ end: Label | undefined }>(() => ({ end: undefined }));
