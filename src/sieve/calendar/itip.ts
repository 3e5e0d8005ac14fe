/** What a scheduling message does to a calendar (RFC 5546, iTIP). Pure: old object and message in, new object out. */
import {
  calendarAddress,
  type Component,
  formatCalendar,
  parameter,
  type Property,
  property,
  valueOf,
  withProperty,
} from './ical.ts';
import type { CalendarChange, CalendarOutcome } from './types.ts';

export interface ItipInput {
  /** The VCALENDAR of the message. */
  readonly incoming: Component;
  /** The object of the same UID that the user has. */
  readonly stored: Component | undefined;
  /** Addresses of the user, and of who sent the message, lower-case. */
  readonly owner: ReadonlySet<string>;
  readonly senders: ReadonlySet<string>;
  readonly allowPublic: boolean;
  readonly updatesOnly: boolean;
  readonly deleteCancelled: boolean;
  readonly calendar: string | undefined;
}

export interface ItipResult {
  readonly outcome: CalendarOutcome;
  /** Why nothing was done; '' otherwise. */
  readonly reason: string;
  readonly change?: CalendarChange;
}

const SCHEDULED = new Set(['VEVENT', 'VTODO', 'VJOURNAL']);

const scheduled = ({ components }: Component): readonly Component[] =>
  components.filter(({ name }) => SCHEDULED.has(name));

/** The one UID of all that is scheduled; undefined when there is none, or several. */
export function uidOf(calendar: Component): string | undefined {
  const [uid, ...others] = new Set(scheduled(calendar).map((component) => valueOf(component, 'UID')));
  return others.length === 0 && uid !== '' ? uid : undefined;
}

/** Addresses of the organizers of all that is scheduled, lower-case. */
export function organizersOf(calendar: Component): string[] {
  return [...new Set(scheduled(calendar).map((component) => organizer(component)))];
}

const organizer = (component: Component): string => calendarAddress(valueOf(component, 'ORGANIZER'));

const attendees = ({ properties }: Component): readonly Property[] =>
  properties.filter(({ name }) => name === 'ATTENDEE');

const addressOf = ({ value }: Property): string => calendarAddress(value);

/** Names an instance of a series; '' for the series itself (RFC 5545 §3.8.4.4). */
function instance(component: Component): string {
  const id = property(component, 'RECURRENCE-ID');
  return id === undefined ? '' : `${id.value.trim()} ${parameter(id, 'TZID')}`;
}

const nothing = (reason: string): ItipResult => ({ outcome: 'no_action', reason });

/** What is to be done. */
export function processItip(input: ItipInput): ItipResult {
  const { incoming, allowPublic } = input;
  const method = valueOf(incoming, 'METHOD').toUpperCase();
  switch (method) {
    // RFC 9671 §4.1: data that is no invitation is only taken when the script says so.
    case '':
    case 'PUBLISH':
      return allowPublic ? publish(input) : nothing('the calendar data is no invitation');
    case 'REQUEST':
      return request(input);
    case 'ADD':
      return addInstances(input);
    case 'CANCEL':
      return cancel(input);
    case 'REPLY':
      return reply(input);
    default:
      return nothing(`method ${method.slice(0, 40)} changes nothing`);
  }
}

function publish(input: ItipInput): ItipResult {
  const { incoming, stored } = input;
  const why = stored === undefined ? undefined : (whyOther(incoming, stored) ?? whyOlder(incoming, stored));
  return why === undefined ? store(input) : nothing(why);
}

/** RFC 5546 §3.2.2. */
function request(input: ItipInput): ItipResult {
  const { incoming, stored, owner } = input;
  if (scheduled(incoming).some((component) => owner.has(organizer(component))))
    return nothing('the user is the organizer');
  if (!isInvited(incoming, owner)) return nothing('the user is not invited');
  const why = whyNotFromOrganizer(input) ?? (stored === undefined ? undefined : whyOlder(incoming, stored));
  return why === undefined ? store(input) : nothing(why);
}

/** RFC 5546 §3.2.4: more instances of a series that is there. */
function addInstances(input: ItipInput): ItipResult {
  const { incoming, stored, owner } = input;
  if (stored === undefined) return nothing('there is nothing to add to');
  if (!isInvited(incoming, owner)) return nothing('the user is not invited');
  const why = whyNotFromOrganizer(input);
  if (why !== undefined) return nothing(why);
  const known = new Set(scheduled(stored).map(instance));
  const more = scheduled(incoming).flatMap((component) => {
    const start = property(component, 'DTSTART');
    if (start === undefined) return [];
    const added = withProperty(component, { ...start, name: 'RECURRENCE-ID' });
    return known.has(instance(added)) ? [] : [{ start, added }];
  });
  if (more.length === 0) return nothing('the instances are there already');
  const dates = more.map(({ start }) => ({ ...start, name: 'RDATE' }));
  return put(input, 'updated', {
    ...stored,
    components: [
      ...stored.components.map((component) =>
        SCHEDULED.has(component.name) && instance(component) === ''
          ? { ...component, properties: [...component.properties, ...dates] }
          : component,
      ),
      ...more.map(({ added }) => added),
    ],
  });
}

/** RFC 5546 §3.2.5. */
function cancel(input: ItipInput): ItipResult {
  const { incoming, stored, owner, deleteCancelled } = input;
  if (stored === undefined) return nothing('what is cancelled is not in the calendar');
  const listed = scheduled(incoming).flatMap(attendees);
  if (listed.length > 0 && !isInvited(incoming, owner)) return nothing('others are no longer invited');
  const why = whyNotFromOrganizer(input) ?? whyOlder(incoming, stored);
  if (why !== undefined) return nothing(why);
  const whole = scheduled(incoming).some((component) => instance(component) === '');
  if (whole && deleteCancelled) {
    const uid = uidOf(stored) ?? '';
    return { outcome: 'cancelled', reason: '', change: { kind: 'remove', uid } };
  }
  const components = whole
    ? stored.components.map((component) =>
        SCHEDULED.has(component.name) ? markCancelled(component, incoming) : component,
      )
    : cancelInstances(stored, incoming, deleteCancelled);
  return put(input, 'cancelled', { ...stored, components });
}

function markCancelled(component: Component, incoming: Component): Component {
  const sequence = scheduled(incoming).map((other) => property(other, 'SEQUENCE'))[0];
  const marked = withProperty(component, { name: 'STATUS', parameters: '', value: 'CANCELLED' });
  return sequence === undefined ? marked : withProperty(marked, sequence);
}

/** Some instances of a series: they stay as cancelled ones, or become exceptions of the series (RFC 9671 §4.5). */
function cancelInstances(stored: Component, incoming: Component, remove: boolean): Component[] {
  const gone = new Map(scheduled(incoming).map((component) => [instance(component), component]));
  const kept = stored.components.filter(
    (component) => !SCHEDULED.has(component.name) || !gone.has(instance(component)),
  );
  const cancelled = [...gone.values()];
  if (!remove)
    return [
      ...kept,
      ...cancelled.map((component) => markCancelled(known(stored, component) ?? component, incoming)),
    ];
  const exceptions = cancelled.flatMap((component) => {
    const id = property(component, 'RECURRENCE-ID');
    return id === undefined ? [] : [{ ...id, name: 'EXDATE' }];
  });
  return kept.map((component) =>
    SCHEDULED.has(component.name) && instance(component) === ''
      ? { ...component, properties: [...component.properties, ...exceptions] }
      : component,
  );
}

const known = (stored: Component, component: Component): Component | undefined =>
  scheduled(stored).find((candidate) => instance(candidate) === instance(component));

/** RFC 5546 §3.2.3: an answer to an invitation of the user. */
function reply(input: ItipInput): ItipResult {
  const { incoming, stored, owner, senders } = input;
  if (stored === undefined) return nothing('what is answered is not in the calendar');
  if (!scheduled(stored).every((component) => owner.has(organizer(component))))
    return nothing('the user is not the organizer');
  let changed = false;
  const components = stored.components.map((component) => {
    const answer = SCHEDULED.has(component.name) ? known(incoming, component) : undefined;
    const [said] = answer === undefined ? [] : attendees(answer);
    if (said === undefined || !senders.has(addressOf(said))) return component;
    const properties = component.properties.map((candidate) => {
      if (candidate.name !== 'ATTENDEE' || addressOf(candidate) !== addressOf(said)) return candidate;
      changed = true;
      return withPartstat(candidate, parameter(said, 'PARTSTAT'));
    });
    return { ...component, properties };
  });
  if (!changed) return nothing('the answer is of nobody who is invited');
  return put(input, 'updated', { ...stored, components });
}

function withPartstat(attendee: Property, partstat: string): Property {
  if (!/^[a-z0-9-]+$/i.test(partstat)) return attendee;
  const others = attendee.parameters.replace(/;PARTSTAT=(?:"[^"]*"|[^";:]*)/gi, '');
  return { ...attendee, parameters: `${others};PARTSTAT=${partstat.toUpperCase()}` };
}

function isInvited(calendar: Component, owner: ReadonlySet<string>): boolean {
  return scheduled(calendar).some((component) =>
    attendees(component).some((one) => owner.has(addressOf(one))),
  );
}

/** Nobody but the organizer changes a meeting: who sent the mail must be him, or act for him (RFC 6047 §3). */
function whyNotFromOrganizer({ incoming, stored, senders }: ItipInput): string | undefined {
  for (const component of scheduled(incoming)) {
    const field = property(component, 'ORGANIZER');
    if (field === undefined) return 'there is no organizer';
    const allowed = [addressOf(field), calendarAddress(parameter(field, 'SENT-BY'))];
    if (!allowed.some((address) => address !== '' && senders.has(address)))
      return 'the mail is not from the organizer';
  }
  return stored === undefined ? undefined : whyOther(incoming, stored);
}

function whyOther(incoming: Component, stored: Component): string | undefined {
  const before = organizersOf(stored);
  return organizersOf(incoming).every((address) => before.includes(address))
    ? undefined
    : 'the organizer is another one';
}

/** RFC 5546 §2.1.5: a lower SEQUENCE, or the same with an older DTSTAMP. */
function whyOlder(incoming: Component, stored: Component): string | undefined {
  const older = scheduled(incoming).every((component) => {
    const old = known(stored, component);
    if (old === undefined) return false;
    const [now, before] = [sequence(component), sequence(old)];
    return now < before || (now === before && valueOf(component, 'DTSTAMP') < valueOf(old, 'DTSTAMP'));
  });
  return older ? 'the calendar has a newer version' : undefined;
}

const sequence = (component: Component): number => Number.parseInt(valueOf(component, 'SEQUENCE'), 10) || 0;

/** Adds what is new; of what is there, only the instances that came are replaced. */
function store(input: ItipInput): ItipResult {
  const { incoming, stored, updatesOnly, owner } = input;
  const bare = { ...incoming, properties: incoming.properties.filter(({ name }) => name !== 'METHOD') };
  if (stored === undefined) return updatesOnly ? nothing('it is not an update') : put(input, 'added', bare);
  const came = new Set(scheduled(incoming).map(instance));
  const merged = {
    ...bare,
    components: [
      ...bare.components.map((component) => keepOwn(component, stored, owner)),
      // The series and its other instances, and the time zones they use.
      ...stored.components.filter((component) =>
        SCHEDULED.has(component.name)
          ? !came.has(instance(component)) && (!came.has('') || sameSequence(incoming, component))
          : !bare.components.some((other) => sameZone(other, component)),
      ),
    ],
  };
  return put(input, 'updated', merged);
}

/** A new version of the series does away with the changes to its instances. */
function sameSequence(incoming: Component, component: Component): boolean {
  const series = scheduled(incoming).find((candidate) => instance(candidate) === '');
  return series === undefined || sequence(series) <= sequence(component);
}

function sameZone(one: Component, other: Component): boolean {
  return one.name === other.name && valueOf(one, 'TZID') === valueOf(other, 'TZID');
}

/** The user's alarms, and his answer when the time is the same (RFC 5546 §2.1.4). */
function keepOwn(component: Component, stored: Component, owner: ReadonlySet<string>): Component {
  const old = SCHEDULED.has(component.name) ? known(stored, component) : undefined;
  if (old === undefined) return component;
  const alarms = old.components.filter(({ name }) => name === 'VALARM');
  const others = component.components.filter(({ name }) => name !== 'VALARM' || alarms.length === 0);
  const same = ['DTSTART', 'DTEND', 'DURATION', 'DUE', 'RRULE'].every(
    (name) => valueOf(component, name) === valueOf(old, name),
  );
  const answer = attendees(old).find((one) => owner.has(addressOf(one)));
  const partstat = answer === undefined ? '' : parameter(answer, 'PARTSTAT');
  const properties = component.properties.map((candidate) =>
    same && partstat !== '' && candidate.name === 'ATTENDEE' && owner.has(addressOf(candidate))
      ? withPartstat(candidate, partstat)
      : candidate,
  );
  return { ...component, properties, components: [...others, ...alarms] };
}

function put(input: ItipInput, outcome: CalendarOutcome, calendar: Component): ItipResult {
  const uid = uidOf(calendar) ?? '';
  const data = formatCalendar(calendar);
  const where = outcome === 'added' && input.calendar !== undefined ? { calendar: input.calendar } : {};
  return { outcome, reason: '', change: { kind: 'put', uid, data, ...where } };
}
