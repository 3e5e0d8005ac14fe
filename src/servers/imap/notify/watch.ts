import type { ImapSession } from '../session.ts';
import type { EventGroup, NotifyControl } from '../types.ts';
import { OtherMailboxes } from './others.ts';

/**
 * Hears of changes while no command runs, for IDLE (RFC 9051 §6.3.13) and NOTIFY (RFC 5465 §3). The store says where
 * something has happened; what it was is looked up when the client can be told.
 */
export class NotifyWatch implements NotifyControl {
  readonly #session: ImapSession;
  #groups: readonly EventGroup[] | undefined;
  #idling = false;
  #stopSelected: (() => void) | undefined;
  #others: OtherMailboxes | undefined;
  #news = false;

  constructor(session: ImapSession) {
    this.#session = session;
  }

  get active(): boolean {
    return this.#groups !== undefined;
  }

  async set(groups: readonly EventGroup[], status: boolean): Promise<void> {
    this.clear();
    this.#groups = groups;
    this.#others = new OtherMailboxes(this.#session, groups);
    this.#watchSelected();
    await this.#others.start(status);
  }

  clear(): void {
    this.#groups = undefined;
    this.#others?.stop();
    this.#others = undefined;
    this.#watchSelected();
  }

  opened(): void {
    this.#watchSelected();
  }

  closed(): void {
    this.#watchSelected();
  }

  idle(): () => void {
    this.#idling = true;
    this.#watchSelected();
    return () => {
      this.#idling = false;
      this.#watchSelected();
    };
  }

  async tell(): Promise<void> {
    const session = this.#session;
    if (this.#news && session.isOpen) {
      this.#news = false;
      await session.checkRights();
      await this.#tellSelected();
    }
    if ((await this.#others?.tell()) === false) this.clear();
  }

  /** The group for the open mailbox; undefined when NOTIFY is off. */
  get #selected(): EventGroup | undefined {
    return this.#groups?.find(({ filter }) => filter === 'selected' || filter === 'selected-delayed');
  }

  async #tellSelected(): Promise<void> {
    const session = this.#session;
    const { view } = session;
    const group = this.#selected;
    if (group === undefined) {
      // IDLE alone tells everything; NOTIFY that does not name the open mailbox, nothing.
      if (this.#groups === undefined) await view.tell(session, { expunges: true });
      return;
    }
    const { events } = group;
    const change = await view.tell(session, {
      expunges: events.has('MESSAGEEXPUNGE') && (group.filter === 'selected' || this.#idling),
      added: events.has('MESSAGENEW'),
      flags: events.has('FLAGCHANGE'),
    });
    if (group.fetch !== undefined && change !== undefined) await group.fetch(session, change.added);
  }

  #watchSelected(): void {
    const session = this.#session;
    const wanted = session.isOpen && (this.#idling || this.#selected !== undefined);
    this.#stopSelected?.();
    this.#stopSelected = undefined;
    if (!wanted) return;
    this.#stopSelected = session.view.mailbox.watch((event) => {
      if (event.kind !== 'messages' && event.kind !== 'mailboxes') return;
      this.#news = true;
      session.link.wake();
    });
  }
}
