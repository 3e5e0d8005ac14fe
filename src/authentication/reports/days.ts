const DAY_MS = 86_400_000;

/** `2026-03-02`: the UTC day of a time in milliseconds since the epoch. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Start of a UTC day in milliseconds; undefined when the text names none. */
export function startOfDay(day: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const start = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(start) || dayOf(start) !== day ? undefined : start;
}

/** The day that many days before. */
export const daysBefore = (time: number, days: number): string => dayOf(time - days * DAY_MS);

/** Reporting period of a day in seconds since the epoch, both ends included. */
export function periodOf(day: string): { begin: number; end: number } {
  const start = startOfDay(day);
  if (start === undefined) throw new RangeError(`${day} is no day`);
  return { begin: start / 1000, end: (start + DAY_MS) / 1000 - 1 };
}
