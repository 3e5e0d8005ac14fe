/** Where calendars are kept, for scripts that process invitations (RFC 9671). */
export interface CalendarSettings {
  /** Holds one folder per account, named as in the mail store, with a folder for each of its calendars; '' for none. */
  folder: string;
  /** The calendar that new events go to; made when it is not there. */
  default: string;
  /** Objects (events, tasks) in all calendars of an account up to which mail may add more. */
  maxObjects: number;
}

export const defaultCalendarSettings: CalendarSettings = {
  // Nobody looks there until the admin points a calendar server or a program of the user's at it.
  folder: '',
  default: 'default',
  // Decades of a busy calendar; strangers whose invitations a script takes must not use up the inodes.
  maxObjects: 20_000,
};
