/** Names a thing an extension remembers while a script is compiled or run. Made once, at module level. */
export class Slot<T> {
  readonly initial: () => T;
  /** What the next script on the same message begins with; without it, with `initial`. Never the same mutable thing. */
  carried?(value: T): T;

  constructor(initial: () => T, carried?: (value: T) => T) {
    this.initial = initial;
    if (carried !== undefined) this.carried = carried;
  }
}

/** What is remembered, by slot. */
export class Slots {
  readonly #values = new Map<Slot<unknown>, unknown>();

  get<T>(slot: Slot<T>): T {
    if (!this.#values.has(slot)) this.#values.set(slot, slot.initial());
    return this.#values.get(slot) as T;
  }

  set<T>(slot: Slot<T>, value: T): void {
    this.#values.set(slot, value);
  }

  /** Takes over what another script left ({@link Slots.carry}). */
  adopt(carried: Slots): void {
    for (const [slot, value] of carried.carry().#values) this.#values.set(slot, value);
  }

  /** What carries over to the next script. */
  carry(): Slots {
    const next = new Slots();
    for (const [slot, value] of this.#values)
      if (slot.carried !== undefined) next.#values.set(slot, slot.carried(value));
    return next;
  }
}
