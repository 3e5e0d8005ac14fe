import type { Scripts } from './types.ts';

/** A script of an account, as a list shows it. */
export interface ScriptEntry {
  readonly name: string;
  readonly active: boolean;
  /** Octets. */
  readonly size: number;
}

/**
 * All scripts of the accounts, for who edits them. Names are Unicode, compared in NFC. A change is durable when it
 * resolves; when it rejects, everything is as before. Errors are {@link ScriptStoreError}.
 */
export interface ScriptStore extends Scripts {
  /** In the order of their names. */
  list(account: string): Promise<ScriptEntry[]>;
  /** Rejects with `not-found`. */
  get(account: string, name: string): Promise<Uint8Array>;
  /** Whether a script of this size could be put now. Rejects with what `put` would reject with. */
  haveSpace(account: string, name: string, size: number): Promise<void>;
  /** Makes a script or replaces it whole. */
  put(account: string, name: string, source: Uint8Array): Promise<void>;
  /** From then on this script files the mail; with undefined none does. */
  setActive(account: string, name: string | undefined): Promise<void>;
  /** Rejects with `active` for the active script. */
  delete(account: string, name: string): Promise<void>;
  /** The active script stays active. Rejects with `exists` when there is one of the new name. */
  rename(account: string, from: string, to: string): Promise<void>;
}

/** `scripts`, `size`, `storage`: a quota. `full`: the disk is. `io`: it failed. */
export type ScriptStoreReason =
  | 'not-found'
  | 'exists'
  | 'active'
  | 'invalid-name'
  | 'scripts'
  | 'size'
  | 'storage'
  | 'full'
  | 'io';

export class ScriptStoreError extends Error {
  readonly reason: ScriptStoreReason;
  constructor(reason: ScriptStoreReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
