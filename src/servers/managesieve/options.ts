import type { Log } from '../../log.ts';
import type { TlsIdentity } from '../../net/tls.ts';
import type { Sasl } from '../../policy/sasl/sasl.ts';
import type { CompileOptions, CompileResult } from '../../sieve/types.ts';
import type { ScriptStore } from '../../store/script-types.ts';
import type { ManageSieveSettings } from './settings.ts';

/** What a session needs. */
export interface SessionOptions {
  readonly settings: ManageSieveSettings;
  readonly sasl: Sasl;
  readonly scripts: Omit<ScriptStore, 'activeScript'>;
  /** Compiles as delivery does; with `include` together with the scripts it includes. Never throws. */
  compile(source: Uint8Array, name: string, include?: CompileOptions['include']): CompileResult;
  /** What went wrong lately when the account's scripts ran; undefined for nothing. */
  lastFaults?(account: string): Promise<string | undefined>;
  /** The capabilities of Sieve that scripts may require. */
  capabilities(): readonly string[];
  /** Octets of a script; larger ones are refused. */
  readonly scriptBytes: number;
  /** Redirects of one run, for MAXREDIRECTS. */
  readonly redirects: number;
  readonly log: Log;
}

export interface ManageSieveOptions extends SessionOptions {
  /** Without it STARTTLS is not offered, and nobody can log in but clients on this machine, where the settings allow it. */
  readonly tls?: TlsIdentity;
  /** Certificates (PEM) of those who sign certificates of clients; '' or undefined: no client is asked for one. */
  readonly authorities?: string;
  /** Clients that are turned away when they connect. */
  readonly blockedNetworks?: readonly string[];
}
