/** What becomes of an object in the calendars of a user. */
export type CalendarChange =
  /** Replaces the object of that UID, or adds one: to `calendar`, or the default one when there is no such calendar. */
  | { readonly kind: 'put'; readonly uid: string; readonly data: string; readonly calendar?: string }
  | { readonly kind: 'remove'; readonly uid: string };

/** RFC 9671 §4.7. */
export type CalendarOutcome = 'no_action' | 'added' | 'updated' | 'cancelled' | 'error';

/** The calendars of one user: what a host must have for `processcalendar` to be allowed. */
export interface CalendarStore {
  /** The iCalendar object with that UID in any of his calendars. */
  find(uid: string): Promise<string | undefined>;
  /** Durable when it resolves. */
  apply(change: CalendarChange): Promise<void>;
}
