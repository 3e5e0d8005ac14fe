import type { Action } from '../types.ts';

/** What clamd said of a message. Plain data: it goes with the message to the worker that scans it. */
export interface ClamdFinding {
  /** `skipped`: larger than what it is shown. */
  result: 'clean' | 'found' | 'failed' | 'skipped';
  /** Name of what was found, or why it failed. */
  detail?: string;
  /** The least that the settings want done with it. */
  demands?: { action: Action; text: string };
}
