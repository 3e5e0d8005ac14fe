import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../src/log.ts';
import { describe } from '../../src/store/mail/content.ts';
import type {
  Mailbox,
  MailAccount,
  MailboxStatus,
  MailEvent,
  MessageFacts,
  MessagePlace,
  UidRange,
} from '../../src/store/mail/types.ts';

export const quietLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quietLog };

interface FakeMessage {
  readonly raw: Buffer;
  facts: MessageFacts;
}

function unused(): never {
  throw new Error('searches do not ask for that');
}

/** A mailbox in memory with what searches ask of one. For tests. */
export class FakeMailbox implements Mailbox {
  readonly account: string;
  readonly name: string;
  readonly mailboxId: string;
  readonly uidValidity = 7;
  readonly specialUse: readonly string[] = [];
  readonly selectable = true;
  /** How often something was asked for. */
  readonly asked = { facts: 0, content: 0, bytes: 0 };
  readonly #messages = new Map<number, FakeMessage>();
  readonly #listeners = new Set<(event: MailEvent) => void>();
  #uidNext = 1;
  #modseq = 1;

  readonly places: Mailbox['places'];
  /** Of none unless a test says so. */
  held: Mailbox['held'];
  readonly #folder: string | undefined;

  /** With a folder there are files, which threads can read. */
  constructor(account: string, name: string, folder?: string) {
    this.account = account;
    this.name = name;
    this.mailboxId = `id-${name}`;
    this.#folder = folder;
    if (folder !== undefined) this.places = (ranges) => this.#places(folder, ranges);
  }

  #places(folder: string, ranges: readonly UidRange[]): MessagePlace[] {
    return [...this.#messages]
      .filter(([uid]) => ranges.some(([first, last]) => uid >= first && uid <= last))
      .map(([uid, { facts }]) => ({
        uid,
        path: join(folder, String(uid)),
        size: facts.size,
        lf: false,
        emailId: facts.emailId,
      }));
  }

  deliver(raw: string | Buffer, facts: Partial<MessageFacts> = {}): number {
    const uid = facts.uid ?? this.#uidNext;
    this.#uidNext = uid + 1;
    const bytes = Buffer.from(raw);
    const emailId = createHash('sha256').update(bytes).digest('base64url');
    this.#messages.set(uid, {
      raw: bytes,
      facts: {
        uid,
        system: 0,
        keywords: '',
        modseq: ++this.#modseq,
        internalDate: 1_000_000_000_000,
        saveDate: 1_000_000_000_000,
        size: bytes.length,
        emailId,
        threadId: `T${emailId}`,
        ...facts,
      },
    });
    if (this.#folder !== undefined) writeFileSync(join(this.#folder, String(uid)), bytes);
    this.#tell();
    return uid;
  }

  change(uid: number, facts: Partial<MessageFacts>): void {
    const message = this.#messages.get(uid);
    if (message !== undefined) message.facts = { ...message.facts, modseq: ++this.#modseq, ...facts };
    this.#tell();
  }

  async expunge(...uids: readonly unknown[]): Promise<readonly number[]> {
    for (const uid of uids) this.#messages.delete(Number(uid));
    this.#tell();
    return [];
  }

  uids(): Uint32Array {
    return Uint32Array.from(this.#messages.keys());
  }

  *facts(ranges: readonly UidRange[]): Iterable<MessageFacts> {
    for (const [uid, { facts }] of this.#messages) {
      if (!ranges.some(([first, last]) => uid >= first && uid <= last)) continue;
      this.asked.facts++;
      yield facts;
    }
  }

  async content(uid: number) {
    this.asked.content++;
    const message = this.#messages.get(uid);
    return message && describe(message.raw);
  }

  async bytes(
    uid: number,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Buffer | undefined> {
    this.asked.bytes++;
    const raw = this.#messages.get(uid)?.raw;
    return raw && Buffer.from(range === undefined ? raw : raw.subarray(range.start, range.end));
  }

  watch(listener: (event: MailEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  asAccount(...others: readonly Mailbox[]): MailAccount {
    const mailboxes: readonly Mailbox[] = [this, ...others];
    return {
      account: this.account,
      mailboxes: async () => mailboxes,
      mailbox: async (name) => mailboxes.find((one) => one.name === name),
      create: unused,
      delete: unused,
      rename: unused,
      usesChanged: unused,
      subscriptions: unused,
      usage: unused,
      subscribe: unused,
      watch: unused,
    };
  }

  status(): MailboxStatus {
    return {
      messages: this.#messages.size,
      uidNext: this.#uidNext,
      uidValidity: this.uidValidity,
      unseen: 0,
      deleted: 0,
      size: 0,
      highestModseq: this.#modseq,
      firstUnseen: undefined,
      recent: 0,
      keywords: [],
    };
  }

  async sync(): Promise<void> {}
  async describe(): Promise<void> {}
  readonly changes = unused;
  readonly append = unused;
  readonly store = unused;
  readonly copy = unused;
  readonly recentFrom = unused;

  #tell(): void {
    for (const listener of this.#listeners)
      listener({ kind: 'messages', account: this.account, mailbox: this.name });
  }
}
