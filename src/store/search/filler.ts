import type { Mailbox, MailAccount } from '../mail/types.ts';
import type { MailboxKey } from './database.ts';
import type { SearchOptions } from './search-indexes.ts';
import { SearchFailure } from './search-thread.ts';
import type { SearchThread } from './search-thread.ts';
import type { NewEntry } from './writing.ts';

/** One transaction: the file is held for about 100 ms, and a killed process makes no more than these again. */
const BATCH_MESSAGES = 64;
const BATCH_BYTES = 4_194_304;
/** Texts removed in one transaction. */
const SWEPT_AT_ONCE = 200;
/** After a change we wait this long, so that mail that comes in a row is taken in together. */
const QUIET_MILLISECONDS = 500;
/** After a fault (no room, a read-only folder) it is tried again at the next change, but no sooner. */
const FAULT_MILLISECONDS = 60_000;

/** Keeps the indexes of followed mailboxes as their mail is, one mailbox at a time, in the background. */
export class Filler {
  readonly #options: SearchOptions;
  readonly #writer: SearchThread;
  readonly #followed = new Map<string, { readonly mailbox: Mailbox; users: number; stop: () => void }>();
  readonly #due = new Map<string, Mailbox>();
  readonly #accountsSeen = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #pausedUntil = 0;

  constructor(options: SearchOptions, writer: SearchThread) {
    this.#options = options;
    this.#writer = writer;
  }

  follow(mailbox: Mailbox): () => void {
    if (!this.#options.settings.enabled || this.#closed) return () => undefined;
    const key = `${mailbox.uidValidity} ${mailbox.mailboxId} ${mailbox.account}`;
    let followed = this.#followed.get(key);
    if (followed === undefined) {
      const stop = mailbox.watch(({ kind }) => {
        if (kind === 'messages') this.#wake(key, mailbox);
      });
      followed = { mailbox, users: 0, stop };
      this.#followed.set(key, followed);
      this.#wake(key, mailbox);
    }
    followed.users++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      followed.users--;
      if (followed.users > 0) return;
      followed.stop();
      this.#followed.delete(key);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#due.clear();
    for (const { stop } of this.#followed.values()) stop();
    this.#followed.clear();
    await this.#running;
  }

  #wake(key: string, mailbox: Mailbox): void {
    if (this.#closed) return;
    this.#due.set(key, mailbox);
    if (this.#timer !== undefined || this.#running !== undefined) return;
    const wait = Math.max(QUIET_MILLISECONDS, this.#pausedUntil - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        for (const [name, due] of this.#due) this.#wake(name, due);
      });
    }, wait).unref();
  }

  async #run(): Promise<void> {
    const due = [...this.#due.values()];
    this.#due.clear();
    for (const mailbox of due) {
      if (this.#closed) return;
      try {
        await this.#cleanAccount(mailbox.account);
        await this.#fill(mailbox);
      } catch (error) {
        const damaged = error instanceof SearchFailure && error.damaged;
        this.#options.log.warn(
          { account: mailbox.account, error: String(error) },
          damaged ? 'search index made anew' : 'search index not brought up to date',
        );
        if (!damaged) this.#pausedUntil = performance.now() + FAULT_MILLISECONDS;
        if (damaged) this.#due.set(`again ${mailbox.mailboxId}`, mailbox);
      }
    }
  }

  /** Once in the life of the process for each account: mailboxes deleted while nobody looked, and their texts. */
  async #cleanAccount(name: string): Promise<void> {
    if (this.#accountsSeen.has(name)) return;
    const account: MailAccount = await this.#options.account(name);
    const mailboxes = (await account.mailboxes()).map(keyOf);
    const file = this.#options.file(name);
    await this.#writer.ask('keepMailboxes', file, { mailboxes });
    await this.#sweep(file);
    this.#accountsSeen.add(name);
  }

  async #sweep(file: string): Promise<void> {
    while (!this.#closed && (await this.#writer.ask('sweep', file, { documents: SWEPT_AT_ONCE }))) continue;
  }

  async #fill(mailbox: Mailbox): Promise<void> {
    const file = this.#options.file(mailbox.account);
    const key = keyOf(mailbox);
    const state = await this.#writer.ask('state', file, { mailbox: key });
    const uids = mailbox.uids();
    const fresh = firstAbove(uids, state.upTo);
    // As many messages as the index has: the same ones, for UIDs are never used again.
    if (fresh !== state.count) {
      await this.#writer.ask('keep', file, { mailbox: key, uids });
      await this.#sweep(file);
    }
    for (let at = fresh; at < uids.length && !this.#closed; ) {
      const last = Math.min(at + BATCH_MESSAGES, uids.length) - 1;
      const upTo = await this.#takeIn(mailbox, uids[at] ?? 0, uids[last] ?? 0);
      at = firstAbove(uids, upTo);
    }
  }

  /** Takes in messages from `first` to `last`, fewer when they are large: up to the UID returned. */
  async #takeIn(mailbox: Mailbox, first: number, last: number): Promise<number> {
    const { settings } = this.#options;
    const file = this.#options.file(mailbox.account);
    const facts = [...mailbox.facts([[first, last]])];
    const known = await this.#writer.ask('known', file, { emailIds: facts.map(({ emailId }) => emailId) });
    const entries: NewEntry[] = [];
    let bytes = 0;
    let upTo = last;
    for (const [at, { uid, emailId, size }] of facts.entries()) {
      if (bytes >= BATCH_BYTES) {
        upTo = uid - 1;
        break;
      }
      if (known[at] === true) {
        entries.push({ uid, emailId });
        continue;
      }
      const whole = size <= settings.maxMessageBytes;
      const raw = await mailbox.bytes(uid, whole ? undefined : { start: 0, end: settings.maxMessageBytes });
      const content = raw && (await mailbox.content(uid));
      if (raw === undefined || content === undefined) continue;
      bytes += raw.length;
      entries.push({ uid, emailId, raw, whole, envelope: content.envelope });
    }
    await this.#add(file, keyOf(mailbox), entries, upTo);
    return upTo;
  }

  /** One message that no thread gets through must not keep the others out: it is taken in without its text. */
  async #add(file: string, mailbox: MailboxKey, entries: readonly NewEntry[], upTo: number): Promise<void> {
    const { maxCharacters, messageSeconds } = this.#options.settings;
    const limit = messageSeconds * 1000;
    try {
      await this.#writer.ask('add', file, { mailbox, entries, upTo, maxCharacters }, limit);
    } catch (error) {
      if (!(error instanceof SearchFailure) || error.damaged) throw error;
      for (const [at, entry] of entries.entries()) {
        const reached = at === entries.length - 1 ? upTo : entry.uid;
        const one = (entries_: readonly NewEntry[]) =>
          this.#writer.ask('add', file, { mailbox, entries: entries_, upTo: reached, maxCharacters }, limit);
        await one([entry]).catch(() => one([{ uid: entry.uid, emailId: entry.emailId }]));
      }
    }
  }
}

function keyOf({ mailboxId, uidValidity }: Mailbox): MailboxKey {
  return { mailboxId, uidValidity };
}

/** Index of the first UID above `uid`. */
function firstAbove(uids: Uint32Array, uid: number): number {
  let low = 0;
  let high = uids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((uids[middle] ?? 0) <= uid) low = middle + 1;
    else high = middle;
  }
  return low;
}
