import type { Log } from '../../log.ts';
import type { Sasl } from '../../policy/sasl/sasl.ts';
import type { MailStore } from '../../store/mail/types.ts';
import type { ImapSettings } from './settings.ts';

/** What a session needs. */
export interface ImapOptions {
  readonly settings: ImapSettings;
  readonly sasl: Sasl;
  readonly store: MailStore;
  readonly log: Log;
}
