/** Time zones as scripts name them: offsets from UTC (RFC 5260 §4), and names of the IANA database. */

/** Minutes east of UTC of `+hhmm` or `-hhmm` (RFC 5260 §4, as in RFC 5322 §3.3); undefined for anything else. */
export function parseOffset(text: string): number | undefined {
  const match = /^([+-])(\d\d)([0-5]\d)$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/** Making one takes some 50 µs, and a server uses few. */
const formats = new Map<string, Intl.DateTimeFormat>();
/** There are some 450 zones, and as many old names of them. */
const MAX_FORMATS = 1000;

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      timeZoneName: 'longOffset',
      year: 'numeric',
    });
  } catch {
    return undefined;
  }
  if (formats.size >= MAX_FORMATS) formats.clear();
  formats.set(zone, format);
  return format;
}

/** Whether that is the name of a time zone, as `Europe/Berlin`. */
export function isZone(zone: string): boolean {
  return zone.length <= 64 && formatOf(zone) !== undefined;
}

/** Minutes east of UTC at that time in a zone of the IANA database; 0 when there is no such zone. */
export function offsetIn(zone: string, time: Date): number {
  if (zone === 'UTC') return 0;
  // `1/2026, GMT+05:30`; zones of long ago have seconds, which are left out.
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(formatOf(zone)?.format(time) ?? '');
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
