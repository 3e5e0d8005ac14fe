/**
 * Scans on worker threads. A message that takes too long, eats the heap or crashes its worker costs only that worker,
 * which is replaced; who is to blame is found out as follows.
 *
 * A worker has several messages in hand, so that one can be scanned while another waits for the DNS. When it dies, all
 * of them are suspects, and each is tried once more, alone in a worker: the innocent ones get their verdict, and what
 * dies again is guilty beyond doubt and is given up with a {@link ScanError}. So no message is scanned more than
 * twice, and none is given up for what its neighbour did. A worker that does not look up from what it has in hand is
 * given nothing more.
 *
 * Large messages have a worker for themselves and may not take all workers: one is always left for small ones.
 */
import type { SigningResult } from '../authentication/signing/types.ts';
import type { Log } from '../log.ts';
import { type BayesHost, serveWorkers } from './bayes/host.ts';
import { filterFaults } from './faults.ts';
import { type Death, causeOf, Lane, type LaneOptions } from './lane.ts';
import type { MapsMaterial, MapsSource } from './maps/types.ts';
import { serveRecall } from './recall/serve.ts';
import type { RecallHost } from './recall/types.ts';
import type { PoolSettings } from './settings.ts';
import { ScanError, type Scanner, type ScanRequest, type Verdict } from './types.ts';
import type { ScannerSettings, SigningTask } from './worker-task.ts';

/** Milliseconds before a worker that could not start is tried again: doubled each time, up to the second number. */
const RESTART_DELAY = [500, 30_000] as const;

export interface PoolOptions extends ScannerSettings {
  log: Log;
  /** Learns and fetches for the workers; its memory is `bayes` of the settings. */
  bayesHost?: BayesHost;
  /** Remembers for the workers; makes `recall` of the settings. */
  recallHost?: RecallHost;
  /** Lists of the admin; each worker is given them with the first message after they have changed. */
  maps?: MapsSource;
  observer?: PoolObserver;
  /** The module workers run; default `worker.ts` of this folder. */
  workerFile?: URL;
}

/** Milliseconds until workers that were stuck are looked at again while messages wait. */
const LOOK_AGAIN = 100;

/** Told of what happens in the pool, for metrics. Must not throw. */
export interface PoolObserver {
  /** A scan ended with a verdict. Milliseconds: waiting for a worker, in the worker, of CPU. */
  scanned?(times: { waited: number; elapsed: number; cpu: number }): void;
  /** A scan ended without one. */
  failed?(reason: ScanError['reason']): void;
  /** A worker died or was killed. */
  workerDied?(reason: Death): void;
}

export interface PoolStatistics {
  workers: number;
  /** Workers that have started and take messages. */
  ready: number;
  waiting: number;
  waitingBytes: number;
  running: number;
}

export interface Pool extends Scanner, SigningPool {
  statistics(): PoolStatistics;
}

/** Signs and seals in the workers: hashing and RSA would hold up every connection of the main thread. */
export interface SigningPool {
  /** Rejects with {@link ScanError} only; what is wrong with the message is in the result. */
  sign(task: SigningTask): Promise<SigningResult>;
}

interface Job {
  readonly id: string;
  readonly bytes: number;
  /** Does the work in a worker. Answers what went wrong in it, or what tells its result to who waits. */
  readonly run: (lane: Lane) => Promise<{ fault: string } | { finish: () => void }>;
  readonly reject: (error: ScanError) => void;
  readonly queuedAt: number;
  startedAt: number;
  /** Workers that died with it in hand. */
  deaths: number;
  timer?: NodeJS.Timeout;
}

/** A place for a worker. The worker changes, the place and its suspects stay. */
interface Slot {
  lane: Lane | undefined;
  ready: boolean;
  readonly running: Set<Job>;
  bytes: number;
  /** To be tried alone, one after the other, before anything else. */
  readonly suspects: Job[];
  /** Starts that failed in a row. */
  failedStarts: number;
}

/**
 * Starts the workers; scans wait until they are ready. `raw` crosses without a copy when it lies on a SharedArrayBuffer
 * and is copied once otherwise. Throws a TypeError for settings no worker could start with ({@link filterFaults}).
 */
export function createPool(options: PoolOptions): Pool {
  const fault = filterFaults(options.filter).find(({ usable }) => !usable);
  if (fault !== undefined) throw new TypeError(`filter.${fault.path}: ${fault.text}`);
  return new WorkerPool(options);
}

class WorkerPool implements Pool {
  private readonly settings: PoolSettings;
  private readonly laneOptions: LaneOptions;
  private readonly log: Log;
  private readonly observer: PoolObserver;
  private readonly maps: () => MapsMaterial | undefined;
  private readonly slots: Slot[];
  /** To name the rule that a worker died of. */
  private readonly ruleNames: readonly string[];
  // Sets keep the order of insertion: the first is the oldest, and any can leave.
  private readonly small = new Set<Job>();
  private readonly large = new Set<Job>();
  private waitingBytes = 0;
  /** Being emptied for the large message that waits longest. */
  private reserved: Slot | undefined;
  private readonly unfinished = new Set<Promise<unknown>>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private lookAgain: NodeJS.Timeout | undefined;
  private closing: Promise<void> | undefined;
  private ended = false;

  constructor({
    log,
    observer,
    workerFile,
    filter,
    authentication,
    dns,
    message,
    rules,
    bayes,
    bayesHost,
    model,
    maps,
    signing,
    recallHost,
  }: PoolOptions) {
    this.settings = filter.pool;
    this.log = log;
    this.observer = observer ?? {};
    this.maps = () => maps?.current();
    this.ruleNames = rules?.rules.map(({ name }) => name) ?? [];
    const name = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    this.laneOptions = {
      workerFile: workerFile ?? new URL(name, import.meta.url),
      settings: {
        filter,
        authentication,
        dns: { ...dns, time: dnsTime(dns.time, filter.pool.timeLimit) },
        message,
        ...(rules === undefined ? {} : { rules }),
        ...(bayes === undefined ? {} : { bayes }),
        ...(model === undefined ? {} : { model }),
        ...(signing === undefined ? {} : { signing }),
        ...(recallHost === undefined ? {} : { recall: recallSettings(recallHost) }),
      },
      memoryLimit: filter.pool.memoryLimit,
      concurrency: filter.pool.concurrency,
      onLog: ({ level, fields, text }) => log[level](fields, text),
      ...(bayesHost !== undefined && {
        onBayes: serveWorkers(bayesHost, (error) =>
          log.error({ error: error.message }, 'what a worker asked of Bayes failed'),
        ),
      }),
      ...(recallHost !== undefined && {
        onRecall: serveRecall(recallHost, (error) =>
          log.error({ error: error.message }, 'what is remembered could not be asked'),
        ),
      }),
    };
    this.slots = Array.from({ length: Math.max(1, filter.pool.workers) }, () => ({
      lane: undefined,
      ready: false,
      running: new Set<Job>(),
      bytes: 0,
      suspects: [],
      failedStarts: 0,
    }));
    for (const slot of this.slots) this.startWorker(slot);
  }

  scan(request: ScanRequest): Promise<Verdict> {
    const { id, envelope, received, clamd } = request;
    return this.submit<Verdict>(
      request,
      async (lane, raw) => {
        const task = {
          id,
          raw,
          envelope,
          ...(received === undefined ? {} : { received }),
          ...(clamd === undefined ? {} : { clamd }),
        };
        const result = await lane.scan(task, this.maps());
        return 'fault' in result ? result : { value: result.verdict };
      },
      ({ elapsed, cpu }, job) =>
        this.observer.scanned?.({ waited: job.startedAt - job.queuedAt, elapsed, cpu }),
    );
  }

  sign(task: SigningTask): Promise<SigningResult> {
    return this.submit<SigningResult>(task, async (lane, raw) => {
      const answer = await lane.sign({ ...task, raw });
      return 'fault' in answer ? answer : { value: answer.signed };
    });
  }

  private submit<T>(
    request: { id: string; raw: Uint8Array },
    work: (lane: Lane, raw: Uint8Array) => Promise<{ fault: string } | { value: T }>,
    done?: (value: T, job: Job) => void,
  ): Promise<T> {
    const { queueLength, queueBytes, queueTime } = this.settings;
    const bytes = request.raw.length;
    if (this.closing !== undefined) return this.refuse('closing', 'shutting down');
    const waiting = this.small.size + this.large.size;
    if (waiting >= queueLength) return this.refuse('busy', `${waiting} messages wait for a scan`);
    if (waiting > 0 && this.waitingBytes + bytes > queueBytes)
      return this.refuse('busy', `${this.waitingBytes} bytes wait for a scan`);

    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const raw = shared(request.raw);
    const now = performance.now();
    const run = async (lane: Lane): ReturnType<Job['run']> => {
      const answer = await work(lane, raw);
      if ('fault' in answer) return answer;
      const { value } = answer;
      return {
        finish() {
          done?.(value, job);
          resolve(value);
        },
      };
    };
    const job: Job = { id: request.id, bytes, run, reject, queuedAt: now, startedAt: now, deaths: 0 };
    job.timer = setTimeout(() => this.giveUpWaiting(job), queueTime);
    (bytes > this.settings.concurrencyBytes ? this.large : this.small).add(job);
    this.waitingBytes += bytes;
    this.unfinished.add(promise);
    this.dispatch();
    return promise.finally(() => this.unfinished.delete(promise));
  }

  statistics(): PoolStatistics {
    return {
      workers: this.slots.length,
      ready: this.slots.filter(({ ready }) => ready).length,
      waiting:
        this.small.size +
        this.large.size +
        this.slots.reduce((sum, { suspects }) => sum + suspects.length, 0),
      waitingBytes: this.waitingBytes,
      running: this.slots.reduce((sum, { running }) => sum + running.size, 0),
    };
  }

  close(): Promise<void> {
    this.closing ??= this.drain();
    return this.closing;
  }

  /** Piscina's own close() gives up what is in flight; so wait here, then end the threads. */
  private async drain(): Promise<void> {
    while (this.unfinished.size > 0) await Promise.allSettled(this.unfinished);
    this.ended = true;
    for (const timer of this.restarts) clearTimeout(timer);
    clearTimeout(this.lookAgain);
    await Promise.all(this.slots.flatMap(({ lane }) => lane?.kill() ?? []));
  }

  private refuse(reason: ScanError['reason'], text: string): Promise<never> {
    this.observer.failed?.(reason);
    return Promise.reject(new ScanError(reason, text));
  }

  private giveUpWaiting(job: Job): void {
    if (this.small.delete(job) || this.large.delete(job)) this.waitingBytes -= job.bytes;
    for (const { suspects } of this.slots) {
      const index = suspects.indexOf(job);
      if (index >= 0) suspects.splice(index, 1);
    }
    this.fail(job, 'busy', `waited ${this.settings.queueTime} ms for a worker`);
  }

  private fail(job: Job, reason: ScanError['reason'], text: string): void {
    clearTimeout(job.timer);
    this.observer.failed?.(reason);
    job.reject(new ScanError(reason, text));
  }

  private startWorker(slot: Slot): void {
    const lane = new Lane(this.laneOptions);
    slot.lane = lane;
    lane.start().then(
      () => {
        if (slot.lane !== lane) return;
        slot.ready = true;
        slot.failedStarts = 0;
        this.dispatch();
      },
      async (error: unknown) => {
        await lane.kill();
        if (slot.lane !== lane || this.ended) return;
        const [first, most] = RESTART_DELAY;
        const delay = Math.min(first * 2 ** slot.failedStarts++, most);
        this.log.error({ error: String(error), delay }, 'filter worker cannot start');
        const timer = setTimeout(() => {
          this.restarts.delete(timer);
          this.startWorker(slot);
        }, delay);
        this.restarts.add(timer);
      },
    );
  }

  /** Gives waiting messages to workers as long as there is room. */
  private dispatch(): void {
    for (const slot of this.slots) {
      if (!slot.ready || slot.running.size > 0) continue;
      const suspect = slot.suspects.shift();
      if (suspect !== undefined) this.start(slot, suspect);
    }
    this.dispatchLarge();
    for (const job of this.small) {
      const slot = this.roomiest(job.bytes);
      if (slot === undefined) {
        // No event tells that a worker has looked up again, to wait for the DNS for instance.
        this.lookAgain ??= setTimeout(() => {
          this.lookAgain = undefined;
          this.dispatch();
        }, LOOK_AGAIN);
        break;
      }
      this.small.delete(job);
      this.waitingBytes -= job.bytes;
      this.start(slot, job);
    }
  }

  private dispatchLarge(): void {
    const most = Math.max(1, this.slots.length - 1);
    for (const job of this.large) {
      const busy = this.slots.filter(({ bytes }) => bytes > this.settings.concurrencyBytes).length;
      if (busy >= most) break;
      // The least busy worker takes nothing else until it is free for the large message.
      this.reserved ??= this.slots
        .filter(
          (slot) => slot.ready && slot.suspects.length === 0 && slot.bytes <= this.settings.concurrencyBytes,
        )
        .toSorted((one, other) => one.running.size - other.running.size)[0];
      const slot = this.reserved;
      if (slot === undefined || slot.running.size > 0) break;
      this.reserved = undefined;
      this.large.delete(job);
      this.waitingBytes -= job.bytes;
      this.start(slot, job);
    }
    if (this.large.size === 0) this.reserved = undefined;
  }

  /** The worker with the fewest messages that may take one more of this size. */
  private roomiest(bytes: number): Slot | undefined {
    const { concurrency, concurrencyBytes } = this.settings;
    let best: Slot | undefined;
    for (const slot of this.slots) {
      const { size } = slot.running;
      if (!slot.ready || slot === this.reserved || isTrying(slot)) continue;
      if (best !== undefined && size >= best.running.size) continue;
      const hasRoom = size < concurrency && slot.bytes + bytes <= concurrencyBytes && !slot.lane?.isStuck;
      if (size === 0 || hasRoom) best = slot;
    }
    return best;
  }

  private start(slot: Slot, job: Job): void {
    const { lane } = slot;
    if (lane === undefined) throw new Error('a slot that is ready has a worker');
    slot.running.add(job);
    slot.bytes += job.bytes;
    clearTimeout(job.timer);
    job.startedAt = performance.now();
    job.timer = setTimeout(() => this.workerDied(slot, lane, 'timeout', job), this.settings.timeLimit);
    job.run(lane).then(
      (result) => {
        if (!slot.running.delete(job)) return;
        slot.bytes -= job.bytes;
        clearTimeout(job.timer);
        if ('fault' in result) this.fail(job, 'crash', result.fault);
        else result.finish();
        this.dispatch();
      },
      (error: unknown) => this.workerDied(slot, lane, causeOf(error)),
    );
  }

  /** Replaces a worker and decides about the messages it had in hand. Called once a worker, however many scans reject. */
  private workerDied(slot: Slot, lane: Lane, reason: Death, overdue?: Job): void {
    if (slot.lane !== lane) return;
    slot.lane = undefined;
    slot.ready = false;
    slot.bytes = 0;
    if (this.reserved === slot) this.reserved = undefined;
    const jobs = [...slot.running];
    slot.running.clear();
    this.observer.workerDied?.(reason);
    const rule = this.ruleNames[lane.runningRule - 1];
    this.log.warn(
      { reason, ids: jobs.map(({ id }) => id), ...(rule === undefined ? {} : { rule }) },
      'filter worker died',
    );

    // The likeliest culprit last, so that the others need not wait for it to fail again.
    jobs.sort((one, other) => Number(one === overdue) - Number(other === overdue) || one.bytes - other.bytes);
    for (const job of jobs) {
      clearTimeout(job.timer);
      job.deaths++;
      if (job.deaths > 1) this.fail(job, reason, this.explain(reason));
      else {
        job.timer = setTimeout(() => this.giveUpWaiting(job), this.settings.queueTime);
        slot.suspects.push(job);
      }
    }
    void lane.kill();
    this.startWorker(slot);
    this.dispatch();
  }

  private explain(reason: Death): string {
    if (reason === 'timeout') return `not scanned within ${this.settings.timeLimit} ms, twice`;
    if (reason === 'memory') return `needs more than ${this.settings.memoryLimit} MB of heap, twice`;
    return 'its worker crashed, twice';
  }
}

/** True while a slot tries suspects: they must be alone. */
function isTrying({ suspects, running }: Slot): boolean {
  if (suspects.length > 0) return true;
  for (const job of running) if (job.deaths > 0) return true;
  return false;
}

/** What workers are told of who remembers. */
const recallSettings = ({ fuzzy, reputation }: RecallHost): NonNullable<ScannerSettings['recall']> => ({
  ...(fuzzy === undefined ? {} : { fuzzyMemory: fuzzy.memory }),
  reputation: reputation !== undefined,
});

/** A DNS that does not answer must end as a temporary result, never as a worker killed for its time. */
const dnsTime = (time: number, timeLimit: number): number => Math.min(time, (timeLimit * 2) / 3);

function shared(raw: Uint8Array): Uint8Array {
  if (raw.buffer instanceof SharedArrayBuffer) return raw;
  const copy = new Uint8Array(new SharedArrayBuffer(raw.length));
  copy.set(raw);
  return copy;
}
