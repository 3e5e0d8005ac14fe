import type { Log } from '../../log.ts';
import type { Disk } from '../durable.ts';
import type { IndexHandles } from '../index/account-index.ts';
import type { Quota } from '../quota/quota.ts';
import type { StoreSettings } from '../settings.ts';
import type { SearchIndexes } from '../search/types.ts';
import type { BodyCache } from './body-cache.ts';
import type { Departed } from './departed.ts';
import type { LessonMarks } from './lesson-marks.ts';
import type { Poller } from './poller.ts';
import type { TakeInThreads } from './take-in-threads.ts';

/** What all accounts of a store share. */
export interface StoreContext {
  readonly settings: StoreSettings;
  readonly log: Log;
  readonly disk: Disk;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly hostname: string;
  readonly handles: IndexHandles;
  readonly bodies: BodyCache;
  readonly departed: Departed;
  /** Asked before messages and mailboxes come in. */
  readonly quota: Pick<Quota, 'check' | 'checkMailboxes'>;
  readonly poller: Poller;
  readonly takeIn: TakeInThreads;
  /** Follow what comes and goes. */
  readonly search: Pick<SearchIndexes, 'notice'>;
  /** Say which accounts have something to be learned. */
  readonly lessons: Pick<LessonMarks, 'announce' | 'added'>;
  /** Work in the background ends. */
  closing: boolean;
  /** Messages written by this process. */
  sequence: number;
  /** Operations under way, which `close` waits for. */
  readonly running: Set<Promise<unknown>>;
}

/** Counts an operation as under way until it has ended. */
export function tracked<T>(context: StoreContext, work: () => Promise<T>): Promise<T> {
  const running = work();
  context.running.add(running);
  const ended = (): void => void context.running.delete(running);
  running.then(ended, ended);
  return running;
}
