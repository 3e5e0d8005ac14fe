/** What becomes of an object in the calendars of a user. */
export type CalendarChange =
  /** Replaces the object of that UID, or adds one: to `calendar`, or the default one when there is no such calendar. */
  | { readonly kind: 'put'; readonly uid: string; readonly data: string; readonly calendar?: string }
  | { readonly kind: 'remove'; readonly uid: string };

/** RFC 9671 §4.7. */
export type CalendarOutcome = 'no_action' | 'added' | 'updated' | 'cancelled' | 'error';
