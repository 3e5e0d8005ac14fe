import type { MailboxTarget } from '../types.ts';

/** A message in a mailbox of the bench. */
export interface StoredMessage {
  readonly raw: Uint8Array;
  readonly flags: readonly string[];
}

/** A mail that left the bench, to one recipient. */
export interface SentMessage {
  readonly sender: string;
  readonly recipient: string;
  readonly raw: Uint8Array;
}

export interface Mailbox {
  readonly name: string;
  /** MAILBOXID (RFC 8474 §4). */
  readonly id: string;
  readonly specialUse: Set<string>;
  readonly annotations: Map<string, string>;
  readonly messages: StoredMessage[];
}

/** Longest name of a mailbox, in octets. */
const MAX_NAME = 255;

/** What lies around the scripts of one file of tests: mailboxes in memory, and the mails that were sent. */
export class World {
  readonly #mailboxes = new Map<string, Mailbox>();
  /** Annotations of the server (RFC 5464 §6.2). */
  readonly #annotations = new Map<string, string>();
  sent: SentMessage[] = [];

  constructor() {
    this.create('INBOX');
  }

  /** The mailbox, made when it is not there; undefined when no mailbox can have the name. */
  create(name: string): Mailbox | undefined {
    const known = this.find(name);
    if (known !== undefined || !World.isName(name)) return known;
    const mailbox: Mailbox = {
      name: keyOf(name),
      id: `F${this.#mailboxes.size + 1}`,
      specialUse: new Set(),
      annotations: new Map(),
      messages: [],
    };
    this.#mailboxes.set(mailbox.name, mailbox);
    return mailbox;
  }

  find(name: string): Mailbox | undefined {
    return this.#mailboxes.get(keyOf(name));
  }

  findId(id: string): Mailbox | undefined {
    return [...this.#mailboxes.values()].find((mailbox) => mailbox.id === id);
  }

  findUse(use: string): Mailbox | undefined {
    return [...this.#mailboxes.values()].find(({ specialUse }) => specialUse.has(use.toLowerCase()));
  }

  /** The mailbox a message is to be filed into; undefined when it is not there and is not to be made. */
  target({ mailbox: name, create, mailboxId, specialUse }: MailboxTarget): Mailbox | undefined {
    const special = specialUse === undefined ? undefined : this.findUse(specialUse);
    const known =
      (mailboxId === undefined ? undefined : this.findId(mailboxId)) ?? special ?? this.find(name);
    if (known !== undefined || create !== true) return known;
    const made = this.create(name);
    if (specialUse !== undefined) made?.specialUse.add(specialUse.toLowerCase());
    return made;
  }

  /** Sets an annotation, of the server without a mailbox. False when there is no such mailbox. */
  annotate(mailbox: string | undefined, annotation: string, value: string): boolean {
    const annotations = mailbox === undefined ? this.#annotations : this.find(mailbox)?.annotations;
    annotations?.set(annotation.toLowerCase(), value);
    return annotations !== undefined;
  }

  annotation(mailbox: string | undefined, annotation: string): string | undefined {
    const annotations = mailbox === undefined ? this.#annotations : this.find(mailbox)?.annotations;
    return annotations?.get(annotation.toLowerCase());
  }

  /** Levels are divided by dots; none may be empty. */
  static isName(name: string): boolean {
    const levels = name.split('.');
    return (
      Buffer.byteLength(name) <= MAX_NAME &&
      name.isWellFormed() &&
      !/[\p{Cc}\u2028\u2029]/u.test(name) &&
      levels.every((level) => level !== '')
    );
  }
}

function keyOf(name: string): string {
  return /^inbox$/i.test(name) ? 'INBOX' : name;
}
