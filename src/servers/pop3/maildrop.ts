import { type Mailbox, SystemFlag } from '../../store/mail/types.ts';

/** Messages whose facts are read without the other sessions getting a turn. */
const FACTS_A_TURN = 2000;
/** Octets of a message that are in memory at a time, for messages of the usual size. */
const PIECE = 1024 * 1024;
/** A larger message is read in so many pieces at most: one with bare LFs is read from its beginning for each of them. */
const MAX_PIECES = 16;

/**
 * The inbox as it was when the client logged in (RFC 1939 §4): its numbers stay, whatever others do to the mailbox
 * meanwhile. Nothing is removed before {@link update}.
 */
export class Maildrop {
  readonly #mailbox: Mailbox;
  readonly #uids: Uint32Array;
  /** By number less one. Octets may be more than 32 bits say. */
  readonly #sizes: Float64Array;
  readonly #deleted = new Set<number>();
  readonly #fetched = new Set<number>();
  #size = 0;

  private constructor(mailbox: Mailbox, uids: Uint32Array, sizes: Float64Array) {
    this.#mailbox = mailbox;
    this.#uids = uids;
    this.#sizes = sizes;
    for (const size of sizes) this.#size += size;
  }

  /** Rejects with `StoreError`. */
  static async open(mailbox: Mailbox): Promise<Maildrop> {
    await mailbox.sync();
    const all = mailbox.uids();
    const uids = new Uint32Array(all.length);
    const sizes = new Float64Array(all.length);
    let count = 0;
    for (let from = 0; from < all.length; from += FACTS_A_TURN) {
      const first = all[from] ?? 0;
      const last = all[Math.min(from + FACTS_A_TURN, all.length) - 1] ?? first;
      // Sizes are told to the octet.
      await mailbox.describe([[first, last]]);
      for (const { uid, size } of mailbox.facts([[first, last]])) {
        if (count === uids.length) break;
        uids[count] = uid;
        sizes[count++] = size;
      }
      await new Promise(setImmediate);
    }
    return new Maildrop(mailbox, uids.subarray(0, count), sizes.subarray(0, count));
  }

  /** Numbers go from 1 to this, those of deleted messages included. */
  get last(): number {
    return this.#uids.length;
  }

  /** Messages that are not marked as deleted. */
  get messages(): number {
    return this.#uids.length - this.#deleted.size;
  }

  /** Their octets, as they are sent but for stuffed dots. */
  get octets(): number {
    return this.#size;
  }

  /** Whether there is a message of that number, not marked as deleted. */
  has(number: number): boolean {
    return number >= 1 && number <= this.#uids.length && !this.#deleted.has(number);
  }

  isDeleted(number: number): boolean {
    return this.#deleted.has(number);
  }

  sizeOf(number: number): number {
    return this.#sizes[number - 1] ?? 0;
  }

  /** RFC 1939 §7. The form that Dovecot uses by itself: who moves from there with his UIDs does not fetch all again. */
  uniqueIdOf(number: number): string {
    return hex(this.#uids[number - 1] ?? 0) + hex(this.#mailbox.uidValidity);
  }

  delete(number: number): void {
    this.#deleted.add(number);
    this.#size -= this.sizeOf(number);
  }

  /** Nothing is marked as deleted any more. */
  reset(): void {
    for (const number of this.#deleted) this.#size += this.sizeOf(number);
    this.#deleted.clear();
  }

  /**
   * The octets of a message in pieces, `first` of them in the first. It ends early, with fewer octets than {@link sizeOf}
   * says, when somebody removes the message: at once if it is gone already.
   */
  async *pieces(number: number, first: number = PIECE): AsyncGenerator<Buffer> {
    const uid = this.#uids[number - 1] ?? 0;
    const size = this.sizeOf(number);
    const piece = Math.max(PIECE, Math.ceil(size / MAX_PIECES));
    for (let start = 0; start < size; ) {
      const end = Math.min(size, start + (start === 0 ? first : piece));
      const octets = await this.#mailbox.bytes(uid, { start, end });
      if (octets === undefined || octets.length < end - start) return;
      yield octets;
      start = end;
    }
  }

  /** Whether the mailbox has it still. */
  isThere(number: number): boolean {
    const uid = this.#uids[number - 1] ?? 0;
    return [...this.#mailbox.facts([[uid, uid]])].length > 0;
  }

  /** The client has got all of it. */
  fetched(number: number): void {
    this.#fetched.add(number);
  }

  /**
   * The state UPDATE (RFC 1939 §6): removes what is marked as deleted. Durable when it resolves. Rejects with `StoreError`;
   * some messages may be removed then and others not.
   */
  async update(markSeen: boolean): Promise<void> {
    const uidOf = (number: number): number => this.#uids[number - 1] ?? 0;
    const seen = [...this.#fetched].filter((number) => !this.#deleted.has(number)).map(uidOf);
    if (markSeen && seen.length > 0)
      await this.#mailbox.store(seen, { mode: 'add', flags: { system: SystemFlag.seen, keywords: [] } });
    const gone = [...this.#deleted].map(uidOf).sort((one, other) => one - other);
    if (gone.length === 0) return;
    await this.#mailbox.store(gone, { mode: 'add', flags: { system: SystemFlag.deleted, keywords: [] } });
    await this.#mailbox.expunge(gone);
  }
}

const hex = (number: number): string => number.toString(16).toUpperCase().padStart(8, '0');
