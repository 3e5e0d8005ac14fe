/**
 * What is kept of a sender: how many messages, and the sum of what they were worth, both as they count at a time. A
 * message counts half after a half-life; so a record is never counted anew.
 *
 *     record = time:f64 (ms) messages:f64 sum:f64, little-endian
 */
export interface Record {
  /** Milliseconds since the epoch. */
  time: number;
  messages: number;
  sum: number;
}

const BYTES = 24;

export function encodeRecord({ time, messages, sum }: Record): Uint8Array {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeDoubleLE(time, 0);
  bytes.writeDoubleLE(messages, 8);
  bytes.writeDoubleLE(sum, 16);
  return bytes;
}

/** Undefined for nothing, and for bytes that are no record. */
export function decodeRecord(value: Uint8Array | undefined): Record | undefined {
  if (value?.length !== BYTES) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const [time, messages, sum] = [0, 8, 16].map((at) => view.getFloat64(at, true)) as [number, number, number];
  return [time, messages, sum].every(Number.isFinite) ? { time, messages, sum } : undefined;
}

/** The record as it counts at `now`, with something more in it. `halfLife` and times in milliseconds. */
export function advance(
  record: Record | undefined,
  now: number,
  halfLife: number,
  more: { messages: number; sum: number } = { messages: 0, sum: 0 },
): Record {
  const age = record === undefined ? 0 : Math.max(0, now - record.time);
  const share = 0.5 ** (age / halfLife);
  const messages = Math.max(0, (record?.messages ?? 0) * share + more.messages);
  // What is taken back may have counted less by now than when it was put in.
  const sum = Math.min(Math.max((record?.sum ?? 0) * share + more.sum, -messages), messages);
  return { time: now, messages, sum };
}
