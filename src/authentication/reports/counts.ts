import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import type { State } from '../../state/types.ts';
import { dayOf } from './days.ts';
import type { DmarcReportSettings } from './settings.ts';
import type { Observation, PublishedPolicy, ReportRecord, ReportRow } from './types.ts';

/** What was counted of one policy domain on one day. */
export interface DomainCounts {
  policy: PublishedPolicy;
  rua: string[];
  records: ReportRecord[];
  /** Messages beyond the limit of rows: they are in no record. */
  uncounted: number;
}

export interface CountsOptions {
  state: State;
  settings: Pick<DmarcReportSettings, 'keepDays' | 'domains' | 'rows' | 'totalRows'>;
  log: Log;
}

/** What is kept of a domain's record. */
type Published = Pick<Observation, 'policy' | 'rua'>;

/** Rows and policies of which this process knows that they are in the state: it then needs one call a message. */
const MAX_KNOWN = 50_000;
/** Messages that wait for the state. With a state that hangs they are not worth more memory than this. */
const MAX_WAITING = 10_000;
/** Entries read at once. */
const READERS = 50;

/**
 * Counts messages by UTC day, policy domain and row. Nothing is ever listed: what belongs to a day is numbered, so that
 * reading a report costs what it holds, whatever else a shared Redis keeps. Keys:
 *
 *     dmarc/DAY/domains            number of policy domains        dmarc/DAY/domain/N        its name
 *     dmarc/DAY/policy/DOMAIN      record seen last, and rua       dmarc/DAY/rows            rows of all domains
 *     dmarc/DAY/rows/DOMAIN        rows of the domain              dmarc/DAY/row/DOMAIN/N    the row and its hash
 *     dmarc/DAY/count/DOMAIN/HASH  messages                        dmarc/DAY/uncounted/DOMAIN
 *
 * An entry is written before the counter that makes it count, so a process that dies between the two loses one message
 * at most. Two nodes that meet a row at the same moment may both number it; it has one hash, so one counter.
 */
export class ReportCounts {
  readonly #options: CountsOptions;
  #day = '';
  #known = new Set<string>();
  #policies = new Map<string, string>();
  #full = new Set<string>();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #failing = false;

  constructor(options: CountsOptions) {
    this.#options = options;
  }

  /** Counts a message in the background, `now` in milliseconds. Never throws: what cannot be counted is logged. */
  add(observation: Observation, now: number): void {
    if (this.#waiting >= MAX_WAITING) return this.#failed(new Error('too many messages wait to be counted'));
    this.#waiting++;
    // One after another: two messages of one row must not both take it for new.
    this.#last = this.#last
      .then(() => this.#count(observation, dayOf(now)))
      .then(
        () => (this.#failing = false),
        (error: unknown) => this.#failed(error),
      )
      .finally(() => this.#waiting--);
  }

  /** Resolves when everything added so far has been counted. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** Policy domains of a day, in the order they came. */
  async domains(day: string): Promise<string[]> {
    const { state, settings } = this.#options;
    const number = Math.min(await this.#number(`dmarc/${day}/domains`), settings.domains);
    const names = await inParts(number, async (at) => text(await state.get(`dmarc/${day}/domain/${at}`)));
    return [...new Set(names.filter((name) => name !== undefined))];
  }

  /** What a report on the domain would say; undefined when there is nothing. */
  async read(day: string, domain: string): Promise<DomainCounts | undefined> {
    const { state, settings } = this.#options;
    const prefix = `dmarc/${day}`;
    const published = parse(await state.get(`${prefix}/policy/${domain}`)) as Published | null;
    if (published === null) return undefined;
    const number = Math.min(await this.#number(`${prefix}/rows/${domain}`), settings.rows);
    const rows = new Map<string, ReportRow>();
    for (const entry of await inParts(number, (at) => state.get(`${prefix}/row/${domain}/${at}`))) {
      const found = parse(entry) as { hash: string; row: ReportRow } | null;
      if (found !== null) rows.set(found.hash, found.row);
    }
    const hashes = [...rows.keys()];
    const counts = await inParts(hashes.length, (at) =>
      this.#number(`${prefix}/count/${domain}/${hashes[at - 1] ?? ''}`),
    );
    const records = [...rows.values()].flatMap((row, index): ReportRecord[] => {
      const count = counts[index] ?? 0;
      return count > 0 ? [{ ...row, count }] : [];
    });
    return { ...published, records, uncounted: await this.#number(`${prefix}/uncounted/${domain}`) };
  }

  async #count({ policy, rua, row }: Observation, day: string): Promise<void> {
    const { state, settings } = this.#options;
    const ttl = (settings.keepDays + 2) * 86_400;
    const { domain } = policy;
    this.#turn(day);
    const prefix = `dmarc/${day}`;
    if (!(await this.#knowsDomain(prefix, policy, rua, ttl))) return;
    const hash = rowHash(row);
    const key = `${prefix}/count/${domain}/${hash}`;
    if (!this.#known.has(key) && (await state.get(key)) === undefined) {
      if (!(await this.#addRow(prefix, domain, hash, row, ttl))) {
        await state.increment(`${prefix}/uncounted/${domain}`, 1, ttl);
        return;
      }
    }
    this.#known.add(key);
    await state.increment(key, 1, ttl);
  }

  /** Sees to it that the domain is in the list of the day with its latest policy; false when there is no room. */
  async #knowsDomain(prefix: string, policy: PublishedPolicy, rua: string[], ttl: number): Promise<boolean> {
    const { state, settings, log } = this.#options;
    const { domain } = policy;
    const published = JSON.stringify({ policy, rua });
    if (this.#policies.get(domain) === published) return true;
    if (this.#full.has('')) return false;
    const key = `${prefix}/policy/${domain}`;
    if ((await state.get(key)) === undefined) {
      const number = await state.increment(`${prefix}/domains`, 1, ttl);
      if (number > settings.domains) {
        this.#full.add('');
        log.warn(
          { domains: settings.domains },
          'DMARC reports: too many domains today, the rest is not counted',
        );
        return false;
      }
      await state.put(`${prefix}/domain/${number}`, Buffer.from(domain), ttl);
    }
    await state.put(key, Buffer.from(published), ttl);
    this.#policies.set(domain, published);
    return true;
  }

  /** False when the domain, or the day, has no room for another row. */
  async #addRow(prefix: string, domain: string, hash: string, row: ReportRow, ttl: number): Promise<boolean> {
    const { state, settings, log } = this.#options;
    if (this.#full.has(domain)) return false;
    const number = await state.increment(`${prefix}/rows/${domain}`, 1, ttl);
    if (number > settings.rows || (await state.increment(`${prefix}/rows`, 1, ttl)) > settings.totalRows) {
      this.#full.add(domain);
      log.warn({ domain }, 'DMARC reports: too many rows today, further ones are counted together');
      return false;
    }
    await state.put(`${prefix}/row/${domain}/${number}`, Buffer.from(JSON.stringify({ hash, row })), ttl);
    return true;
  }

  /** Forgets what was known of another day, or when it has become too much. */
  #turn(day: string): void {
    if (day === this.#day && this.#known.size < MAX_KNOWN && this.#policies.size < MAX_KNOWN) return;
    if (day !== this.#day) this.#full.clear();
    this.#day = day;
    this.#known.clear();
    this.#policies.clear();
  }

  async #number(key: string): Promise<number> {
    const number = Number(text(await this.#options.state.get(key)) ?? 0);
    return Number.isSafeInteger(number) ? number : 0;
  }

  /** A state that is away fails for every message: one line says it. */
  #failed(error: unknown): void {
    if (!this.#failing) this.#options.log.error({ err: error }, 'DMARC reports: messages are not counted');
    this.#failing = true;
  }
}

/** 128 bits: rows that differ have different counters. */
const rowHash = (row: ReportRow): string =>
  createHash('sha256').update(JSON.stringify(row)).digest('base64url').slice(0, 22);

const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('utf8');

/** Null for nothing, and for what is damaged: a row less is better than no report. */
function parse(value: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(text(value) ?? 'null');
  } catch {
    return null;
  }
}

/** Asks for the numbers 1 to `last`, some at a time, answers in order. */
async function inParts<T>(last: number, ask: (number: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let from = 1; from <= last; from += READERS) {
    const length = Math.min(READERS, last - from + 1);
    answers.push(...(await Promise.all(Array.from({ length }, (_, index) => ask(from + index)))));
    // SQLite answers at once: mail gets its turn in between.
    await nextTurn();
  }
  return answers;
}
