/** Messages that are put away until a time (the capability `snooze`). */
export interface SnoozeSettings {
  /** The mailbox they wait in, where none has the special use `\Snoozed`; '' for none: scripts cannot snooze. */
  mailbox: string;
  /** Messages of all accounts that wait at the same time; more are filed at once where they would come back. */
  pending: number;
}

export const defaultSnoozeSettings: SnoozeSettings = {
  // What mail programs show it as.
  mailbox: 'Snoozed',
  // Some hundred octets of memory each. Mail of strangers makes them, so there must be an end.
  pending: 100_000,
};
