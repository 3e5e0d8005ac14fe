import type { Message, Part } from '../../message/types.ts';
import { type Component, formatCalendar, parseCalendar, valueOf } from './ical.ts';

/** Parts with calendar data; a mail has one, sometimes the same again as an attachment. */
const MAX_PARTS = 8;

/**
 * The calendar data of a message, not of messages within it; undefined when there is none, and a text when it cannot be
 * used. Several parts must say the same (RFC 9671 §4).
 */
export function calendarOf(message: Message): Component | string | undefined {
  const parts = [...own(message.root)].filter(({ type }) => type === 'text/calendar');
  if (parts.length > MAX_PARTS) return 'the mail has too many parts with calendar data';
  let first: { calendar: Component; text: string } | undefined;
  for (const part of parts) {
    const calendar = parseCalendar(part.text);
    if (typeof calendar === 'string') return calendar;
    // RFC 6047 §2.4: the parameter says the same as the property.
    const method = part.parameters.get('method');
    if (method !== undefined && method.toUpperCase() !== valueOf(calendar, 'METHOD').toUpperCase())
      return 'the method of the part is not that of the calendar data';
    const text = formatCalendar(calendar);
    if (first !== undefined && first.text !== text) return 'the mail has parts with different calendar data';
    first ??= { calendar, text };
  }
  return first?.calendar;
}

function* own(part: Part): Generator<Part> {
  yield part;
  if (part.type !== 'message/rfc822' && part.type !== 'message/global')
    for (const child of part.children) yield* own(child);
}
