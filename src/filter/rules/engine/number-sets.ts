/** Places of the table to begin with; it is kept at most half full. */
const FIRST_SLOTS = 64;
const EMPTY = -1;

/** Sets of numbers, numbered from 0 as they are added: in two arrays, as objects of their own would take ten times that. */
export class NumberSets {
  /** Numbers of all sets, one set's after the other's, and where each set ends. */
  private pool = new Int32Array(256);
  private ends = new Int32Array(FIRST_SLOTS);
  private slots = new Int32Array(FIRST_SLOTS).fill(EMPTY);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** The number of the set, a new one when it was not there. Equal sets are those with equal numbers in equal order. */
  add(set: Int32Array): number {
    const slot = this.slotOf(set);
    const known = this.slots[slot]!;
    if (known !== EMPTY) return known;
    const number = this.count++;
    this.slots[slot] = number;
    const from = number === 0 ? 0 : this.ends[number - 1]!;
    const to = from + set.length;
    if (to > this.pool.length) this.pool = larger(this.pool, to);
    if (number >= this.ends.length) this.ends = larger(this.ends, number + 1);
    this.pool.set(set, from);
    this.ends[number] = to;
    if (2 * this.count > this.slots.length) this.spread();
    return number;
  }

  /** What was added under a number. */
  numbers(number: number): Int32Array {
    return this.pool.subarray(number === 0 ? 0 : this.ends[number - 1]!, this.ends[number]);
  }

  /** Where the set stands in the table, or may be put. */
  private slotOf(set: Int32Array): number {
    const mask = this.slots.length - 1;
    let slot = hash(set) & mask;
    for (;;) {
      const number = this.slots[slot]!;
      if (number === EMPTY || this.holds(number, set)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private holds(number: number, set: Int32Array): boolean {
    const from = number === 0 ? 0 : this.ends[number - 1]!;
    if (this.ends[number]! - from !== set.length) return false;
    for (let i = 0; i < set.length; i++) if (this.pool[from + i] !== set[i]) return false;
    return true;
  }

  private spread(): void {
    this.slots = new Int32Array(2 * this.slots.length).fill(EMPTY);
    for (let number = 0; number < this.count; number++)
      this.slots[this.slotOf(this.numbers(number))] = number;
  }
}

/** FNV-1a (Fowler, Noll and Vo), a number at a time. */
function hash(set: Int32Array): number {
  let value = 0x811c9dc5;
  for (const number of set) value = Math.imul(value ^ number, 0x01000193);
  return value ^ (value >>> 15);
}

function larger(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const made = new Int32Array(Math.max(2 * numbers.length, length));
  made.set(numbers);
  return made;
}
