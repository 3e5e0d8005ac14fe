import { randomBytes } from 'node:crypto';
import type { Log } from '../../log.ts';
import type { Envelope } from '../../message/envelope.ts';
import { withBudget } from '../../net/budget.ts';
import type { Resolver } from '../../net/resolver.ts';
import type { State } from '../../state/types.ts';
import type { Authentication } from '../types.ts';
import { Claims } from './claims.ts';
import { type ComposedReport, composeReport, type Reporter } from './compose.ts';
import { type DomainCounts, ReportCounts } from './counts.ts';
import { daysBefore, periodOf } from './days.ts';
import { type Destinations, findDestinations } from './destinations.ts';
import { reportMail } from './mail.ts';
import { observe } from './observation.ts';
import type { DmarcReportSettings } from './settings.ts';

/** Takes mail for good: the outbound spool. */
export interface ReportOutbox {
  stage(mail: {
    cause: string;
    sender: string;
    recipients: readonly string[];
    pieces: readonly Uint8Array[];
    kind: 'report';
    dsn: { notify: string };
    notBefore: number;
  }): Promise<{ commit(): Promise<string>; abort(): Promise<unknown> }>;
}

export interface ReportsOptions {
  settings: DmarcReportSettings;
  state: State;
  resolver: Resolver;
  outbox: ReportOutbox;
  /** Name of our spool: the same after a restart, another on another machine. */
  node: string;
  /** Name and version of this program, for `generator`. */
  generator: string;
  log: Log;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** 0 ≤ n < 1. */
  random: () => number;
}

/** What became of the report of one domain and day. */
export interface ReportOutcome {
  day: string;
  domain: string;
  /** `sent`: the spool has it. `skipped`: there is nothing to send or nobody to send it to. `later`: not now. */
  state: 'sent' | 'skipped' | 'later';
  reason?: string;
}

/** A report as it would be sent now. */
export interface ReportPreview extends Destinations {
  day: string;
  domain: string;
  composed: ComposedReport;
}

/** Begins the `cause` of the spool's mails. */
const CAUSE = 'dmarc-report';
/** Least time after midnight: other nodes may still be counting the last messages of the day. */
const SETTLE_MS = 60_000;
/** Time the DNS has to say who wants a report, before those are left out whom it does not tell of. */
const UNDECIDED_MS = 6 * 3_600_000;
/**
 * The mail rests in the spool for so long: time for the state to take down that it is there. A process killed between
 * the two has not sent it yet, and finds it there when it starts again.
 */
const REST_MS = 3000;
/** Questions to the DNS for one report, and their time. */
const DNS_BUDGET = { queries: 60, milliseconds: 20_000 };
const REQUEST = 'dmarc/request';
const DAY_SECONDS = 86_400;
/** Seconds a request waits for a server to be started: who asked may have forgotten it tomorrow. */
const REQUEST_TTL = DAY_SECONDS;

/** Makes and sends the reports of past days. */
export class Reports {
  readonly counts: ReportCounts;
  readonly #options: ReportsOptions;
  readonly #claims: Claims;
  #inSpool: ReadonlySet<string> = new Set();
  #finished = new Set<string>();
  #instance: string | undefined;

  constructor(options: ReportsOptions) {
    const { settings, state, log } = options;
    this.#options = options;
    this.counts = new ReportCounts({ state, settings, log });
    const ttl = this.#ttl();
    const run = randomBytes(9).toString('base64url');
    this.#claims = new Claims({ state, node: options.node, run, ttl, log });
  }

  /** Counts a judged message in the background, when the owner of its domain wants to hear of it. Never throws. */
  observe(authentication: Authentication, envelope: Readonly<Envelope>): void {
    const { settings, now } = this.#options;
    const observation = observe(authentication, envelope);
    if (observation === undefined) return;
    // What answers our reports would make the next one, which would be answered again.
    const ours = settings.email.toLowerCase();
    if (observation.row.headerFrom === ours.slice(ours.lastIndexOf('@') + 1)) return;
    if (envelope.recipients.every(({ address }) => address.toLowerCase() === ours)) return;
    this.counts.add(observation, now());
  }

  /** What waited in our spool when this process began, by cause: it is not sent again. */
  recover(causes: ReadonlySet<string>): void {
    this.#inSpool = causes;
  }

  /**
   * Sends what is due: of each day that is kept, from its own random moment of the night on; and what was asked for by
   * {@link request}. Ends soon after the signal. Rejects when the state is away.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { settings, now } = this.#options;
    for (let age = settings.keepDays; age >= 1; age--) {
      const day = daysBefore(now(), age);
      if (this.#finished.has(day) || signal.aborted) continue;
      if (now() >= (await this.#due(day))) await this.#sendDay(day, signal);
    }
    await this.#answerRequest(signal);
  }

  /**
   * Asks the process that runs the spool to send a past day's reports; it looks once a minute. False when another
   * request waits already.
   */
  async request(day: string, domain: string | undefined): Promise<boolean> {
    return this.#options.state.putIfAbsent(
      REQUEST,
      Buffer.from(JSON.stringify({ day, domain })),
      REQUEST_TTL,
    );
  }

  /** Whether the report was sent, or is not to be sent any more. */
  async isClosed(day: string, domain: string): Promise<boolean> {
    return this.#claims.isDone(claimKey(day, domain));
  }

  /** Sends the reports of a day, or of one domain of it. Each report goes out once, however often this is called. */
  async send(day: string, domain: string | undefined, signal: AbortSignal): Promise<ReportOutcome[]> {
    const outcomes: ReportOutcome[] = [];
    for (const each of domain === undefined ? await this.counts.domains(day) : [domain]) {
      if (signal.aborted) break;
      outcomes.push(await this.#sendOne(day, each));
    }
    return outcomes;
  }

  /** The report as it would be sent; undefined when nothing was counted. Sends nothing. */
  async preview(day: string, domain: string): Promise<ReportPreview | undefined> {
    const counts = await this.counts.read(day, domain);
    if (counts === undefined || counts.records.length === 0) return undefined;
    const composed = await composeReport(day, counts, await this.#reporter());
    return { day, domain, composed, ...(await this.#destinations(counts)) };
  }

  async #sendDay(day: string, signal: AbortSignal): Promise<void> {
    const { state } = this.#options;
    const key = `dmarc/${day}/done`;
    if ((await state.get(key)) === undefined) {
      const outcomes = await this.send(day, undefined, signal);
      if (signal.aborted || outcomes.some((outcome) => outcome.state === 'later')) return;
      await state.put(key, Buffer.from(''), this.#ttl());
    }
    this.#finished.add(day);
    this.#claims.forget(`dmarc/${day}/`);
  }

  /** When a day's reports go out, milliseconds: drawn once, by whichever node asks first. */
  async #due(day: string): Promise<number> {
    const { state, settings, random } = this.#options;
    const key = `dmarc/${day}/due`;
    const drawn = Buffer.from(String(Math.floor(random() * settings.spread)));
    const kept = (await state.putIfAbsent(key, drawn, this.#ttl())) ? drawn : await state.get(key);
    const seconds = Number(Buffer.from(kept ?? drawn).toString());
    // A damaged one must not be waited for until the day is forgotten.
    const wait = seconds >= 0 && seconds <= DAY_SECONDS ? seconds : 0;
    return endOf(day) + SETTLE_MS + wait * 1000;
  }

  async #answerRequest(signal: AbortSignal): Promise<void> {
    const { state, now } = this.#options;
    const value = await state.get(REQUEST);
    if (value === undefined || signal.aborted || !(await state.delete(REQUEST))) return;
    const { day, domain } = JSON.parse(Buffer.from(value).toString('utf8')) as {
      day: string;
      domain?: string;
    };
    if (endOf(day) < now()) await this.send(day, domain, signal);
  }

  /** Never rejects for what concerns one domain alone. */
  async #sendOne(day: string, domain: string): Promise<ReportOutcome> {
    const { log, now } = this.#options;
    const cause = `${CAUSE} ${day} ${domain}`;
    const key = claimKey(day, domain);
    const taken = await this.#claims.take(key, this.#inSpool.has(cause));
    if (taken === 'done') return { day, domain, state: 'skipped', reason: 'was sent or closed before' };
    if (taken === 'busy') return { day, domain, state: 'later', reason: 'another process is at it' };
    try {
      const preview = await this.preview(day, domain);
      if (preview?.undecided === true && now() < endOf(day) + UNDECIDED_MS) {
        await this.#claims.release(key);
        return { day, domain, state: 'later', reason: 'the DNS does not tell now who wants it' };
      }
      const reason =
        preview === undefined
          ? 'nothing was counted'
          : preview.addresses.length === 0
            ? ['there is nobody to send it to', ...preview.refused.map(refusalText)].join('; ')
            : undefined;
      if (preview === undefined || reason !== undefined) {
        await this.#claims.done(key);
        log.info({ day, domain, reason }, 'DMARC report not sent');
        return { day, domain, state: 'skipped', ...(reason === undefined ? {} : { reason }) };
      }
      await this.#spool(key, cause, preview);
      return { day, domain, state: 'sent' };
    } catch (error) {
      log.error({ day, domain, err: error }, 'DMARC report could not be made, trying later');
      await this.#claims.release(key);
      return { day, domain, state: 'later', reason: (error as Error).message };
    }
  }

  async #spool(key: string, cause: string, { day, domain, composed, addresses, refused }: ReportPreview) {
    const { settings, outbox, now, log } = this.#options;
    const staged = await outbox.stage({
      cause,
      sender: settings.email,
      recipients: addresses,
      pieces: [reportMail(composed, addresses, settings, now())],
      kind: 'report',
      // Our log has what becomes of it; a bounce a day for each domain that has forgotten its record helps nobody.
      dsn: { notify: 'NEVER' },
      notBefore: now() + REST_MS,
    });
    try {
      await this.#claims.committing(key);
    } catch (error) {
      await staged.abort();
      throw error;
    }
    await staged.commit();
    log.info(
      {
        day,
        domain,
        reportId: composed.report.metadata.reportId,
        recipients: addresses,
        refused: refused.map(refusalText),
      },
      'DMARC report spooled',
    );
    // A state that is away now is told at the next run.
    await this.#claims.spooled(key).catch((error: unknown) => {
      log.warn(
        { day, domain, err: error },
        'DMARC reports: cannot remember a report that was sent, trying later',
      );
    });
  }

  #destinations({ policy, rua }: DomainCounts): Promise<Destinations> {
    const { resolver, settings } = this.#options;
    return findDestinations(policy, rua, withBudget(resolver, DNS_BUDGET), settings.destinations);
  }

  async #reporter(): Promise<Reporter> {
    const { state, settings, generator } = this.#options;
    if (this.#instance === undefined) {
      const fresh = randomBytes(16);
      const kept = (await state.putIfAbsent('dmarc/instance', fresh))
        ? fresh
        : await state.get('dmarc/instance');
      this.#instance = Buffer.from(kept ?? fresh).toString('hex');
    }
    return { settings, generator, instance: this.#instance };
  }

  /** Seconds that what belongs to a day is remembered. */
  #ttl(): number {
    return (this.#options.settings.keepDays + 2) * 86_400;
  }
}

/** `mailto:a@example.org: is no …`, for the log and the command line. */
export const refusalText = ({ uri, reason }: Destinations['refused'][number]): string =>
  `${uri.slice(0, 300)}: ${reason}`;

const claimKey = (day: string, domain: string): string => `dmarc/${day}/report/${domain}`;

const endOf = (day: string): number => (periodOf(day).end + 1) * 1000;
