import { defaultSieveLimits, type SieveLimits } from '../limits.ts';
import { defaultSieveSettings, type SieveSettings } from '../settings.ts';
import type { StatusHeaderSettings } from '../spam-status.ts';
import { SETTINGS } from './config-keys.ts';

/** What settings of a file of tests come to. Those without a value are as Tamis has them. */
export interface Configured {
  limits: SieveLimits;
  settings: SieveSettings;
  /** Address of the script's owner; undefined: that of the recipient. */
  userEmail: string | undefined;
  /** Where the envelope sender of redirected mail comes from; see {@link addressFrom}. */
  redirectFrom: string;
  /** External lists (RFC 6134) that are known, and what is in them. */
  lists: Map<string, readonly string[]>;
  /** Where spamtest and virustest find what another filter wrote; without a field, nothing was tested. */
  spam: StatusHeader;
  virus: StatusHeader;
  /** For `vnd.dovecot.config.*`. */
  environment: Record<string, string>;
}

/** The settings of a field with a status, as they are being gathered. */
export type StatusHeader = { -readonly [K in keyof StatusHeaderSettings]: StatusHeaderSettings[K] } & {
  textValues: Map<number, string>;
};

const NO_STATUS = { statusHeader: '', statusType: 'score', maxHeader: '', maxValue: 0 } as const;

function unconfigured(): Configured {
  return {
    // They are changed in place.
    limits: structuredClone(defaultSieveLimits),
    settings: structuredClone(defaultSieveSettings),
    userEmail: undefined,
    redirectFrom: 'sender',
    lists: new Map(),
    spam: { ...NO_STATUS, textValues: new Map() },
    virus: { ...NO_STATUS, textValues: new Map() },
    environment: {},
  };
}

/** The settings of a file of tests: staged by `test_config_set`, in force after `test_config_reload`. */
export class Configuration {
  readonly #staged = new Map<string, string | undefined>();
  readonly #applied = new Map<string, string>();
  #current: Configured = unconfigured();

  get current(): Configured {
    return this.#current;
  }

  /** Undefined takes the setting back. */
  stage(key: string, value: string | undefined): true {
    this.#staged.set(key.toLowerCase(), value);
    return true;
  }

  /** Puts staged settings of the language (undefined) or of an extension in force. */
  reload(owner: string | undefined): void {
    for (const [key, value] of this.#staged) {
      const setting = SETTINGS.find(({ pattern }) => pattern.test(key));
      if (setting === undefined || !setting.owners.includes(owner ?? '')) continue;
      this.#staged.delete(key);
      if (value === undefined) this.#applied.delete(key);
      else this.#applied.set(key, value);
    }
    this.#current = unconfigured();
    for (const setting of SETTINGS)
      for (const [key, value] of this.#applied) {
        const found = setting.pattern.exec(key);
        if (found !== null) setting.apply(this.#current, value, found[1] ?? '');
      }
  }
}

/** Who stands behind the words that settings have for an address. */
export interface AddressSources {
  readonly sender: string;
  readonly recipient: string;
  readonly original: string;
  readonly user: string;
}

/** `sender`, `recipient`, `orig_recipient`, `user_email`, `postmaster`, or an address in angle brackets. */
export function addressFrom(source: string, from: AddressSources): string {
  switch (source.trim().toLowerCase()) {
    case 'sender':
    case 'default':
    case '':
      return from.sender;
    case 'recipient':
      return from.recipient;
    case 'orig_recipient':
      return from.original;
    case 'user_email':
      return from.user;
    case 'postmaster':
      return 'postmaster@example.com';
    default:
      return source.trim().replace(/^<(.*)>$/s, '$1');
  }
}
