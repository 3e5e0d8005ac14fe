/** Numbers as features: 0, 1, 2–3, 4–7, 8–15, … each are one. */
export const scale = (count: number): number => (count <= 0 ? 0 : 32 - Math.clz32(count));

/** Shares as features: 0, then eight steps, finer near zero, where most of it happens. */
export const share = (part: number, whole: number): number =>
  part <= 0 || whole <= 0 ? 0 : Math.ceil(Math.sqrt(Math.min(part / whole, 1)) * 8);
