import type { Mailbox, MailboxRef, MailboxStatus, MessageFacts, UidRange } from '../../store/mail/types.ts';
import type { Selected, Session, ViewChange, ViewListener } from './types.ts';
import { UidArray } from './uid-list.ts';
import { flagList, sequenceSet } from './wire/writer.ts';

/** What may be told at this moment. */
export interface Telling {
  /** EXPUNGE and VANISHED (RFC 9051 §7.5.1). */
  readonly expunges: boolean;
  /** Every FETCH with the UID: the command was a UID command (RFC 9051 §6.4.9). */
  readonly withUid?: boolean;
  readonly flags?: boolean;
  readonly added?: boolean;
}

const SYSTEM_FLAGS = '\\Answered \\Flagged \\Deleted \\Seen \\Draft';

/** The mailbox a client has open, as the client has been told it is: sequence numbers change only when it hears of it. */
export class View implements Selected {
  #ref: MailboxRef;
  readonly mailbox: Mailbox;
  readonly readOnly: boolean;
  readonly uids: UidArray;
  /** The figures at the moment whose messages the client is told of first. */
  readonly opened: MailboxStatus;
  modseq: number;
  /** Ranges of UIDs that this session was told of first, ascending. */
  readonly #recent: UidRange[] = [];
  readonly #claims: boolean;
  saved: readonly number[] = [];
  /** Gone from the mailbox, and the client does not know it yet. */
  readonly #gone = new Set<number>();
  /** {@link modseq} before the first of them went. */
  #beforeGone = 0;
  /** The client has heard of later changes all the same. */
  #toldBeyond = false;
  /** Changes of flags it knows, or has not been told: `held` are to be told later. */
  readonly #silenced = new Map<number, number>();
  readonly #held = new Set<number>();
  readonly #keywords = new Map<string, string>();
  readonly #listeners = new Set<ViewListener>();
  #toldRecent: number;

  private constructor(ref: MailboxRef, readOnly: boolean) {
    this.#ref = ref;
    this.mailbox = ref.mailbox;
    this.readOnly = readOnly;
    const status = this.mailbox.status();
    this.opened = status;
    this.uids = new UidArray(uidsBelow(this.mailbox.uids(), status.uidNext));
    this.modseq = status.highestModseq;
    this.#claims = !readOnly;
    this.#takeRecent();
    this.#toldRecent = this.recent;
    for (const keyword of status.keywords) this.#keywords.set(keyword.toLowerCase(), keyword);
  }

  static async open(ref: MailboxRef, readOnly: boolean): Promise<View> {
    await ref.mailbox.sync();
    const view = new View(ref, readOnly);
    await ref.mailbox.durable?.();
    return view;
  }

  get ref(): MailboxRef {
    return this.#ref;
  }

  /** Somebody may have changed them since the mailbox was opened. */
  setRights(rights: MailboxRef['rights']): void {
    if (rights !== this.#ref.rights) this.#ref = { ...this.#ref, rights };
  }

  isRecent = (uid: number): boolean => {
    for (let at = this.#recent.length - 1; at >= 0; at--) {
      const [first, last] = this.#recent[at] ?? [0, 0];
      if (uid >= first) return uid <= last;
    }
    return false;
  };

  /** The messages the client knows of and nobody was told of before are recent here, and then nowhere else. */
  #takeRecent(): void {
    const { last } = this.uids;
    const first = this.mailbox.recentFrom(this.#claims ? last : 0);
    const before = this.#recent.at(-1);
    const from = Math.max(first, before === undefined ? 0 : before[1] + 1);
    if (from > last) return;
    if (before !== undefined && before[1] + 1 === from)
      this.#recent[this.#recent.length - 1] = [before[0], last];
    else this.#recent.push([from, last]);
  }

  /** Number of messages that are \Recent here. */
  get recent(): number {
    let count = 0;
    for (const [first, last] of this.#recent) {
      const range = this.uids.between(first, last);
      if (range !== undefined) count += range[1] - range[0] + 1;
    }
    return count;
  }

  /** `FLAGS` of RFC 9051 §7.3.5. */
  get flags(): string {
    return `FLAGS (${[SYSTEM_FLAGS, ...this.#keywords.values()].join(' ')})`;
  }

  /** What the client may change for good (RFC 9051 §7.1, RFC 4314 §5.1.1). */
  get permanentFlags(): string {
    if (this.readOnly) return 'PERMANENTFLAGS ()';
    const { rights } = this.ref;
    const flags: string[] = [];
    if (rights.has('w')) flags.push('\\Answered', '\\Flagged');
    if (rights.has('t')) flags.push('\\Deleted');
    if (rights.has('s')) flags.push('\\Seen');
    if (rights.has('w')) flags.push('\\Draft', ...this.#keywords.values(), '\\*');
    return `PERMANENTFLAGS (${flags.join(' ')})`;
  }

  /**
   * Below {@link modseq} when the client has heard of changes that came after one that it may not be told of yet, that messages
   * are gone: if it resynchronised from the later one it would never hear of it (RFC 7162 §3.2).
   */
  get complete(): number {
    return this.#toldBeyond ? this.#beforeGone : this.modseq;
  }

  listen(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  silence(changed: readonly { readonly uid: number; readonly modseq: number }[], whole: boolean): void {
    const [first] = changed;
    // The change next to the last that the client knows, whole: there is nothing to be looked up later, unless something waits
    // to be told, and then it counts that the client has heard of this.
    if (
      whole &&
      first?.modseq === this.modseq + 1 &&
      changed.every(({ modseq }) => modseq === first.modseq) &&
      this.#gone.size + this.#held.size + this.#listeners.size === 0
    ) {
      this.modseq = first.modseq;
      return;
    }
    for (const { uid, modseq } of changed) this.#silenced.set(uid, modseq);
  }

  hasHeard(uid: number, modseq: number): boolean {
    return (modseq <= this.modseq && !this.#held.has(uid)) || this.#silenced.get(uid) === modseq;
  }

  /**
   * Tells the client what has happened since it was last told: flags by the numbers that it knows, then what is gone, then
   * what has come. Throws `StoreError` when the mailbox is gone.
   */
  async tell(session: Session, telling: Telling): Promise<ViewChange | undefined> {
    const { added, changed, silenced } = this.#take(telling);
    const removed = telling.expunges ? [...this.#gone].sort((one, other) => one - other) : [];
    if (added.length + changed.length + silenced.length + removed.length === 0) return undefined;
    // A UID that a client has heard of is never another message's, even after a loss of power.
    await this.mailbox.durable?.();
    const change: ViewChange = { added: uidsOf(added), changed: uidsOf(changed), removed };
    // What the client knows already changes results of searches all the same.
    const heard: ViewChange = { ...change, changed: [...change.changed, ...silenced] };
    for (const listener of this.#listeners) listener.before(heard);
    this.tellKeywords(session, changed);
    this.tellKeywords(session, added);
    for (const facts of changed) {
      session.send(this.#flagLine(session, facts, telling.withUid === true));
      await session.flush();
    }
    this.#tellRemoved(session, removed);
    this.#toldBeyond = this.#gone.size > 0 && (this.#toldBeyond || heard.changed.length > 0);
    this.#tellAdded(session, change.added);
    this.#tellRecent(session);
    for (const listener of this.#listeners) await listener.after(heard);
    return change;
  }

  #take(telling: Telling): { added: MessageFacts[]; changed: MessageFacts[]; silenced: number[] } {
    const { added: tellAdded = true, flags: tellFlags = true } = telling;
    const { last } = this.uids;
    const changes = this.mailbox.changes(this.modseq);
    if (this.#gone.size === 0) this.#beforeGone = this.modseq;
    for (const uid of changes.vanished) if (this.uids.sequence(uid) !== 0) this.#gone.add(uid);
    const added: MessageFacts[] = [];
    const changed: MessageFacts[] = [];
    const silenced: number[] = [];
    let highest = changes.modseq;
    for (const facts of changes.changed) {
      if (facts.uid > last) {
        // Left for another time: then everything from here on is read again.
        if (tellAdded) added.push(facts);
        else highest = Math.min(highest, facts.modseq - 1);
      } else if (this.uids.sequence(facts.uid) === 0 || this.#gone.has(facts.uid)) continue;
      else if (this.#silenced.get(facts.uid) === facts.modseq) silenced.push(facts.uid);
      else if (tellFlags) changed.push(facts);
      else this.#held.add(facts.uid);
    }
    if (highest === changes.modseq) this.#silenced.clear();
    if (tellFlags && this.#held.size > 0) changed.push(...this.#takeHeld(changed));
    this.modseq = Math.max(this.modseq, highest);
    added.sort((one, other) => one.uid - other.uid);
    changed.sort((one, other) => one.uid - other.uid);
    return { added, changed, silenced };
  }

  #takeHeld(known: readonly MessageFacts[]): MessageFacts[] {
    for (const { uid } of known) this.#held.delete(uid);
    const uids = [...this.#held].filter((uid) => !this.#gone.has(uid)).sort((one, other) => one - other);
    this.#held.clear();
    return [...this.mailbox.facts(uids.map((uid) => [uid, uid] as const))];
  }

  #tellRemoved(session: Session, removed: readonly number[]): void {
    if (removed.length === 0) return;
    if (session.enabled.has('QRESYNC') || session.enabled.has('UIDONLY'))
      session.send(`VANISHED ${sequenceSet(removed)}`);
    else for (const uid of removed.toReversed()) session.send(`${this.uids.sequence(uid)} EXPUNGE`);
    this.uids.remove(this.#gone);
    if (this.saved.length > 0) this.saved = this.saved.filter((uid) => !this.#gone.has(uid));
    this.#gone.clear();
  }

  #tellAdded(session: Session, added: readonly number[]): void {
    if (added.length === 0) return;
    this.uids.append(added);
    this.#takeRecent();
    session.send(`${this.uids.length} EXISTS`);
  }

  #tellRecent(session: Session): void {
    const { recent } = this;
    if (recent === this.#toldRecent) return;
    this.#toldRecent = recent;
    if (!session.enabled.has('IMAP4REV2')) session.send(`${recent} RECENT`);
  }

  /** Keywords that are new in the mailbox: before they are used, the client hears of them (RFC 9051 §7.3.5). */
  tellKeywords(session: Session, used: readonly MessageFacts[]): void {
    const before = this.#keywords.size;
    for (const { keywords } of used)
      for (const keyword of keywords === '' ? [] : keywords.split(' '))
        if (!this.#keywords.has(keyword.toLowerCase())) this.#keywords.set(keyword.toLowerCase(), keyword);
    if (this.#keywords.size === before) return;
    session.send(this.flags);
    session.send(`OK [${this.permanentFlags}] Flags that can be kept`);
  }

  #flagLine(session: Session, facts: MessageFacts, withUid: boolean): string {
    const { enabled } = session;
    const rev2 = enabled.has('IMAP4REV2');
    const uidOnly = enabled.has('UIDONLY');
    const recent = !rev2 && this.isRecent(facts.uid);
    const uid = !uidOnly && (withUid || rev2 || enabled.has('QRESYNC')) ? `UID ${facts.uid} ` : '';
    const modseq = enabled.has('CONDSTORE') ? ` MODSEQ (${facts.modseq})` : '';
    const flags = flagList(facts.system, facts.keywords, recent);
    return `${session.label(facts.uid)} ${uidOnly ? 'UIDFETCH' : 'FETCH'} (${uid}FLAGS ${flags}${modseq})`;
  }
}

const uidsOf = (all: readonly MessageFacts[]): number[] => all.map(({ uid }) => uid);

/** Without those that another process has added since UIDNEXT was read: they are new (RFC 9051 §2.3.1.1). */
function uidsBelow(uids: Uint32Array, uidNext: number): Uint32Array {
  let { length } = uids;
  while (length > 0 && (uids[length - 1] ?? 0) >= uidNext) length--;
  return uids.subarray(0, length);
}
