/** Which slot a hash belongs to, and the mark by which the slot knows it. */

/** 2^18 slots: with 100,000 features one in six finds its slot taken, and the file stays below 2 MB. */
export const SLOT_BITS = 18;

/** Low bits. */
export const slotOf = (hash: number, slots: number): number => hash & (slots - 1);

/** The 14 bits above those of {@link SLOT_BITS}: never negative, and an int16 holds them. */
export const markOf = (hash: number): number => hash >>> SLOT_BITS;

/** Of a slot that stands for no hash. */
export const EMPTY_MARK = -1;
