import type { Mailbox } from '../../store/mail/types.ts';
import type { SourceFacts } from './types.ts';

/** Messages whose facts are read in one go. */
const STEP = 2000;

interface Entry {
  readonly uid: number;
  readonly size: number;
  readonly emailId: string;
}

/**
 * What a mailbox had before an import: a message of the source that it has already is not added again. Each message of it
 * stands for one of the source, so that a source with two of a kind gets both over.
 */
export class PresentMessages {
  readonly #mailbox: Mailbox;
  readonly #byDate = new Map<number, Entry[]>();

  private constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  static async of(mailbox: Mailbox): Promise<PresentMessages> {
    await mailbox.sync();
    const present = new PresentMessages(mailbox);
    const uids = mailbox.uids();
    for (let from = 0; from < uids.length; from += STEP) {
      const [first = 0, last = 0] = [uids[from], uids[Math.min(from + STEP, uids.length) - 1]];
      await mailbox.describe([[first, last]]);
      for (const { uid, size, emailId, internalDate } of mailbox.facts([[first, last]])) {
        const same = present.#byDate.get(internalDate);
        if (same === undefined) present.#byDate.set(internalDate, [{ uid, size, emailId }]);
        else same.push({ uid, size, emailId });
      }
    }
    return present;
  }

  /** Whether there was one of these octets and this date (milliseconds). */
  take(internalDate: number, emailId: string): boolean {
    const { entries, index } = this.#find(internalDate, (entry) => entry.emailId === emailId);
    if (index === -1) return false;
    entries.splice(index, 1);
    return true;
  }

  /** Whether there was one of this date, size and Message-ID. */
  async takeLike({ internalDate, size, messageId }: SourceFacts): Promise<boolean> {
    if (messageId === '') return false;
    const { entries } = this.#find(internalDate, () => true);
    for (const entry of entries) {
      if (entry.size !== size) continue;
      const content = await this.#mailbox.content(entry.uid);
      if (bareId(content?.envelope.messageId ?? '') !== bareId(messageId)) continue;
      entries.splice(entries.indexOf(entry), 1);
      return true;
    }
    return false;
  }

  #find(internalDate: number, wanted: (entry: Entry) => boolean): { entries: Entry[]; index: number } {
    const entries = this.#byDate.get(wholeSeconds(internalDate)) ?? [];
    return { entries, index: entries.findIndex(wanted) };
  }
}

/** As the store keeps times. */
const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000) * 1000;

/** A Message-ID without its angle brackets. */
export const bareId = (id: string): string => id.trim().replace(/^<|>$/g, '');
