import { defaultSessionSettings } from '../smtp/settings.ts';
import type { SessionSettings } from '../smtp/settings.ts';

export interface LmtpSettings extends SessionSettings {
  /** Whether messages are scanned. Where the MTA has done it (by our milter), `X-Spam-Flag: YES` decides about Junk. */
  scan: boolean;
}

export const defaultLmtpSettings: LmtpSettings = {
  ...defaultSessionSettings,
  // All of them come from one MTA.
  connectionsPerAddress: defaultSessionSettings.connections,
  // An address that RCPT refuses is the MTA's to deal with: it holds one connection for many messages.
  errors: 1000,
  commands: 10_000,
  // Whoever sets up only LMTP expects the filter to be in it.
  scan: true,
};
