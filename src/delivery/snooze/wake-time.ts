import { offsetIn } from '../../sieve/time-zone.ts';
import type { SnoozeAction } from '../../sieve/types.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * When a message comes back: the first of the times on one of the days, by the clocks of the zone, that is later than
 * `now`. All in milliseconds since the epoch. A time that a change of the clocks leaves out counts as if they had not been
 * changed.
 */
export function wakeTime(
  { times, weekdays, zone }: Pick<SnoozeAction, 'times' | 'weekdays' | 'zone'>,
  localZone: string,
  now: number,
): number {
  const where = zone ?? localZone;
  const today = Math.floor((now + offsetAt(where, now)) / DAY) * DAY;
  // Today's times may be over, so that the same day of the next week counts, too.
  for (let day = 0; day <= 7; day++) {
    const date = today + day * DAY;
    if (!weekdays.includes(new Date(date).getUTCDay())) continue;
    const found = times.map((time) => instant(date + timeOfDay(time), where)).filter((time) => time > now);
    if (found.length > 0) return Math.min(...found);
  }
  // Only when nothing is named at all, which scripts cannot say.
  return now;
}

const offsetAt = (zone: string, time: number): number => offsetIn(zone, new Date(time)) * MINUTE;

/** `hh:mm:ss` as milliseconds. */
function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** The time at which clocks of the zone show what clocks of UTC show at `wall`. */
function instant(wall: number, zone: string): number {
  // The offset is that of the day before where the clocks are changed between the two.
  const guess = wall - offsetAt(zone, wall);
  const time = wall - offsetAt(zone, guess);
  return time + offsetAt(zone, time) === wall ? time : wall - offsetAt(zone, wall - DAY);
}
