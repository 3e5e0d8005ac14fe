/** What crosses between the pool and its workers. All of it is plain data. */
import type { AuthenticationSettings } from '../authentication/settings.ts';
import type { SigningMaterial } from '../authentication/signing/signer.ts';
import type { SigningRequest, SigningResult } from '../authentication/signing/types.ts';
import type { Envelope } from '../message/envelope.ts';
import type { MessageLimits } from '../message/limits.ts';
import type { DnsSettings } from '../net/settings.ts';
import type { ClamdFinding } from './clamd/types.ts';
import type { MapsMaterial } from './maps/types.ts';
import type { ModelMaterial } from './model/types.ts';
import type { PreparedRules } from './rules/types.ts';
import type { FilterSettings } from './settings.ts';
import type { Verdict } from './types.ts';

/** All a scanner needs to know. */
export interface ScannerSettings {
  filter: FilterSettings;
  authentication: AuthenticationSettings;
  dns: DnsSettings;
  message: MessageLimits;
  /** The rules of the files in `filter.rules`, translated; absent: there are none. */
  rules?: PreparedRules;
  /** Private keys and how to sign with them; absent: nothing is signed. */
  signing?: SigningMaterial;
  /** Counts of the tokens learned, in memory that the main thread writes; absent: no Bayes. */
  bayes?: SharedArrayBuffer;
  /** What the main thread remembers for the workers; absent: nothing. */
  recall?: { fuzzyMemory?: SharedArrayBuffer; reputation: boolean };
  /** The trained model, its tables in shared memory; absent: none. */
  model?: ModelMaterial;
}

/** What a worker is started with. */
export interface WorkerSettings extends ScannerSettings {
  /** Of the pool's `heartbeat.ts`. */
  heartbeat: SharedArrayBuffer;
}

export interface WorkerTask {
  id: string;
  /** On a SharedArrayBuffer: both threads see the same bytes. */
  raw: Uint8Array;
  envelope: Envelope;
  /** As in `ScanRequest`. */
  received?: number;
  /** Likewise. */
  clamd?: ClamdFinding;
  /** The lists of the admin, when the worker does not have them as they are now. */
  maps?: MapsMaterial;
}

/** A scan that went wrong inside a living worker is an answer; a promise that rejects is a dead worker. */
export type WorkerResult = { verdict: Verdict } | { fault: string };

/** A message to be signed or sealed; `raw` as in {@link WorkerTask}. */
export interface SigningTask extends Omit<SigningRequest, 'now'> {
  id: string;
}

export type SigningAnswer = { signed: SigningResult } | { fault: string };

/** A log line of a worker, on its way to the log of the main thread. */
export interface WorkerLogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  fields: object;
  text: string;
}

/** The functions a worker file exports. */
export interface WorkerHandlers {
  /** Answers when everything is loaded. */
  ready: () => Promise<void>;
  scan: (task: WorkerTask) => Promise<WorkerResult>;
  sign: (task: SigningTask) => Promise<SigningAnswer>;
}
