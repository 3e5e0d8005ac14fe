import type { Report } from './defects.ts';
import { stripComments } from './tokens.ts';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** obs-zone names (RFC 5322 §4.3) in minutes east of UTC. Military letters count as -0000, as it says there. */
const ZONES: Readonly<Record<string, number>> = {
  UT: 0,
  UTC: 0,
  GMT: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

// [ day-name "," ] day month year hour ":" minute [ ":" second ] zone; a zone's name may stand behind its number.
const DATE =
  /^(?:[A-Za-z]{3,9}\.? ?,? ?)?(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{2,5}) (\d{1,2}) ?: ?(\d{1,2})(?: ?: ?(\d{1,2}))?(?: ?([+-]\d{4}|UT|[A-Za-z]|[A-Za-z]{3,5}))?(?: [A-Z]{3,5})?$/;
/** Longest date that is looked at, comments removed. */
const MAX_DATE = 120;

/** obs-year (RFC 5322 §4.3): two digits under 50 are 20xx, other two or three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

function zoneMinutes(zone: string): number | undefined {
  if (/^[+-]/.test(zone)) {
    const hours = Number(zone.slice(1, 3));
    const minutes = Number(zone.slice(3, 5));
    if (minutes > 59) return undefined;
    return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
  }
  // Unknown names and military letters are -0000 (RFC 5322 §4.3).
  return ZONES[zone.toUpperCase()] ?? 0;
}

/**
 * Reads a date-time with its obsolete forms (RFC 5322 §3.3, RFC 5322 §4.3): comments, two-digit years, named zones.
 * Undefined when it is none or names a day, hour or zone that does not exist. A missing zone counts as UTC.
 */
export function parseDate(value: string, report?: Report): Date | undefined {
  const plain = stripComments(value, 32, report).replace(/\s+/g, ' ').trim();
  const match = plain.length <= MAX_DATE ? DATE.exec(plain) : null;
  const fail = (): undefined => {
    report?.('invalid-date');
    return undefined;
  };
  if (match === null) return fail();
  const [, day = '', monthName = '', yearDigits = '', hour = '', minute = '', second = '0', zone] = match;
  const month = MONTHS.findIndex((name) => monthName.toLowerCase().startsWith(name.toLowerCase()));
  const year = fullYear(yearDigits);
  const offset = zone === undefined ? 0 : zoneMinutes(zone);
  if (month < 0 || offset === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60)
    return fail();
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > lastDay || year < 1900) return fail();
  if (zone === undefined) report?.('date-without-zone');
  return new Date(
    Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second)) - offset * 60_000,
  );
}

const two = (value: number): string => String(value).padStart(2, '0');

/** A date-time of RFC 5322 §3.3 in UTC, e.g. `Mon, 02 Mar 2026 09:05:00 +0000`. The date must be a valid one. */
export function formatDate(date: Date): string {
  const day = `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${String(date.getUTCFullYear()).padStart(4, '0')} ${time} +0000`;
}
