/** A time as a clock at some place shows it. */
export interface LocalTime {
  readonly time: Date;
  /** Minutes east of UTC. */
  readonly offset: number;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 24 * 60 * 60 * 1000;
/** Modified Julian Day of 1 January 1970 (RFC 5260 §4.2). */
const MJD_1970 = 40_587;

const two = (value: number): string => String(value).padStart(2, '0');
const four = (value: number): string => String(value).padStart(4, '0');

/** `+hhmm`, with something between hours and minutes. */
function zone(offset: number, between: string): string {
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${between}${two(minutes % 60)}`;
}

/** `wall` shows in its UTC fields what the clock shows. */
type Part = (wall: Date, offset: number) => string;

const date: Part = (wall) =>
  `${four(wall.getUTCFullYear())}-${two(wall.getUTCMonth() + 1)}-${two(wall.getUTCDate())}`;
const time: Part = (wall) =>
  `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}:${two(wall.getUTCSeconds())}`;

/** RFC 5260 §4.2. */
const parts: Readonly<Record<string, Part>> = {
  year: (wall) => four(wall.getUTCFullYear()),
  month: (wall) => two(wall.getUTCMonth() + 1),
  day: (wall) => two(wall.getUTCDate()),
  date,
  julian: (wall) => String(Math.floor(wall.getTime() / DAY) + MJD_1970),
  hour: (wall) => two(wall.getUTCHours()),
  minute: (wall) => two(wall.getUTCMinutes()),
  second: (wall) => two(wall.getUTCSeconds()),
  time,
  // RFC 3339 §5.6.
  iso8601: (wall, offset) =>
    `${date(wall, offset)}T${time(wall, offset)}${offset === 0 ? 'Z' : zone(offset, ':')}`,
  // RFC 5322 §3.3.
  std11: (wall, offset) =>
    `${DAYS[wall.getUTCDay()]}, ${two(wall.getUTCDate())} ${MONTHS[wall.getUTCMonth()]} ${four(wall.getUTCFullYear())} ${time(wall, offset)} ${zone(offset, '')}`,
  zone: (_wall, offset) => zone(offset, ''),
  weekday: (wall) => String(wall.getUTCDay()),
};

/** Whether there is such a part, however its letters are written. */
export function isDatePart(name: string): boolean {
  return Object.hasOwn(parts, name.toLowerCase());
}

/** One part of a time; undefined when there is no such part. */
export function datePart(name: string, { time: instant, offset }: LocalTime): string | undefined {
  const key = name.toLowerCase();
  if (!Object.hasOwn(parts, key)) return undefined;
  return parts[key]?.(new Date(instant.getTime() + offset * 60_000), offset);
}
