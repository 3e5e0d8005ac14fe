import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type BayesMessage, isBayesMessage } from './bayes/host.ts';
import { Pulse } from './heartbeat.ts';
import type { MapsMaterial } from './maps/types.ts';
import { isRecallHello } from './recall/serve.ts';
import type {
  ScannerSettings,
  SigningAnswer,
  SigningTask,
  WorkerLogLine,
  WorkerResult,
  WorkerSettings,
  WorkerTask,
} from './worker-task.ts';

/** Milliseconds a worker may take to load its modules; common is half a second, on a loaded machine a few. */
const START_LIMIT = 60_000;
/** Heap for short-lived objects: with V8's default, garbage of one scan grows old; beyond this only memory grows. */
const YOUNG_GENERATION_MB = 16;

export interface LaneOptions {
  workerFile: URL;
  settings: ScannerSettings;
  /** Megabytes of heap. */
  memoryLimit: number;
  concurrency: number;
  onLog: (line: WorkerLogLine) => void;
  onBayes?: (message: BayesMessage) => void;
  /** The other end of it is the worker's. */
  onRecall?: (port: MessagePort) => void;
}

type Task = WorkerTask | SigningTask;

/** Why a worker is no more. */
export type Death = 'timeout' | 'memory' | 'crash';

/**
 * One worker thread. A Piscina of a single thread each: so it is known which messages a worker has in hand, and one
 * can be killed and replaced without touching the others.
 */
export class Lane {
  private readonly pool: Piscina<Task | undefined, unknown>;
  private readonly pulse = new Pulse();
  /** Generation of the lists the worker was given; tasks reach it in order. */
  private maps = 0;

  constructor(options: LaneOptions) {
    const workerData: WorkerSettings = { ...options.settings, heartbeat: this.pulse.memory };
    this.pool = new Piscina<Task | undefined, unknown>({
      filename: options.workerFile.href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: options.concurrency,
      resourceLimits: {
        maxOldGenerationSizeMb: options.memoryLimit,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
      workerData,
      // Blocking in Atomics.wait would stop the worker's timers and sockets between two messages.
      atomics: 'disabled',
      recordTiming: false,
    });
    // A thread that dies with nothing in hand; the task promises tell of all others.
    this.pool.on('error', () => undefined);
    this.pool.on('message', (message: unknown) => {
      if (isLogLine(message)) options.onLog(message);
      else if (isBayesMessage(message)) options.onBayes?.(message);
      else if (isRecallHello(message)) options.onRecall?.(message.recall);
    });
  }

  /** Resolves when the worker has loaded its modules; rejects when it cannot. */
  async start(): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`worker not ready after ${START_LIMIT} ms`)),
      START_LIMIT,
    );
    try {
      await Promise.race([this.pool.run(undefined, { name: 'ready' }), promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Rejects when the worker died; {@link causeOf} tells why. `maps` go along when the worker does not have them. */
  async scan(task: WorkerTask, maps?: MapsMaterial): Promise<WorkerResult> {
    this.pulse.restart();
    const isNews = maps !== undefined && maps.generation !== this.maps;
    if (isNews) this.maps = maps.generation;
    return (await this.pool.run(isNews ? { ...task, maps } : task, { name: 'scan' })) as WorkerResult;
  }

  /** Likewise. */
  async sign(task: SigningTask): Promise<SigningAnswer> {
    this.pulse.restart();
    return (await this.pool.run(task, { name: 'sign' })) as SigningAnswer;
  }

  /** Whether the worker, which has messages in hand, computes without looking up. */
  get isStuck(): boolean {
    return this.pulse.isStuck;
  }

  /** Number of the rule the worker runs, counted from 1; 0 when it runs none. */
  get runningRule(): number {
    return this.pulse.runningRule;
  }

  /** Ends the thread whatever it is doing. Scans in hand reject. */
  async kill(): Promise<void> {
    await this.pool.destroy();
  }
}

export function causeOf(error: unknown): Death {
  return (error as { code?: unknown } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash';
}

function isLogLine(message: unknown): message is WorkerLogLine {
  return typeof message === 'object' && message !== null && 'level' in message && 'text' in message;
}
