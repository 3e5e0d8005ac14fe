import { KINDS } from '../types.ts';
import { EMPTY_MARK, markOf, SLOT_BITS, slotOf } from '../slots.ts';
import type { Example } from './dataset.ts';
import { FeatureCounts } from './feature-counts.ts';
import type { TrainingSettings } from './settings.ts';

/** Sources are counted in the bits of a number. */
const MAX_SOURCES = 31;

/**
 * The features worth learning, each in its slot: of the kinds wanted, in enough messages and enough sources. Where two want the same slot the
 * one found in more messages has it.
 */
export function chooseFeatures(
  examples: readonly Example[],
  settings: Pick<TrainingSettings, 'minMessages' | 'minMessagesCrosses' | 'minSources' | 'withoutKinds'>,
): Int16Array {
  const sources = new Map<string, number>();
  const counts = new FeatureCounts();
  const left = new Set(settings.withoutKinds.map((kind) => KINDS.indexOf(kind)));
  for (const { features, source } of examples) {
    if (!sources.has(source)) sources.set(source, 1 << (sources.size % MAX_SOURCES));
    const bit = sources.get(source) ?? 0;
    let at = 0;
    for (const [kind, end] of features.ends.entries()) {
      if (left.has(kind)) at = end;
      for (; at < end; at++) counts.add(features.hashes[at] ?? 0, bit, kind);
    }
  }
  const crosses = KINDS.indexOf('crosses');
  const minSources = Math.min(settings.minSources, sources.size);
  const slots = 1 << SLOT_BITS;
  const marks = new Int16Array(slots).fill(EMPTY_MARK);
  const holders = new Int32Array(slots);
  counts.each((hash, messages, bits, kind) => {
    const least = kind === crosses ? settings.minMessagesCrosses : settings.minMessages;
    if (messages < least || ones(bits) < minSources) return;
    const slot = slotOf(hash, slots);
    if (messages <= (holders[slot] ?? 0)) return;
    holders[slot] = messages;
    marks[slot] = markOf(hash);
  });
  return marks;
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
