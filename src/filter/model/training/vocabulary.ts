import { KINDS } from '../types.ts';
import { EMPTY_MARK, markOf, SLOT_BITS, slotOf } from '../slots.ts';
import type { Example } from './dataset.ts';
import type { TrainingSettings } from './settings.ts';

/** Sources are counted in the bits of a number. */
const MAX_SOURCES = 31;

/**
 * The features worth learning, each in its slot: in enough messages and enough sources. Where two want the same slot the
 * one found in more messages has it. `scales`, by slot: what is found in many sources is learned faster.
 */
export function chooseFeatures(
  examples: readonly Example[],
  settings: Pick<TrainingSettings, 'minMessages' | 'minMessagesCrosses' | 'minSources' | 'breadthPower'>,
): { marks: Int16Array; scales: Float32Array } {
  const sources = new Map<string, number>();
  const seen = new Map<number, { messages: number; sources: number; kind: number }>();
  for (const { features, source } of examples) {
    if (!sources.has(source)) sources.set(source, 1 << (sources.size % MAX_SOURCES));
    const bit = sources.get(source) ?? 0;
    let at = 0;
    for (const [kind, end] of features.ends.entries())
      for (; at < end; at++) {
        const hash = features.hashes[at] ?? 0;
        const entry = seen.get(hash);
        if (entry === undefined) seen.set(hash, { messages: 1, sources: bit, kind });
        else {
          entry.messages++;
          entry.sources |= bit;
        }
      }
  }
  const crosses = KINDS.indexOf('crosses');
  const minSources = Math.min(settings.minSources, sources.size);
  const slots = 1 << SLOT_BITS;
  const marks = new Int16Array(slots).fill(EMPTY_MARK);
  const holders = new Int32Array(slots);
  const scales = new Float32Array(slots);
  const all = Math.max(1, sources.size);
  for (const [hash, { messages, sources: bits, kind }] of seen) {
    const least = kind === crosses ? settings.minMessagesCrosses : settings.minMessages;
    if (messages < least || ones(bits) < minSources) continue;
    const slot = slotOf(hash, slots);
    if (messages <= (holders[slot] ?? 0)) continue;
    holders[slot] = messages;
    marks[slot] = markOf(hash);
    scales[slot] = (ones(bits) / all) ** settings.breadthPower;
  }
  return { marks, scales };
}

function ones(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}
