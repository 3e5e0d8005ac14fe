/** Names a thing an extension remembers while a script is compiled or run. Made once, at module level. */
export class Slot<T> {
  readonly initial: () => T;

  constructor(initial: () => T) {
    this.initial = initial;
  }
}

/** What is remembered, by slot. */
export class Slots {
  readonly #values = new Map<Slot<unknown>, unknown>();

  get<T>(slot: Slot<T>): T {
    if (!this.#values.has(slot)) this.#values.set(slot, slot.initial());
    return this.#values.get(slot) as T;
  }
}
