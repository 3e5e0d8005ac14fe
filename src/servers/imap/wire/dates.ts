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

/** `date-time` without its quotes, as milliseconds since the epoch; undefined when it is none. */
export function parseDateTime(text: string): number | undefined {
  const match = /^([ \d]\d)-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/i.exec(text);
  if (match === null) return undefined;
  const day = parseDay(match[1], match[2], match[3]);
  const [hour, minute, second, zoneHour, zoneMinute] = [4, 5, 6, 8, 9].map((at) => Number(match[at])) as [
    number,
    number,
    number,
    number,
    number,
  ];
  // A leap second is one.
  if (day === undefined || hour > 23 || minute > 59 || second > 60 || zoneMinute > 59) return undefined;
  const zone = (zoneHour * 60 + zoneMinute) * 60_000;
  const local = day + ((hour * 60 + minute) * 60 + second) * 1000;
  return match[7] === '-' ? local + zone : local - zone;
}

/** `date-text` of RFC 9051 §9: midnight of that day in UTC, milliseconds; undefined when it is none. */
export function parseDate(text: string): number | undefined {
  const match = /^ ?(\d{1,2})-([a-z]{3})-(\d{4})$/i.exec(text);
  const index = monthNumber(match?.[2]);
  if (match === null || index < 0) return undefined;
  // Days that the month lacks are those before and after it: clients count so, and other servers let them.
  return new Date(0).setUTCFullYear(Number(match[3]), index, Number(match[1]));
}

function parseDay(day = '', month = '', year = ''): number | undefined {
  const index = monthNumber(month);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), index, Number(day));
  // The 31st of a month that has none is another month's first.
  return index >= 0 && date.getUTCDate() === Number(day) && date.getUTCMonth() === index
    ? date.getTime()
    : undefined;
}

const monthNumber = (month = ''): number =>
  MONTHS.findIndex((name) => name.toLowerCase() === month.toLowerCase());
