import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import type { Resolver } from '../../net/resolver.ts';
import { type Disk, disk } from '../../store/durable.ts';
import type { Staged } from '../../store/types.ts';
import type { OutboundSettings } from '../settings.ts';
import type { LocalRoute, Outbound, OutboundMail, OutboundSigner } from '../types.ts';
import { attempt, type AttemptContext, byDestination } from './attempt.ts';
import { bounce, type FailedRecipient, MAX_HEADER_BYTES } from './bounce.ts';
import { type SpoolEntry, waiting } from './entry.ts';
import { lockFile } from './lock.ts';
import type { SendResult } from './smtp-client.ts';
import { Spool } from './spool.ts';

export interface OutboundOptions {
  /** The spool; one process at a time sends from it. Created when missing. */
  folder: string;
  settings: OutboundSettings;
  /** Our name: EHLO, Reporting-MTA, address of bounces. */
  hostname: string;
  resolver: Resolver;
  /** Delivery to mailboxes here; without it everything is sent away. */
  local?: LocalRoute;
  /** Without it nothing is signed. */
  signer?: OutboundSigner;
  log: Log;
  now?: () => number;
  random?: (bytes: number) => Uint8Array;
  disk?: Disk;
}

export interface OutboundQueue extends Outbound {
  /**
   * Reads what a former process left and begins to send. Call once. Rejects when another process sends this spool, or
   * the folder cannot be read.
   */
  start(): Promise<void>;
  /** What caused the mails of this kind that are not being sent yet. Right after `start`: all that were left. */
  waitingCauses(kind: OutboundMail['kind']): Set<string>;
  /** Mails in the spool, and how many of them are being sent. */
  status(): { mails: number; sending: number };
  /**
   * Begins no more sends, lets the running ones end for `grace` seconds, then breaks them off: they are tried again.
   * Mail that is enqueued later is safe in the spool for the next start.
   */
  close(grace?: number): Promise<void>;
}

const DAY_MS = 86_400_000;
/** Longest sleep, so that a clock that was set is noticed. */
const MAX_SLEEP_MS = 60_000;
/** Mails that wait for a free place: looking for one passes over all whose destinations are busy. */
const MAX_READY = 10_000;
/** After so many mails have been sorted the first ones are sent. */
const SORTED_AT_ONCE = 100;

/** Opens the spool. Rejects when its folders cannot be made. */
export async function createOutbound(options: OutboundOptions): Promise<OutboundQueue> {
  const now = options.now ?? Date.now;
  const random = options.random ?? randomBytes;
  const spool = new Spool({ ...options, now, random, disk: options.disk ?? disk });
  await spool.open();
  return new Queue(options, spool, now);
}

interface Ready {
  entry: SpoolEntry;
  destinations: Map<string, string[]>;
}

class Queue implements OutboundQueue {
  readonly #options: OutboundOptions;
  readonly #spool: Spool;
  readonly #now: () => number;
  readonly #context: AttemptContext;
  readonly #breakOff = new AbortController();
  /** Mails whose time has not come, or of whom it is not known where they go. */
  readonly #later = new Map<string, SpoolEntry>();
  /** Mails that wait for a free place only. */
  readonly #ready = new Map<string, Ready>();
  readonly #sending = new Map<string, Promise<void>>();
  readonly #perDestination = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #sorting: Promise<void> | undefined;
  #swept = 0;
  #unlock: (() => void) | undefined;

  constructor(options: OutboundOptions, spool: Spool, now: () => number) {
    this.#options = options;
    this.#spool = spool;
    this.#now = now;
    this.#context = { ...options, random: Math.random, signal: this.#breakOff.signal };
  }

  async start(): Promise<void> {
    this.#unlock = lockFile(join(this.#options.folder, 'lock'));
    const entries = await this.#spool.load();
    for (const entry of entries) {
      if (this.#knows(entry.id)) continue;
      this.#heedClock(entry);
      this.#later.set(entry.id, entry);
    }
    if (entries.length > 0) this.#options.log.info({ mails: entries.length }, 'outbound spool read');
    this.#running = true;
    this.#wake();
  }

  async enqueue(mail: OutboundMail): Promise<string> {
    const staged = await this.stage(mail);
    return staged.commit();
  }

  async stage(mail: OutboundMail): Promise<Staged<string>> {
    const staged = await this.#spool.stage(
      await this.#signed(mail),
      Math.max(this.#now(), Math.floor(mail.notBefore ?? 0)),
    );
    let id = '';
    return {
      commit: async () => {
        const entry = await staged.commit();
        id = entry.id;
        this.#later.set(id, entry);
        const { cause, kind, sender } = entry;
        this.#options.log.info(
          { spool: id, cause, kind, sender, recipients: mail.recipients },
          'mail spooled',
        );
        this.#wake();
        return id;
      },
      abort: async () => {
        if (id !== '' && (this.#sending.has(id) || !this.#knows(id))) return false;
        this.#later.delete(id);
        this.#ready.delete(id);
        return staged.abort();
      },
    };
  }

  async #signed(mail: OutboundMail): Promise<OutboundMail> {
    const fields = await this.#options.signer?.fields(mail);
    return fields === undefined || fields.length === 0 ? mail : { ...mail, pieces: [fields, ...mail.pieces] };
  }

  waitingCauses(kind: OutboundMail['kind']): Set<string> {
    const entries = [...this.#later.values(), ...[...this.#ready.values()].map(({ entry }) => entry)];
    return new Set(entries.filter((entry) => entry.kind === kind).map(({ cause }) => cause));
  }

  status(): { mails: number; sending: number } {
    const sending = this.#sending.size;
    return { mails: this.#later.size + this.#ready.size + sending, sending };
  }

  async close(grace = 10): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    const ended = Promise.allSettled([...this.#sending.values(), this.#sorting]);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise((resolve) => {
      timer = setTimeout(resolve, grace * 1000);
    });
    await Promise.race([ended, deadline]);
    clearTimeout(timer);
    this.#breakOff.abort();
    await Promise.allSettled([...this.#sending.values(), this.#sorting]);
    this.#unlock?.();
    this.#unlock = undefined;
  }

  /** A clock that was wrong when a mail came, and has been set since, must not keep it for years. */
  #heedClock(entry: SpoolEntry): void {
    const now = this.#now();
    entry.created = Math.min(entry.created, now);
    entry.next = Math.min(entry.next, now + this.#options.settings.lifetime * 1000);
  }

  #knows(id: string): boolean {
    return this.#later.has(id) || this.#ready.has(id) || this.#sending.has(id);
  }

  /** Looks for work soon; many calls at once look once. */
  #wake(milliseconds = 0): void {
    if (!this.#running) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work(), Math.min(Math.max(milliseconds, 0), MAX_SLEEP_MS));
  }

  #work(): void {
    this.#fill();
    this.#sorting ??= this.#sortDue().finally(() => {
      this.#sorting = undefined;
      if (!this.#running) return;
      this.#fill();
      let next = Number.POSITIVE_INFINITY;
      // When there is no room for more, the end of a send is what wakes us.
      if (this.#ready.size < MAX_READY) {
        for (const entry of this.#later.values()) {
          this.#heedClock(entry);
          next = Math.min(next, entry.next);
        }
      }
      this.#wake(next - this.#now());
    });
  }

  /** Finds out where the mails go whose time has come. */
  async #sortDue(): Promise<void> {
    const now = this.#now();
    if (now - this.#swept > DAY_MS) {
      this.#swept = now;
      await this.#spool
        .sweepDead(now - this.#options.settings.deadDays * DAY_MS)
        .catch((error: unknown) => this.#options.log.warn({ err: error }, 'cannot sweep the dead bounces'));
    }
    let sorted = 0;
    for (const entry of [...this.#later.values()].filter((entry) => entry.next <= now)) {
      if (this.#ready.size >= MAX_READY) return;
      if (++sorted % SORTED_AT_ONCE === 0) this.#fill();
      try {
        const recipients = waiting(entry).map(({ address }) => address);
        const destinations = await byDestination(recipients, this.#context);
        // It may have been taken back meanwhile.
        if (this.#later.delete(entry.id)) this.#ready.set(entry.id, { entry, destinations });
      } catch (error) {
        this.#options.log.warn(
          { spool: entry.id, err: error },
          'cannot tell where a mail goes, trying later',
        );
        entry.next = now + this.#options.settings.firstRetry * 1000;
      }
    }
  }

  /** Starts as many sends as there are places, passing over mails whose destinations are busy. */
  #fill(): void {
    const { concurrency, perDestination } = this.#options.settings;
    for (const [id, ready] of this.#ready) {
      if (!this.#running || this.#sending.size >= concurrency) return;
      const destinations = [...ready.destinations.keys()];
      if (destinations.some((name) => (this.#perDestination.get(name) ?? 0) >= perDestination)) continue;
      this.#ready.delete(id);
      for (const name of destinations) this.#count(name, 1);
      const sending = this.#send(ready).finally(() => {
        for (const name of destinations) this.#count(name, -1);
        this.#sending.delete(id);
        this.#wake();
      });
      this.#sending.set(id, sending);
    }
  }

  #count(destination: string, by: 1 | -1): void {
    const count = (this.#perDestination.get(destination) ?? 0) + by;
    if (count === 0) this.#perDestination.delete(destination);
    else this.#perDestination.set(destination, count);
  }

  /** One attempt with all destinations of a mail, recorded in the spool. Never rejects. */
  async #send({ entry, destinations }: Ready): Promise<void> {
    const path = this.#spool.contentPath(entry.id);
    const groups = [...destinations].map(([destination, recipients]) =>
      attempt(entry, path, destination, recipients, this.#context),
    );
    const results = new Map((await Promise.all(groups)).flatMap((group) => [...group]));
    try {
      await this.#record(entry, results);
    } catch (error) {
      // What is known stays in memory and is written with the next attempt; after a crash it is sent once more.
      this.#options.log.error({ spool: entry.id, err: error }, 'cannot record what became of a mail');
      this.#defer(entry);
    }
  }

  async #record(entry: SpoolEntry, results: ReadonlyMap<string, SendResult>): Promise<void> {
    const { log, settings } = this.#options;
    entry.attempts++;
    const expired = this.#now() >= endOf(entry, settings);
    const failed: FailedRecipient[] = [];
    for (const recipient of waiting(entry)) {
      const result = results.get(recipient.address) ?? { state: 'deferred', reply: '451 4.3.0 No answer' };
      recipient.reply = result.reply;
      recipient.remote = result.remote;
      if (result.state === 'sent') recipient.state = 'sent';
      else if (result.state === 'failed' || expired) {
        const { address } = recipient;
        failed.push({
          address,
          reply: result.reply,
          remote: result.remote,
          expired: result.state !== 'failed',
        });
      }
      const { cause, kind, attempts } = entry;
      const fields = { spool: entry.id, cause, kind, recipient: recipient.address, attempts };
      log.info({ ...fields, reply: result.reply, remote: result.remote }, `mail ${result.state}`);
    }
    if (failed.length > 0) {
      // First the bounce, then the record: killed between the two, we bounce twice, but never not at all.
      if (mayBounce(entry)) await this.#bounce(entry, failed);
      const addresses = new Set(failed.map(({ address }) => address));
      for (const recipient of waiting(entry))
        if (addresses.has(recipient.address)) recipient.state = 'failed';
    }
    if (waiting(entry).length > 0) {
      this.#defer(entry);
      await this.#spool.update(entry);
    } else if (
      !mayBounce(entry) &&
      !unheard(entry) &&
      entry.recipients.some(({ state }) => state === 'failed')
    ) {
      await this.#bury(entry);
    } else await this.#spool.remove(entry.id);
  }

  /** Twice the last wait, a tenth more or less so that mails that failed together do not come back together. */
  #defer(entry: SpoolEntry): void {
    const { firstRetry, maxRetry } = this.#options.settings;
    const wait =
      Math.min(firstRetry * 2 ** Math.max(entry.attempts - 1, 0), maxRetry) * (0.9 + Math.random() * 0.2);
    const end = endOf(entry, this.#options.settings);
    const next = this.#now() + wait * 1000;
    // The last attempt is made when the time is up, not hours later.
    entry.next = Math.floor(this.#now() < end ? Math.min(next, end) : next);
    this.#later.set(entry.id, entry);
  }

  /** What nobody can be told of is kept for the postmaster. */
  async #bury(entry: SpoolEntry): Promise<void> {
    const { id: spool, cause, kind } = entry;
    this.#options.log.warn(
      { spool, cause, kind },
      'mail without a sender cannot be delivered, kept in dead/',
    );
    await this.#spool.update(entry);
    await this.#spool.setAside(entry.id, 'dead');
  }

  async #bounce(entry: SpoolEntry, failed: readonly FailedRecipient[]): Promise<void> {
    const original = await beginning(this.#spool.contentPath(entry.id));
    const { sender, created: arrived } = entry;
    const { hostname } = this.#options;
    const piece = bounce({ sender, hostname, arrived, now: this.#now(), failed, original });
    const mail: OutboundMail = {
      cause: entry.cause,
      sender: '',
      recipients: [sender],
      pieces: [piece],
      kind: 'bounce',
    };
    // Unsigned rather than not at all.
    const staged = await this.#spool.stage(await this.#signed(mail).catch(() => mail), this.#now());
    const added = await staged.commit();
    this.#later.set(added.id, added);
    const recipients = failed.map(({ address }) => address);
    this.#options.log.info(
      { spool: added.id, cause: entry.cause, of: entry.id, sender, recipients },
      'mail bounced',
    );
  }
}

/** When a mail is given up, milliseconds since the epoch. */
const endOf = ({ created, deadline }: SpoolEntry, { lifetime }: OutboundSettings): number =>
  Math.min(created + lifetime * 1000, deadline ?? Number.POSITIVE_INFINITY);

/** A bounce is never answered with a bounce (RFC 5321 §4.5.5), and some do not want one (RFC 3461 §4.1). */
const mayBounce = ({ sender, kind, dsn }: SpoolEntry): boolean =>
  sender !== '' && kind !== 'bounce' && (dsn?.notify ?? 'FAILURE').includes('FAILURE');

/** Nobody is told: as was asked for, or because it is an answer to somebody who cannot be answered. */
const unheard = ({ dsn, kind }: SpoolEntry): boolean =>
  kind === 'vacation' || kind === 'notify' || !(dsn?.notify ?? 'FAILURE').includes('FAILURE');

/** As much of a message as a bounce may need. */
async function beginning(path: string): Promise<Uint8Array> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(MAX_HEADER_BYTES + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
