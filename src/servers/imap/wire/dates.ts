const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

/** `date-time` of RFC 9051 §9, quoted, in UTC: `"07-Jul-1996 02:44:25 +0000"`. Milliseconds since the epoch. */
export function dateTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const day = two(date.getUTCDate());
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `"${day}-${MONTHS[date.getUTCMonth()] ?? ''}-${year} ${time} +0000"`;
}

const DATE_TIME = /^([ \d]?\d-[a-z]{3}-\d{4}) (\d\d):(\d\d):(\d\d) (?:([+-]?)(\d\d):?(\d\d)|[a-z]{1,5})$/i;

/**
 * `date-time` without its quotes, as milliseconds since the epoch; undefined when it is none. Hours and minutes that no clock
 * shows count on, as days do; a zone that is named is that of UTC, since no server knows them all.
 */
export function parseDateTime(text: string): number | undefined {
  const [, date = '', ...rest] = DATE_TIME.exec(text) ?? [];
  const day = parseDate(date);
  if (day === undefined) return undefined;
  const [hour = 0, minute = 0, second = 0, , zoneHour = 0, zoneMinute = 0] = rest.map((digits) =>
    Number(digits ?? 0),
  );
  const zone = (zoneHour * 60 + zoneMinute) * 60_000;
  // A leap second is the one before it.
  const local = day + ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000;
  return rest[3] === '-' ? local + zone : local - zone;
}

/** `date-text` of RFC 9051 §9: midnight of that day in UTC, milliseconds; undefined when it is none. */
export function parseDate(text: string): number | undefined {
  const match = /^ ?(\d{1,2})-([a-z]{3})-(\d{4})$/i.exec(text);
  const index = monthNumber(match?.[2]);
  if (match === null || index < 0) return undefined;
  // Days that the month lacks are those before and after it: clients count so, and other servers let them.
  return new Date(0).setUTCFullYear(Number(match[3]), index, Number(match[1]));
}

const monthNumber = (month = ''): number =>
  MONTHS.findIndex((name) => name.toLowerCase() === month.toLowerCase());
