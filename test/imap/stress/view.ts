import type { Ledger } from './ledger.ts';
import { type Items, readItems, readSet, type Thing } from './responses.ts';

/** What the server may say while a command runs. */
export interface During {
  /** EXPUNGE and VANISHED (RFC 9051 §7.5.1). */
  readonly expunges: boolean;
  /** VANISHED (EARLIER) (RFC 7162 §3.2.10.1). */
  readonly earlier?: boolean;
  /** FETCH must have the UID (RFC 9051 §6.4.9). */
  readonly withUid?: boolean;
  /** Numbers that SEARCH and SORT give are UIDs. */
  readonly byUid?: boolean;
}

export interface KnownMessage {
  /** 0 when nobody has told it yet. */
  uid: number;
  flags: string | undefined;
  modseq: number;
  /** Whether it is \Recent in this session, when that was told. */
  recent?: boolean;
}

/** What the session is: decides what the server has to send. */
export interface Dialect {
  readonly rev2: boolean;
  readonly condstore: boolean;
  readonly qresync: boolean;
  readonly uidOnly: boolean;
  /** Is told of everything at any time (RFC 5465), and so uses no sequence numbers. */
  readonly notify: boolean;
}

/** Items that may be different from one time to the next, and those that depend on the session. */
const CHANGING = new Set(['FLAGS', 'MODSEQ', 'UID']);
const DIALECT = new Set(['ENVELOPE', 'BODY', 'BODYSTRUCTURE', 'PREVIEW']);

/** What a client believes of a mailbox from what it has been told. Throws when it is told what cannot be. */
export class ClientView {
  readonly dialect: Dialect;
  readonly messages: KnownMessage[] = [];
  /** Greatest modification sequence told of. */
  modseq = 0;
  recent = 0;
  /** UIDNEXT of SELECT, and how many messages there were: all others have that UID or a greater one. */
  #uidNext = 0;
  #selected = 0;
  #flags = new Set<string>();
  #created = false;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, dialect: Dialect, known: readonly KnownMessage[] = []) {
    this.#ledger = ledger;
    this.dialect = dialect;
    this.messages = known.map((message) => ({ ...message }));
  }

  /** Messages of which the UID is not known. */
  get unknown(): number {
    return this.messages.filter(({ uid }) => uid === 0).length;
  }

  /** The UID that the next message gets at least, as SELECT has told it. */
  get uidNext(): number {
    return this.#uidNext;
  }

  /** How many messages were told with \Recent; undefined when not all are known. */
  get withRecent(): number | undefined {
    if (this.dialect.rev2 || this.messages.some(({ recent }) => recent === undefined)) return undefined;
    return this.messages.filter(({ recent }) => recent).length;
  }

  get uids(): number[] {
    return this.messages.map(({ uid }) => uid);
  }

  /** An untagged response, without `* `. */
  hear(line: string, during: During): void {
    try {
      this.#hear(line, during);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(`${what}; told: ${line.slice(0, 400)}`, { cause: error });
    }
  }

  #hear(line: string, during: During): void {
    const numbered = /^(\d+) (EXISTS|RECENT|EXPUNGE|FETCH|UIDFETCH)(?: |$)/.exec(line);
    if (numbered !== null) {
      const number = Number(numbered[1]);
      if (numbered[2] === 'EXISTS') this.#exists(number);
      else if (numbered[2] === 'RECENT') this.#recent(number);
      else if (numbered[2] === 'EXPUNGE') this.#expunge(number, during);
      else this.#fetch(number, numbered[2] === 'UIDFETCH', readItems(line, numbered[0].length), during);
      return;
    }
    const [, earlier, vanished] = /^VANISHED (\(EARLIER\) )?(\S+)$/.exec(line) ?? [];
    if (vanished !== undefined) return this.#vanished(readSet(vanished), earlier !== undefined, during);
    const flags = /^FLAGS \(([^)]*)\)$/.exec(line)?.[1];
    if (flags !== undefined) this.#flags = new Set(flags.toLowerCase().split(' '));
    const highest = /^OK \[HIGHESTMODSEQ (\d+)\]/.exec(line)?.[1];
    if (highest !== undefined) this.modseq = Math.max(this.modseq, Number(highest));
    const uidNext = /^OK \[UIDNEXT (\d+)\]/.exec(line)?.[1];
    if (uidNext !== undefined) {
      this.#uidNext = Number(uidNext);
      this.#selected = this.messages.length;
    }
    const unseen = Number(/^OK \[UNSEEN (\d+)\]/.exec(line)?.[1] ?? 0);
    if (unseen > this.messages.length) throw new Error(`${unseen} of ${this.messages.length}`);
    const validity = /^OK \[UIDVALIDITY (\d+)\]/.exec(line)?.[1];
    if (validity !== undefined) this.#ledger.validity(validity);
    const [, command, found = ''] = /^(SEARCH|SORT)( [\d ]+?)?(?: \(MODSEQ \d+\))?$/.exec(line) ?? [];
    if (command !== undefined)
      this.found(found.trim() === '' ? [] : found.trim().split(' ').map(Number), during);
    const all = /^ESEARCH .* ALL (\S+)/.exec(line)?.[1];
    if (all !== undefined) this.found(readSet(all), { ...during, byUid: /\) UID /.test(line) });
    if (line.startsWith('THREAD ')) this.found((line.match(/\d+/g) ?? []).map(Number), during);
    if (line.startsWith('BYE')) throw new Error('the server ends the session');
  }

  /** Results of a search: messages that are there. */
  found(numbers: readonly number[], { byUid = false }: During): void {
    if (new Set(numbers).size !== numbers.length) throw new Error('found twice');
    const known = new Set(this.uids);
    for (const number of numbers)
      if (byUid || this.dialect.uidOnly) {
        if (!known.has(number) && this.unknown === 0) throw new Error(`UID ${number} is not known`);
      } else if (number < 1 || number > this.messages.length)
        throw new Error(`${number} of ${this.messages.length}`);
  }

  #exists(number: number): void {
    if (number < this.messages.length)
      throw new Error(`EXISTS ${number}, and there were ${this.messages.length}`);
    while (this.messages.length < number) this.messages.push({ uid: 0, flags: undefined, modseq: 0 });
    this.#created = true;
  }

  #recent(number: number): void {
    if (this.dialect.rev2) throw new Error('RECENT is not of IMAP4rev2');
    if (number > this.messages.length) throw new Error(`RECENT ${number} of ${this.messages.length}`);
    this.recent = number;
  }

  #expunge(number: number, during: During): void {
    if (!during.expunges && !this.dialect.notify) throw new Error('EXPUNGE, and numbers must stay');
    if (this.dialect.qresync || this.dialect.uidOnly) throw new Error('EXPUNGE in place of VANISHED');
    const [message] = this.messages.splice(number - 1, 1);
    if (number <= this.#selected) this.#selected--;
    if (number < 1 || message === undefined) throw new Error(`there are only ${this.messages.length}`);
    if (message.uid !== 0) this.#ledger.vanished(message.uid);
  }

  #vanished(uids: readonly number[], earlier: boolean, during: During): void {
    if (!this.dialect.qresync && !this.dialect.uidOnly) throw new Error('VANISHED without QRESYNC');
    if (earlier && during.earlier !== true) throw new Error('nobody asked for what vanished earlier');
    if (!earlier && !during.expunges) throw new Error('VANISHED, and numbers must stay');
    for (const uid of uids) {
      const at = this.messages.findIndex((message) => message.uid === uid);
      if (at >= 0) {
        if (earlier && this.#created) throw new Error(`${uid} vanished earlier, and is in the open mailbox`);
        this.messages.splice(at, 1);
        if (at < this.#selected) this.#selected--;
        this.#ledger.vanished(uid);
      } else if (!earlier) {
        // One of which we know no UID: it stands before the first that is greater.
        const next = this.dialect.uidOnly ? -1 : this.messages.findIndex((one) => one.uid > uid);
        const place = (next < 0 ? this.messages.length : next) - 1;
        if (this.messages[place]?.uid !== 0) throw new Error(`${uid} vanished and was not known`);
        this.messages.splice(place, 1);
        if (place < this.#selected) this.#selected--;
      }
    }
  }

  #fetch(number: number, uidFetch: boolean, items: Items, during: During): void {
    if (uidFetch !== this.dialect.uidOnly) throw new Error('the wrong one of FETCH and UIDFETCH');
    const told = items.get('UID');
    if (!uidFetch && during.withUid === true && told === undefined) throw new Error('the UID is missing');
    const message = uidFetch ? this.#byUid(number) : this.messages[number - 1];
    if (message === undefined) throw new Error(`${number} of ${this.messages.length}`);
    if (told !== undefined) this.#name(message, Number(told), number);
    const modseq = items.get('MODSEQ');
    if (modseq !== undefined) {
      const value = Number(Array.isArray(modseq) ? modseq[0] : modseq);
      if (!(value >= message.modseq)) throw new Error(`MODSEQ ${value}, was ${message.modseq}`);
      message.modseq = value;
      this.modseq = Math.max(this.modseq, value);
    }
    const flags = items.get('FLAGS');
    if (flags !== undefined) message.flags = this.#readFlags(flags);
    if (message.uid === 0) return;
    if (Array.isArray(flags)) {
      const recent = (flags as readonly Thing[]).includes('\\Recent');
      if (message.recent !== undefined && message.recent !== recent)
        throw new Error(`\\Recent of ${message.uid} is not what it was`);
      message.recent = recent;
      if (recent) this.#ledger.recent(message.uid, this);
    }
    for (const [name, value] of items)
      if (DIALECT.has(name))
        this.#ledger.fixed(message.uid, `${this.dialect.rev2 ? 'rev2' : 'rev1'} ${name}`, value);
      else if (!CHANGING.has(name)) this.#ledger.fixed(message.uid, name, value);
  }

  /** With UIDONLY the first that are told of are those that are new. */
  #byUid(uid: number): KnownMessage | undefined {
    const known = this.messages.find((message) => message.uid === uid);
    if (known !== undefined) return known;
    const at = this.messages.findIndex((message) => message.uid === 0);
    const message = this.messages[at];
    if (message === undefined) return undefined;
    message.uid = uid;
    this.#ledger.saw(uid);
    // They come in any order.
    this.messages.sort((one, other) => (one.uid || Infinity) - (other.uid || Infinity));
    return message;
  }

  #name(message: KnownMessage, uid: number, number: number): void {
    if (message.uid === uid) return;
    if (message.uid !== 0) throw new Error(`${number} had UID ${message.uid}`);
    message.uid = uid;
    this.#ledger.saw(uid);
    const before = this.messages.slice(0, number - 1).findLast((one) => one.uid !== 0)?.uid ?? 0;
    const after = this.messages.slice(number).find((one) => one.uid !== 0)?.uid ?? Infinity;
    if (number > this.#selected && uid < this.#uidNext)
      throw new Error(`new, and its UID is ${uid}; UIDNEXT was ${this.#uidNext}`);
    if (uid <= before || uid >= after) throw new Error(`UID ${uid} stands between ${before} and ${after}`);
  }

  /** \Recent belongs to one session, so it is left out. */
  #readFlags(flags: Thing): string {
    if (!Array.isArray(flags)) throw new Error('FLAGS are no list');
    const names = (flags as string[]).map((flag) => flag.toLowerCase());
    if (new Set(names).size !== names.length) throw new Error('a flag comes twice');
    for (const name of names)
      if (name !== '\\recent' && this.#flags.size > 0 && !this.#flags.has(name))
        throw new Error(`${name} was not told of in FLAGS`);
    if (this.dialect.rev2 && names.includes('\\recent')) throw new Error('\\Recent is not of IMAP4rev2');
    return names
      .filter((name) => name !== '\\recent')
      .sort()
      .join(' ');
  }
}
