import type { MailboxEntry, MailboxRef, MailboxStatus, MailEvent } from '../../../store/mail/types.ts';
import { statusText } from '../commands/status-items.ts';
import { takesUtf8 } from '../text.ts';
import type { EventGroup, NotifyEvent, SessionControl } from '../types.ts';
import { astring, mailboxName } from '../wire/writer.ts';
import { groupFor } from './filters.ts';

/** Mailboxes with news that are remembered until the client can be told; beyond it NOTIFY ends (RFC 5465 §5.8). */
const MAX_PENDING = 5000;

const COUNTS: readonly NotifyEvent[] = ['MESSAGENEW', 'MESSAGEEXPUNGE'];
/** Items of STATUS for those. */
const COUNTED: readonly string[] = ['MESSAGES', 'UIDNEXT', 'UNSEEN'];
const MESSAGE_EVENTS: readonly NotifyEvent[] = [...COUNTS, 'FLAGCHANGE'];

/** What NOTIFY tells of mailboxes that are not open (RFC 5465 §5). */
export class OtherMailboxes {
  readonly #session: SessionControl;
  readonly #groups: readonly EventGroup[];
  /** As the client knows them, by name. */
  #known = new Map<string, MailboxEntry>();
  /** Names by account and mailbox, as the store calls them. */
  #names = new Map<string, string>();
  /** Figures that the client has, by the mailbox's identity. */
  readonly #figures = new Map<string, MailboxStatus>();
  /** Mailboxes of which the client has the UIDVALIDITY. */
  readonly #introduced = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #annotated = new Map<string, Set<string>>();
  #relist = false;
  #overflow = false;
  #stop: (() => void) | undefined;

  constructor(session: SessionControl, groups: readonly EventGroup[]) {
    this.#session = session;
    this.#groups = groups.filter(({ filter }) => !filter.startsWith('selected'));
  }

  /** With `status`, tells how the mailboxes stand at first (RFC 5465 §3.1). */
  async start(status: boolean): Promise<void> {
    if (this.#groups.length === 0) return;
    this.#stop = this.#session.user.watch((event) => this.#note(event));
    this.#learn(await this.#session.user.list());
    for (const entry of this.#known.values()) {
      if (!this.#wants(entry, ...MESSAGE_EVENTS)) continue;
      if (status) await this.#tellStatus(entry, [...COUNTED, ...this.#sequence]);
      if (isReadable(entry)) this.#figures.set(entry.ref.mailbox.mailboxId, entry.ref.mailbox.status());
    }
  }

  stop(): void {
    this.#stop?.();
  }

  /** False when there was too much to remember, and NOTIFY is over. */
  async tell(): Promise<boolean> {
    if (this.#overflow) {
      this.#session.send('OK [NOTIFICATIONOVERFLOW] Too much has happened: NOTIFY is off');
      return false;
    }
    if (this.#relist) {
      this.#relist = false;
      await this.#tellNames();
    }
    await this.#tellMessages();
    this.#tellMetadata();
    return true;
  }

  #note(event: MailEvent): void {
    if (this.#overflow) return;
    const key = keyOf(event.account, event.mailbox ?? '');
    if (event.kind === 'messages') this.#changed.add(key);
    else if (event.kind === 'metadata') this.#noteMetadata(event, key);
    else if (event.kind === 'quota') return;
    else this.#relist = true;
    this.#overflow = this.#changed.size + this.#annotated.size > MAX_PENDING;
    this.#session.link.wake();
  }

  #noteMetadata({ account, mailbox, entries = [], by }: MailEvent, key: string): void {
    const own = this.#session.user.account;
    // What others note for themselves is theirs (RFC 5464 §3.3).
    const seen = entries.filter((entry) => !entry.startsWith('/private') || by === own);
    if (seen.length === 0 || (mailbox === undefined && by === undefined && account !== own)) return;
    const known = this.#annotated.get(mailbox === undefined ? '' : key) ?? new Set();
    for (const entry of seen) known.add(entry);
    this.#annotated.set(mailbox === undefined ? '' : key, known);
  }

  #learn(entries: readonly MailboxEntry[]): void {
    this.#known = new Map(entries.map((entry) => [entry.name, entry]));
    this.#names = new Map(
      entries.flatMap(({ name, ref }) =>
        ref === undefined ? [] : [[keyOf(ref.mailbox.account, ref.mailbox.name), name]],
      ),
    );
  }

  #wants(entry: MailboxEntry, ...events: readonly NotifyEvent[]): boolean {
    const group = groupFor(this.#groups, entry, this.#session.user);
    return group !== undefined && events.some((event) => group.events.has(event));
  }

  /** RFC 5465 §5.4 and §5.5: mailboxes that came, went or were renamed, and subscriptions. */
  async #tellNames(): Promise<void> {
    const before = this.#known;
    this.#learn(await this.#session.user.list());
    const gone = new Map<string, MailboxEntry>();
    for (const entry of before.values())
      if (entry.ref !== undefined && this.#known.get(entry.name)?.ref === undefined)
        gone.set(entry.ref.mailbox.mailboxId, entry);
    for (const entry of this.#known.values()) {
      const old = before.get(entry.name);
      if (entry.ref !== undefined && old?.ref === undefined) {
        const renamed = gone.get(entry.ref.mailbox.mailboxId);
        gone.delete(entry.ref.mailbox.mailboxId);
        if (this.#wants(entry, 'MAILBOXNAME')) this.#tellName(entry, renamed?.name);
      } else if ((old?.subscribed ?? false) !== entry.subscribed && this.#wants(entry, 'SUBSCRIPTIONCHANGE'))
        this.#tellName(entry);
    }
    for (const entry of before.values())
      if (entry.subscribed && !this.#known.has(entry.name) && this.#wants(entry, 'SUBSCRIPTIONCHANGE'))
        this.#tellName({ ...entry, ref: undefined, subscribed: false });
    for (const entry of gone.values())
      if (this.#wants(entry, 'MAILBOXNAME'))
        this.#tellName({
          ...entry,
          ref: undefined,
          subscribed: this.#known.get(entry.name)?.subscribed ?? false,
        });
  }

  #tellName({ name, ref, hasChildren, subscribed }: MailboxEntry, oldName?: string): void {
    const utf8 = takesUtf8(this.#session);
    const flags = [
      ...(ref === undefined ? ['\\NonExistent'] : []),
      ...(ref?.mailbox.selectable === false ? ['\\Noselect'] : []),
      ...(hasChildren ? ['\\HasChildren'] : []),
      ...(subscribed ? ['\\Subscribed'] : []),
    ];
    const old = oldName === undefined ? '' : ` ("OLDNAME" (${mailboxName(oldName, utf8)}))`;
    this.#session.send(`LIST (${flags.join(' ')}) "/" ${mailboxName(name, utf8)}${old}`);
  }

  async #tellMessages(): Promise<void> {
    const keys = [...this.#changed];
    this.#changed.clear();
    for (const key of keys) {
      const entry = this.#known.get(this.#names.get(key) ?? '');
      if (entry?.ref === undefined || !this.#wants(entry, ...MESSAGE_EVENTS)) continue;
      // The open mailbox has its own group (RFC 5465 §6.1).
      const open = this.#session.isOpen ? this.#session.selected.mailbox.mailboxId : undefined;
      if (entry.ref.mailbox.mailboxId === open) continue;
      await this.#tellStatus(entry, await this.#different(entry));
    }
  }

  /** RFC 5465 §5.1 to §5.3: items of STATUS that are others now, as far as the client wants to hear of them. */
  async #different(entry: MailboxEntry): Promise<string[]> {
    if (!isReadable(entry)) return [];
    const { mailbox } = entry.ref;
    await mailbox.sync();
    const [before, now] = [this.#figures.get(mailbox.mailboxId), mailbox.status()];
    this.#figures.set(mailbox.mailboxId, now);
    if (before?.messages !== now.messages || before.uidNext !== now.uidNext)
      if (this.#wants(entry, ...COUNTS)) return [...COUNTED, ...this.#sequence];
    if (!this.#wants(entry, 'FLAGCHANGE')) return [];
    return [
      ...(before?.unseen === now.unseen ? [] : ['UNSEEN']),
      ...(before?.highestModseq === now.highestModseq ? [] : this.#sequence),
    ];
  }

  /** Who knows of modification sequences is told them. */
  get #sequence(): readonly string[] {
    return this.#session.enabled.has('CONDSTORE') ? ['HIGHESTMODSEQ'] : [];
  }

  async #tellStatus(entry: MailboxEntry, items: string[]): Promise<void> {
    if (items.length === 0 || !isReadable(entry)) return;
    const { name, ref } = entry;
    // Once, and with the counts: a mailbox keeps it.
    if (items.includes('UIDNEXT') && !this.#introduced.has(ref.mailbox.mailboxId)) {
      this.#introduced.add(ref.mailbox.mailboxId);
      items.push('UIDVALIDITY');
    }
    this.#session.send(await statusText(this.#session, { ...ref, name }, items));
    await this.#session.flush();
  }

  /** RFC 5465 §5.6 and §5.7: names of the entries, without their values. */
  #tellMetadata(): void {
    const utf8 = takesUtf8(this.#session);
    for (const [key, entries] of this.#annotated) {
      const list = [...entries].map((entry) => astring(entry)).join(' ');
      if (key === '') {
        if (this.#groups.some(({ events }) => events.has('SERVERMETADATACHANGE')))
          this.#session.send(`METADATA "" ${list}`);
        continue;
      }
      const entry = this.#known.get(this.#names.get(key) ?? '');
      if (entry !== undefined && this.#wants(entry, 'MAILBOXMETADATACHANGE'))
        this.#session.send(`METADATA ${mailboxName(entry.name, utf8)} ${list}`);
    }
    this.#annotated.clear();
  }
}

const keyOf = (account: string, mailbox: string): string => `${account}\0${mailbox}`;

const isReadable = (entry: MailboxEntry): entry is MailboxEntry & { readonly ref: MailboxRef } =>
  entry.ref !== undefined && entry.ref.mailbox.selectable && entry.ref.rights.has('r');
