import type { Mailbox, MailAccount } from '../mail/types.ts';
import type { MailboxKey } from './database.ts';
import type { SearchOptions } from './search-indexes.ts';
import { SearchFailure } from './search-thread.ts';
import type { SearchThread } from './search-thread.ts';
import type { NewEntry } from './writing.ts';

/** One transaction: the file is held for about 100 ms, and a killed process makes no more than these again. */
const BATCH_MESSAGES = 256;
const BATCH_BYTES = 4_194_304;
/** Texts removed in one transaction. */
const SWEPT_AT_ONCE = 200;
/** After a fault (no room, a read-only folder) it is tried again at the next change, but no sooner. */
const FAULT_MILLISECONDS = 60_000;
/** While changes keep coming we do not wait for their end longer than so many times the usual delay. */
const LONGEST_DELAYS = 5;
/** Mailboxes of which it is remembered how far their index is: of others it is read from the index. */
const MAX_REMEMBERED = 10_000;

interface Place {
  readonly account: string;
  readonly mailbox: string;
}

/** Keeps the indexes as the mail is, one mailbox at a time, in the background. */
export class Filler {
  readonly #options: SearchOptions;
  readonly #writer: SearchThread;
  readonly #due = new Map<string, Place>();
  /** As it was when the index was like it: UIDNEXT and number of messages. */
  readonly #done = new Map<string, string>();
  readonly #cleaned = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #firstDue = 0;
  #pausedUntil = 0;

  constructor(options: SearchOptions, writer: SearchThread) {
    this.#options = options;
    this.#writer = writer;
  }

  /** Something may have come into the mailbox, or gone. Without its name: mailboxes have. */
  notice(account: string, mailbox?: string): void {
    if (this.#closed || !this.#options.settings.enabled) return;
    if (mailbox === undefined) {
      this.#cleaned.delete(account);
      return;
    }
    if (this.#due.size === 0) this.#firstDue = performance.now();
    this.#due.set(`${account}\0${mailbox}`, { account, mailbox });
    this.#schedule();
  }

  /** The index of the account was removed, since it was damaged: what was taken in is to be taken in again. */
  lost(account: string, mailbox: string): void {
    for (const key of this.#done.keys()) if (key.startsWith(`${account}\0`)) this.#done.delete(key);
    this.notice(account, mailbox);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#due.clear();
    await this.#running;
  }

  /** Mail that comes in a row is taken in together, when it has stopped coming. */
  #schedule(): void {
    if (this.#running !== undefined || this.#closed) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    const delay = this.#options.settings.delay * 1000;
    const wait = Math.max(
      0,
      Math.min(delay, this.#firstDue + delay * LONGEST_DELAYS - now),
      this.#pausedUntil - now,
    );
    this.#timer = setTimeout(() => {
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        this.#firstDue = performance.now();
        if (this.#due.size > 0) this.#schedule();
      });
    }, wait).unref();
  }

  async #run(): Promise<void> {
    const due = [...this.#due.values()];
    this.#due.clear();
    for (const { account, mailbox: name } of due) {
      if (this.#closed) return;
      try {
        const mail = await this.#options.account(account);
        const mailbox = await mail.mailbox(name);
        await this.#clean(mail);
        if (mailbox !== undefined) await this.#fillUnlessDone(mailbox);
      } catch (error) {
        const damaged = error instanceof SearchFailure && error.damaged;
        this.#options.log.warn(
          { account, error: String(error) },
          damaged ? 'search index made anew' : 'search index not brought up to date',
        );
        this.#done.clear();
        if (damaged) this.notice(account, name);
        else this.#pausedUntil = performance.now() + FAULT_MILLISECONDS;
      }
    }
  }

  async #fillUnlessDone(mailbox: Mailbox): Promise<void> {
    const { messages, uidNext } = mailbox.status();
    const key = `${mailbox.account}\0${mailbox.mailboxId}\0${mailbox.uidValidity}`;
    const now = `${uidNext} ${messages}`;
    // Flags alone have changed.
    if (this.#done.get(key) === now) return;
    await this.#fill(mailbox, uidNext);
    if (this.#done.size >= MAX_REMEMBERED) this.#done.clear();
    if (!this.#closed) this.#done.set(key, now);
  }

  /** Once in the life of the process, and after mailboxes were deleted or renamed. */
  async #clean(account: MailAccount): Promise<void> {
    if (this.#cleaned.has(account.account)) return;
    if (this.#cleaned.size >= MAX_REMEMBERED) this.#cleaned.clear();
    this.#cleaned.add(account.account);
    const mailboxes = (await account.mailboxes()).map(keyOf);
    const file = this.#options.file(account.account);
    await this.#writer.ask('keepMailboxes', file, { mailboxes });
    await this.#sweep(file);
  }

  async #sweep(file: string): Promise<void> {
    while (!this.#closed && (await this.#writer.ask('sweep', file, { documents: SWEPT_AT_ONCE }))) continue;
  }

  async #fill(mailbox: Mailbox, uidNext: number): Promise<void> {
    const file = this.#options.file(mailbox.account);
    const key = keyOf(mailbox);
    const state = await this.#writer.ask('state', file, { mailbox: key });
    const uids = mailbox.uids();
    let fresh = firstAbove(uids, state.upTo);
    // As many messages as the index has: the same ones, for UIDs are never used again.
    if (fresh !== state.count) {
      fresh = firstAbove(uids, await this.#writer.ask('keep', file, { mailbox: key, uids, uidNext }));
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
    await mailbox.describe([[first, last]]);
    const facts = [...mailbox.facts([[first, last]])];
    const known = await this.#writer.ask('known', file, { emailIds: facts.map(({ emailId }) => emailId) });
    const places = new Map(mailbox.places?.([[first, last]]).map((place) => [place.uid, place]));
    const entries: NewEntry[] = [];
    let bytes = 0;
    let upTo = last;
    for (const [at, { uid, emailId: id, size }] of facts.entries()) {
      // A file that cannot be read has none, and no other message its document.
      const emailId = id === '' ? `${mailbox.mailboxId} ${mailbox.uidValidity} ${uid}` : id;
      if (bytes >= BATCH_BYTES) {
        upTo = uid - 1;
        break;
      }
      if (known[at] === true) {
        entries.push({ uid, emailId });
        continue;
      }
      const place = places.get(uid);
      // A large one is not read whole.
      if (place !== undefined && size <= settings.maxMessageBytes) entries.push({ uid, emailId, place });
      else entries.push(await this.#read(mailbox, { uid, emailId, size }));
      bytes += Math.min(size, settings.maxMessageBytes);
    }
    const missing = await this.#add(file, keyOf(mailbox), entries, upTo);
    if (missing.length === 0) return upTo;
    // They have other names by now, or are gone.
    const elsewhere = new Set(missing);
    const found: NewEntry[] = [];
    for (const entry of entries) {
      const { uid, emailId, place } = entry;
      const here = elsewhere.has(uid) && place !== undefined;
      found.push(here ? await this.#read(mailbox, { uid, emailId, size: place.size }) : entry);
    }
    const still = await this.#add(file, keyOf(mailbox), found, upTo);
    if (still.length > 0) throw new SearchFailure('messages move while they are read');
    return upTo;
  }

  async #read(
    mailbox: Mailbox,
    { uid, emailId, size }: { readonly uid: number; readonly emailId: string; readonly size: number },
  ): Promise<NewEntry> {
    const { maxMessageBytes } = this.#options.settings;
    const whole = size <= maxMessageBytes;
    const raw = await mailbox.bytes(uid, whole ? undefined : { start: 0, end: maxMessageBytes });
    const content = raw && (await mailbox.content(uid));
    // Gone, or not to be read just now: whoever searches looks for himself.
    if (raw === undefined || content === undefined) return { uid, emailId };
    return { uid, emailId, raw, whole, envelope: content.envelope };
  }

  /** One message that no thread gets through must not keep the others out: it is taken in without its text. */
  async #add(
    file: string,
    mailbox: MailboxKey,
    entries: readonly NewEntry[],
    upTo: number,
  ): Promise<readonly number[]> {
    const { maxCharacters, messageTime } = this.#options.settings;
    const limit = messageTime * 1000;
    try {
      return await this.#writer.ask('add', file, { mailbox, entries, upTo, maxCharacters }, limit);
    } catch (error) {
      if (!(error instanceof SearchFailure) || error.damaged) throw error;
      for (const [at, entry] of entries.entries()) {
        const reached = at === entries.length - 1 ? upTo : entry.uid;
        const one = (entries_: readonly NewEntry[]) =>
          this.#writer.ask('add', file, { mailbox, entries: entries_, upTo: reached, maxCharacters }, limit);
        const withoutText = [{ uid: entry.uid, emailId: entry.emailId }];
        const missing = await one([entry]).catch(() => one(withoutText));
        if (missing.length > 0) await one(withoutText);
      }
      return [];
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
