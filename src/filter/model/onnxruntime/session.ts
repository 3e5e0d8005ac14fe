import { InferenceSession, Tensor } from 'onnxruntime-node';
import { markOf, SLOT_BITS, slotOf } from '../slots.ts';
import { KINDS, type Features, type Judgement } from '../types.ts';

/** A mark no slot has: what rows are filled up with. */
const NO_MARK = -2;

/** A model of ours in onnxruntime. One call at a time. */
export interface Session {
  judge(batch: readonly Features[]): Promise<Judgement[]>;
  close(): Promise<void>;
}

/** `file` is what `writeModel` made. Rejects for what the runtime does not take. */
export async function openSession(file: Uint8Array): Promise<Session> {
  const session = await InferenceSession.create(file, {
    // A question takes tens of microseconds: threads would cost more than they bring.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Errors only; it writes to standard error by itself.
    logSeverityLevel: 3,
  });
  return {
    async judge(batch) {
      if (batch.length === 0) return [];
      const answer = await session.run(tensorsOf(batch));
      const probabilities = answer['probability']?.data as Float32Array;
      const kinds = answer['kinds']?.data as Float32Array;
      return batch.map((_, index) => ({
        probability: probabilities[index] ?? NaN,
        kinds: Array.from(kinds.subarray(index * KINDS.length, (index + 1) * KINDS.length)),
      }));
    },
    close: () => session.release(),
  };
}

/** The graph's inputs: a row a message and kind, as long as the longest. */
function tensorsOf(batch: readonly Features[]): Record<string, Tensor> {
  let longest = 1;
  for (const { ends } of batch)
    for (const [kind, end] of ends.entries()) longest = Math.max(longest, end - (ends[kind - 1] ?? 0));
  const slots = new Int32Array(batch.length * KINDS.length * longest);
  const marks = new Int32Array(slots.length).fill(NO_MARK);
  for (const [index, { hashes, ends }] of batch.entries())
    for (const [kind, end] of ends.entries()) {
      let place = (index * KINDS.length + kind) * longest;
      for (let at = ends[kind - 1] ?? 0; at < end; at++, place++) {
        const hash = hashes[at] ?? 0;
        slots[place] = slotOf(hash, 1 << SLOT_BITS);
        marks[place] = markOf(hash);
      }
    }
  const sizes = [batch.length, KINDS.length, longest];
  return { slots: new Tensor('int32', slots, sizes), marks: new Tensor('int32', marks, sizes) };
}
