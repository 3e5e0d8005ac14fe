import type { MessageFacts } from '../../../store/mail/types.ts';
import { fieldsHold } from '../../../store/search/document.ts';
import type { SearchTerm, TermAnswer } from '../../../store/search/types.ts';
import { describeFor } from '../described.ts';
import { asksFiles, asksNumbers, relevancy, truth } from './keys.ts';
import type { Known, SearchProgram } from './keys.ts';
import type { Pace } from './pace.ts';
import { messageTerms } from './message-terms.ts';
import { rangesOf } from './scope.ts';
import type { Scope } from './scope.ts';

/** Messages whose facts are held at a time while their texts are read: enough to keep all threads busy. */
const CHUNK = 1024;
/** So few are read here: they may be in memory, and a thread may have to be started first. */
const READ_HERE = 16;
/** Messages read at the same time: one is decoded while the next come from the disk. They are in memory whole. */
const AT_ONCE = 4;
/**
 * Messages in memory of which fields are looked at here, up to so many octets each: a header takes some 20 µs, to ask a thread
 * ten times as long.
 */
const LOOKED_AT_HERE = 64;
const SMALL = 65_536;
/** From so many messages on the index is asked before the facts of all of them are read. */
const MANY = 1_000;
/** Texts looked at then, which takes as long as reading those facts. */
const SELECTIVE = 8_000;
/** When fewer than one in so many messages are still open, the index is asked about them alone. */
const FEW = 4;

/** Ascending UIDs of the messages found. */
export interface Found {
  readonly uids: readonly number[];
  /** RFC 6203 §4, of programs with FUZZY: 1 to 100. */
  readonly relevancy: ReadonlyMap<number, number>;
}

/**
 * Runs a program over the messages of a scope: first with what their numbers tell, then with the facts of the store's
 * index, then with the search index (before the facts, where it leaves few messages), then with the messages themselves. Each step looks only at messages that those
 * before it left open. Messages that are gone are not found.
 */
export async function evaluate(program: SearchProgram, scope: Scope, pace: Pace): Promise<Found> {
  const run = new Run(program, scope, pace);
  let open = await run.byNumber();
  const { usesFacts, terms } = program;
  if (usesFacts && asksFiles(program.key)) await describeFor(scope.mailbox, open, pace);
  if (open.length > MANY && usesFacts && terms.length > 0) open = await run.byIndex(open, SELECTIVE);
  if (open.length > 0 && (usesFacts || run.looksHere(open.length))) open = await run.byFacts(open);
  if (open.length > 0 && terms.length > 0 && !run.indexed) open = await run.byIndex(open);
  if (open.length > 0) await run.byText(open);
  return run.found();
}

type FieldTerm = Extract<SearchTerm, { kind: 'field' }>;

class Run {
  readonly #program: SearchProgram;
  readonly #scope: Scope;
  readonly #pace: Pace;
  readonly #found: number[] = [];
  readonly #relevancy = new Map<number, number>();
  readonly #fuzzy: boolean;
  readonly #byNumber: boolean;
  /** The terms, if all of them are about fields. */
  readonly #fields: readonly FieldTerm[] | undefined;
  #answer: TermAnswer | undefined;
  #sets: readonly ReadonlySet<number>[] = [];
  #unsure: ReadonlySet<number> = new Set();

  constructor(program: SearchProgram, scope: Scope, pace: Pace) {
    this.#program = program;
    this.#scope = scope;
    this.#pace = pace;
    this.#fuzzy = JSON.stringify(program.key).includes('"fuzzy"');
    this.#byNumber = asksNumbers(program.key);
    const fields = program.terms.filter((term) => term.kind === 'field');
    if (fields.length > 0 && fields.length === program.terms.length) this.#fields = fields;
  }

  found(): Found {
    return { uids: this.#found.sort((one, other) => one - other), relevancy: this.#relevancy };
  }

  async byNumber(): Promise<number[]> {
    const { uids, sequence } = this.#scope;
    // Of a hundred thousand messages nothing is looked at for nothing.
    if (!this.#byNumber) return Array.from(uids);
    const known: Known = { uid: 0, sequence: 0, facts: undefined, terms: [] };
    const open: number[] = [];
    for (const [at, uid] of uids.entries()) {
      known.uid = uid;
      known.sequence = sequence(uid);
      this.#judge(known, open);
      if ((at & 0xfff) === 0 && this.#pace.due) await this.#pace.rest(0, uids.length);
    }
    return open;
  }

  /** Whether of so many messages those that are in memory are looked at here. */
  looksHere(messages: number): boolean {
    const { mailbox } = this.#scope;
    return (
      messages <= LOOKED_AT_HERE &&
      this.#fields !== undefined &&
      this.#answer === undefined &&
      mailbox.held !== undefined
    );
  }

  async byFacts(uids: readonly number[]): Promise<number[]> {
    const open: number[] = [];
    const here = this.looksHere(uids.length);
    await this.#eachFacts(uids, (facts) => {
      const known = this.#known(facts.uid, facts);
      const before = open.length;
      this.#judge(known, open);
      if (!here || open.length === before) return;
      const terms = this.#lookedAt(facts);
      if (terms === undefined) return;
      open.pop();
      this.#judge({ ...known, terms }, open);
    });
    return open;
  }

  /** Which terms are true of a message that is in memory. */
  #lookedAt({ emailId }: MessageFacts): readonly boolean[] | undefined {
    const octets = emailId === '' ? undefined : this.#scope.mailbox.held?.(emailId);
    if (octets === undefined || octets.length > SMALL || this.#fields === undefined) return undefined;
    return fieldsHold(octets, this.#fields);
  }

  /** Whether the index has answered. */
  get indexed(): boolean {
    return this.#answer !== undefined;
  }

  async byIndex(uids: readonly number[], atMost?: number): Promise<number[]> {
    const { indexes, mailbox, uids: all } = this.#scope;
    const within = uids.length * FEW < all.length ? { within: Uint32Array.from(uids) } : {};
    const options = { ...within, ...(atMost === undefined ? {} : { atMost }) };
    this.#answer = await indexes?.of(mailbox).find(this.#program.terms, options);
    if (this.#answer === undefined) return [...uids];
    this.#sets = this.#answer.matches.map((matches) => new Set(matches));
    this.#unsure = new Set(this.#answer.unsure);
    const open: number[] = [];
    if (this.#program.usesFacts && atMost === undefined) return this.byFacts(uids);
    const terms: (boolean | undefined)[] = [];
    const known: Known = { uid: 0, sequence: 0, facts: undefined, terms };
    for (const [at, uid] of uids.entries()) {
      known.uid = uid;
      if (this.#byNumber) known.sequence = this.#scope.sequence(uid);
      for (let term = 0; term < this.#program.terms.length; term++) terms[term] = this.#indexed(uid, term);
      this.#judge(known, open);
      if ((at & 0xfff) === 0xfff && this.#pace.due) await this.#pace.rest(at, uids.length);
    }
    return open;
  }

  async byText(uids: readonly number[]): Promise<void> {
    for (let start = 0; start < uids.length; start += CHUNK) {
      const chunk = uids.slice(start, start + CHUNK);
      const facts = new Map<number, MessageFacts>();
      if (this.#program.usesFacts) await this.#eachFacts(chunk, (one) => facts.set(one.uid, one));
      const there = this.#program.usesFacts ? chunk.filter((uid) => facts.has(uid)) : chunk;
      const left = uids.length > READ_HERE ? await this.#scan(there, facts) : there;
      if (left.length > 0) await this.#scope.mailbox.describe(rangesOf(left));
      for (let at = 0; at < left.length; at += AT_ONCE) {
        await Promise.all(left.slice(at, at + AT_ONCE).map((uid) => this.#readAndJudge(uid, facts.get(uid))));
        if (this.#pace.due) await this.#pace.rest(start + at, uids.length);
      }
      if (this.#pace.due) await this.#pace.rest(start + chunk.length, uids.length);
    }
  }

  /** Has threads look through the files; those that have to be read in another way. */
  async #scan(uids: readonly number[], facts: ReadonlyMap<number, MessageFacts>): Promise<readonly number[]> {
    const { indexes, mailbox } = this.#scope;
    const scanned = await indexes?.of(mailbox).scan(uids, this.#program.terms);
    const left: number[] = [];
    for (const uid of uids) {
      const values = scanned?.get(uid);
      if (values === undefined) left.push(uid);
      else {
        const known = this.#known(uid, facts.get(uid));
        this.#judge({ ...known, terms: known.terms.map((value, term) => value ?? values[term]) }, []);
      }
    }
    return left;
  }

  async #readAndJudge(uid: number, facts: MessageFacts | undefined): Promise<void> {
    const { mailbox, indexes } = this.#scope;
    const known = this.#known(uid, facts);
    const terms = await messageTerms(mailbox, uid, this.#program.terms, known.terms, indexes);
    if (terms !== undefined) this.#judge({ ...known, terms }, []);
  }

  #judge(known: Known, open: number[]): void {
    const { key } = this.#program;
    const value = truth(key, known, this.#scope.isRecent);
    // How well a text fits is known only when both of its forms were looked for.
    if (value === undefined || (value && this.#fuzzy && !isWhole(known))) {
      open.push(known.uid);
      return;
    }
    if (!value) return;
    this.#found.push(known.uid);
    if (this.#fuzzy) this.#relevancy.set(known.uid, relevancy(key, known, this.#scope.isRecent));
  }

  /** What the numbers and the search index know of it. */
  #known(uid: number, facts: MessageFacts | undefined): Known {
    return {
      uid,
      sequence: this.#byNumber ? this.#scope.sequence(uid) : 0,
      facts,
      terms: this.#program.terms.map((_, term) => this.#indexed(uid, term)),
    };
  }

  #indexed(uid: number, term: number): boolean | undefined {
    if (this.#answer === undefined || uid > this.#answer.upTo) return undefined;
    if (this.#sets[term]?.has(uid) === true) return true;
    return this.#unsure.has(uid) ? undefined : false;
  }

  /** Facts of these UIDs, in their order; not of those that are gone. */
  async #eachFacts(uids: readonly number[], visit: (facts: MessageFacts) => void): Promise<void> {
    let at = 0;
    for (const facts of this.#scope.mailbox.facts(rangesOf(uids))) {
      while ((uids[at] ?? Infinity) < facts.uid) at++;
      if (uids[at] === facts.uid) visit(facts);
      if ((at & 0x7f) === 0 && this.#pace.due) await this.#pace.rest(at, uids.length);
    }
  }
}

function isWhole({ terms }: Known): boolean {
  return terms.length > 0 && !terms.includes(undefined);
}
