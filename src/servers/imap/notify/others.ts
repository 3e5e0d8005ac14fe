import type { EventGroup, SessionControl } from '../types.ts';

/** What NOTIFY tells of mailboxes that are not open (RFC 5465 §5). */
export class OtherMailboxes {
  readonly #session: SessionControl;
  readonly #groups: readonly EventGroup[];

  constructor(session: SessionControl, groups: readonly EventGroup[]) {
    this.#session = session;
    this.#groups = groups;
  }

  async start(_status: boolean): Promise<void> {}
  stop(): void {}
  async tell(): Promise<void> {}
}
