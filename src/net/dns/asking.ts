import type { DnsErrorCode, RecordType } from '../resolver.ts';
import type { Entropy } from './entropy.ts';
import { type Exchange, overTcp, overUdp } from './exchange.ts';
import { matchReply, type Question, writeQuestion } from './question.ts';
import { type Reply, readReply } from './reply.ts';
import type { NameServer } from './servers.ts';

/** A reply that settles a question, and who gave it. */
export interface Answered<T extends RecordType> {
  reply: Reply<T>;
  server: NameServer;
}

export interface AskingOptions {
  /** Whom to ask, in order; a server once for each attempt. Not empty. */
  plan: readonly NameServer[];
  /** Milliseconds after which the next attempt begins; answers to earlier ones still count. */
  interval: number;
  /** When the question has failed, on the clock. */
  deadline: number;
  now: () => number;
  entropy: Entropy;
}

/** Response codes (RFC 1035 §4.1.1, RFC 6891 §9). */
const NOERROR = 0;
const FORMERR = 1;
const NXDOMAIN = 3;
const NOTIMP = 4;
const BADVERS = 16;
/**
 * Messages from the server's address and port that are no replies to our question: somebody may be guessing. Then the
 * question goes over TCP, where he cannot take part (RFC 5452 §9.3).
 */
const MAX_STRAYS = 5;

/** An empty reply of a server that does not recurse only says whom it would ask. */
function isAnswer(reply: Reply<RecordType>): boolean {
  if (reply.truncated || (reply.rcode !== NOERROR && reply.rcode !== NXDOMAIN)) return false;
  const says = reply.records.length > 0 || reply.aliases > 0 || reply.denialTtl !== undefined;
  return reply.recursive || says || reply.rcode === NXDOMAIN;
}

/**
 * One question to one name, sent to servers until one settles it. Calls `done` once, with an answer or why there is
 * none; never throws.
 */
export class Asking<T extends RecordType> {
  readonly #name: string;
  readonly #type: T;
  readonly #options: AskingOptions;
  readonly #done: (outcome: Answered<T> | DnsErrorCode) => void;
  readonly #open = new Set<() => void>();
  /** Servers that have said they cannot tell, or cannot be reached: not asked again about this. */
  readonly #failed = new Set<NameServer>();
  #timer: NodeJS.Timeout | undefined;
  #next = 0;
  #last: { server: NameServer; at: number } | undefined;
  #over = false;

  constructor(
    name: string,
    type: T,
    options: AskingOptions,
    done: (outcome: Answered<T> | DnsErrorCode) => void,
  ) {
    this.#name = name;
    this.#type = type;
    this.#options = options;
    this.#done = done;
  }

  start(): void {
    this.#attempt();
  }

  /** Gives up. */
  cancel(): void {
    this.#settle('ESERVFAIL');
  }

  #settle(outcome: Answered<T> | DnsErrorCode): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    for (const close of this.#open) close();
    this.#open.clear();
    this.#done(outcome);
  }

  /** Asks the next server of the plan; without one, waits for those that have been asked. */
  #attempt(): void {
    const { plan, now, interval, deadline } = this.#options;
    clearTimeout(this.#timer);
    let server: NameServer | undefined;
    do server = plan[this.#next++];
    while (server !== undefined && this.#failed.has(server));
    const at = now();
    const left = deadline - at;
    if (server === undefined && this.#open.size === 0) return this.#settle('ESERVFAIL');
    if (left <= 0) return this.#settle('ETIMEOUT');
    if (server !== undefined) this.#last = { server, at };
    this.#timer = setTimeout(() => this.#waited(), server === undefined ? left : Math.min(interval, left));
    if (server !== undefined) this.#send(server, overUdp);
  }

  #waited(): void {
    const last = this.#last;
    this.#last = undefined;
    if (last !== undefined && !this.#failed.has(last.server))
      last.server.silent(this.#options.now(), last.at);
    this.#attempt();
  }

  #send(server: NameServer, exchange: Exchange): void {
    const { entropy, now } = this.#options;
    const mixed = server.keepsCase(now());
    const question = writeQuestion(this.#name, this.#type, {
      id: entropy.u16(),
      edns: server.hasEdns(now()),
      ...(mixed ? { mix: entropy.take((this.#name.length >> 3) + 1) } : {}),
    });
    let strays = 0;
    const end = (): void => {
      close();
      this.#open.delete(close);
    };
    const close = exchange(server, question.bytes, {
      failed: () => {
        this.#open.delete(close);
        if (exchange === overUdp) server.unreachable(now());
        this.#fail(server);
      },
      message: (bytes) => {
        const match = matchReply(question, bytes);
        const right = match !== 'no' && (match !== 'case' || !mixed || exchange === overTcp);
        if (right) {
          end();
          // Who changes letters even where nobody else can, does so always.
          if (match === 'case' && mixed) server.lacksCase(now());
          this.#take(server, question, match === 'refused' ? undefined : bytes, exchange);
        } else if (exchange === overUdp && (match === 'case' || ++strays >= MAX_STRAYS)) {
          end();
          this.#send(server, overTcp);
        }
      },
    });
    this.#open.add(close);
  }

  /** A reply to our question; without bytes, one that did not understand it. */
  #take(server: NameServer, question: Question, bytes: Buffer | undefined, exchange: Exchange): void {
    const now = this.#options.now();
    server.answered(now);
    const reply = bytes === undefined ? undefined : readReply(question, bytes, this.#type);
    const rcode = bytes === undefined ? FORMERR : reply?.rcode;
    if (reply?.truncated === true && exchange === overUdp) this.#send(server, overTcp);
    else if (reply !== undefined && isAnswer(reply)) this.#settle({ reply, server });
    else if (
      (rcode === FORMERR || rcode === NOTIMP || rcode === BADVERS) &&
      question.bytes.length > question.end &&
      server.hasEdns(now)
    ) {
      // RFC 6891 §7: it may know nothing of EDNS; asked again without.
      server.lacksEdns(now);
      this.#send(server, exchange);
    } else this.#fail(server);
  }

  #fail(server: NameServer): void {
    this.#failed.add(server);
    if (!this.#over) this.#attempt();
  }
}
