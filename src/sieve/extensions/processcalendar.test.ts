import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { CalendarChange } from '../calendar/types.ts';
import type { Answer, CalendarAction, Question, RunOptions } from '../types.ts';

/** The calendars of one user, in memory. */
class Calendars {
  readonly objects = new Map<string, { data: string; calendar: string }>();

  find(uid: string): Promise<string | undefined> {
    return Promise.resolve(this.now(uid));
  }

  apply(change: CalendarChange): Promise<void> {
    if (change.kind === 'remove') this.objects.delete(change.uid);
    else {
      const calendar = change.calendar ?? this.objects.get(change.uid)?.calendar ?? 'default';
      this.objects.set(change.uid, { data: change.data, calendar });
    }
    return Promise.resolve();
  }

  now(uid: string): string | undefined {
    return this.objects.get(uid)?.data;
  }

  /** What is stored, unfolded, one line each. */
  lines(uid = 'meeting'): string[] {
    return (this.now(uid) ?? '').replace(/\r\n /g, '').split('\r\n').slice(0, -1);
  }

  /** Runs a script on a mail and does what it says, as a delivery does. */
  deliver(raw: Uint8Array, source = 'processcalendar;', options?: RunOptions): CalendarAction {
    const script = compiled(`require ["processcalendar", "variables", "extlists", "fileinto"];\n${source}`, {
      available: ['processcalendar'],
    });
    const answer = (question: Question): Answer => {
      if (question.ask === 'calendar-find') return this.now(question.uid);
      if (question.ask === 'list-contains')
        return question.list === 'tag:bosses' ? question.value === 'boss@x' : undefined;
      return undefined;
    };
    const { actions, error } = runNow(script, runInput(raw), options, answer);
    const action = actions.find(({ type }) => type === 'processcalendar');
    if (action?.type !== 'processcalendar') throw new Error(error?.text ?? 'not processed');
    if (action.change !== undefined) void this.apply(action.change);
    return action;
  }
}

interface Meeting {
  method?: string | undefined;
  from?: string;
  /** Lines of components. */
  events: readonly (readonly string[])[];
  contentType?: string;
}

const ORGANIZER = 'ORGANIZER;CN="The Boss":mailto:boss@x';
const ME = 'ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:Me@Example.com';

const event = (...lines: string[]): string[] => ['UID:meeting', ORGANIZER, ME, ...lines];
const meeting = event('DTSTAMP:20240101T000000Z', 'DTSTART:20240301T100000Z', 'SUMMARY:Plan', 'SEQUENCE:1');

function calendarText(method: string | undefined, events: Meeting['events']): string[] {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    ...(method === undefined ? [] : [`METHOD:${method}`]),
    ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ];
}

function invitation({ method = 'REQUEST', from = 'boss@x', events, contentType }: Meeting): Uint8Array {
  const type = contentType ?? `text/calendar; charset=utf-8; method=${method}`;
  return mail(`From: ${from}`, `Content-Type: ${type}`, '', ...calendarText(method, events));
}

const request = (...events: string[][]): Uint8Array => invitation({ events });
const invited = (...events: string[][]): Calendars => {
  const calendars = new Calendars();
  calendars.deliver(request(...(events.length === 0 ? [meeting] : events)));
  return calendars;
};
const outcomeOf = ({ outcome, reason }: CalendarAction): string =>
  reason === '' ? outcome : `${outcome}: ${reason}`;
const with_ = (lines: readonly string[], ...changes: string[]): string[] => [
  ...lines.filter((line) => !changes.some((change) => line.split(/[:;]/)[0] === change.split(/[:;]/)[0])),
  ...changes,
];

describe('invitations (RFC 5546 §3.2.2)', () => {
  test('are added, without their method', () => {
    const calendars = new Calendars();
    expect(outcomeOf(calendars.deliver(request(meeting)))).toBe('added');
    expect(calendars.lines()).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'BEGIN:VEVENT',
      ...meeting,
      'END:VEVENT',
      'END:VCALENDAR',
    ]);
    expect(calendars.objects.get('meeting')?.calendar).toBe('default');
  });

  test('are updated; the answer stays while the time does, alarms stay anyway', () => {
    const calendars = invited();
    const answered = calendars.now('meeting')?.replace('NEEDS-ACTION', 'ACCEPTED') ?? '';
    const data = answered.replace('END:VEVENT', 'BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT');
    calendars.objects.set('meeting', { data, calendar: 'work' });
    expect(outcomeOf(calendars.deliver(request(with_(meeting, 'SEQUENCE:2', 'SUMMARY:New'))))).toBe(
      'updated',
    );
    expect(calendars.lines()).toContain('SUMMARY:New');
    expect(calendars.lines()).toContain('ATTENDEE;RSVP=TRUE;PARTSTAT=ACCEPTED:mailto:Me@Example.com');
    expect(calendars.lines()).toContain('TRIGGER:-PT5M');
    expect(calendars.objects.get('meeting')?.calendar).toBe('work');
    calendars.deliver(request(with_(meeting, 'SEQUENCE:3', 'DTSTART:20240302T100000Z')));
    expect(calendars.lines()).toContain(ME);
    expect(calendars.lines()).toContain('TRIGGER:-PT5M');
  });

  test('older versions change nothing (RFC 5546 §2.1.5)', () => {
    const calendars = invited();
    const older = [with_(meeting, 'SEQUENCE:0'), with_(meeting, 'DTSTAMP:20230101T000000Z')];
    for (const lines of older)
      expect(outcomeOf(calendars.deliver(request(lines)))).toBe(
        'no_action: the calendar has a newer version',
      );
    expect(outcomeOf(calendars.deliver(request(meeting)))).toBe('updated');
  });

  test('instances of a series', () => {
    const series = [...meeting, 'RRULE:FREQ=DAILY'];
    const instance = (day: number, ...more: string[]): string[] =>
      with_(meeting, `RECURRENCE-ID:2024030${day}T100000Z`, ...more);
    const calendars = invited(series, instance(2, 'SUMMARY:Second'));
    expect(outcomeOf(calendars.deliver(request(instance(3, 'SUMMARY:Third'))))).toBe('updated');
    expect(calendars.lines().filter((line) => line.startsWith('SUMMARY'))).toEqual([
      'SUMMARY:Third',
      'SUMMARY:Plan',
      'SUMMARY:Second',
    ]);
    calendars.deliver(request(with_(series, 'SUMMARY:Renamed')));
    expect(calendars.lines().filter((line) => line.startsWith('SUMMARY'))).toHaveLength(3);
    calendars.deliver(request(with_(series, 'SEQUENCE:2')));
    expect(calendars.lines().filter((line) => line.startsWith('SUMMARY'))).toEqual(['SUMMARY:Plan']);
  });

  test('more instances (RFC 5546 §3.2.4)', () => {
    const calendars = invited([...meeting, 'RRULE:FREQ=WEEKLY']);
    const extra = invitation({ method: 'ADD', events: [with_(meeting, 'DTSTART:20240305T100000Z')] });
    expect(outcomeOf(calendars.deliver(extra))).toBe('updated');
    expect(calendars.lines()).toContain('RDATE:20240305T100000Z');
    expect(calendars.lines()).toContain('RECURRENCE-ID:20240305T100000Z');
    expect(outcomeOf(calendars.deliver(extra))).toBe('no_action: the instances are there already');
    expect(outcomeOf(new Calendars().deliver(extra))).toBe('no_action: there is nothing to add to');
  });

  test('only for the user, and only from the organizer', () => {
    const result = (raw: Uint8Array, source?: string): string =>
      outcomeOf(new Calendars().deliver(raw, source));
    const other = meeting.map((line) => line.replace('Me@Example.com', 'you@example.com'));
    expect(result(request(other))).toBe('no_action: the user is not invited');
    expect(result(request(other), 'processcalendar :addresses "You@example.com";')).toBe('added');
    expect(result(invitation({ events: [meeting], from: 'evil@x' }))).toBe(
      'no_action: the mail is not from the organizer',
    );
    const secretary = with_(meeting, 'ORGANIZER;SENT-BY="mailto:sec@x":mailto:boss@x');
    expect(result(invitation({ events: [secretary], from: 'Sec <sec@x>' }))).toBe('added');
    expect(result(request(meeting.filter((line) => line !== ORGANIZER)))).toBe(
      'no_action: there is no organizer',
    );
    expect(result(request(with_(meeting, 'ORGANIZER:mailto:me@example.com')))).toBe(
      'no_action: the user is the organizer',
    );
    const taken = invitation({
      events: [with_(meeting, 'ORGANIZER:mailto:evil@x', 'SEQUENCE:9')],
      from: 'evil@x',
    });
    expect(outcomeOf(invited().deliver(taken))).toBe('no_action: the organizer is another one');
  });
});

describe('cancelling (RFC 5546 §3.2.5)', () => {
  const cancel = (...lines: string[]): Uint8Array =>
    invitation({ method: 'CANCEL', events: [with_(meeting, ...lines)] });
  test('the whole', () => {
    const calendars = invited();
    expect(outcomeOf(calendars.deliver(cancel('SEQUENCE:2')))).toBe('cancelled');
    expect(calendars.lines()).toEqual(
      expect.arrayContaining(['STATUS:CANCELLED', 'SEQUENCE:2', 'SUMMARY:Plan']),
    );
    expect(outcomeOf(calendars.deliver(cancel('SEQUENCE:2'), 'processcalendar :deletecancelled;'))).toBe(
      'cancelled',
    );
    expect(calendars.objects.size).toBe(0);
    expect(outcomeOf(calendars.deliver(cancel()))).toBe(
      'no_action: what is cancelled is not in the calendar',
    );
  });
  test('an instance', () => {
    const series = [...meeting, 'RRULE:FREQ=DAILY'];
    const gone = cancel('RECURRENCE-ID;TZID=Europe/Rome:20240302T100000', 'SEQUENCE:2');
    const marked = invited(series);
    expect(outcomeOf(marked.deliver(gone))).toBe('cancelled');
    expect(marked.lines().filter((line) => /^(?:STATUS|RECURRENCE-ID|EXDATE)/.test(line))).toEqual([
      'RECURRENCE-ID;TZID=Europe/Rome:20240302T100000',
      'STATUS:CANCELLED',
    ]);
    const deleted = invited(series);
    deleted.deliver(gone, 'processcalendar :deletecancelled;');
    expect(deleted.lines()).toContain('EXDATE;TZID=Europe/Rome:20240302T100000');
    expect(deleted.lines().filter((line) => line === 'BEGIN:VEVENT')).toHaveLength(1);
  });
  test('not by others, not of others, not late', () => {
    const calendars = invited();
    const evil = invitation({ method: 'CANCEL', events: [with_(meeting, 'SEQUENCE:2')], from: 'evil@x' });
    expect(outcomeOf(calendars.deliver(evil))).toBe('no_action: the mail is not from the organizer');
    expect(outcomeOf(calendars.deliver(cancel('SEQUENCE:0')))).toBe(
      'no_action: the calendar has a newer version',
    );
    expect(outcomeOf(calendars.deliver(cancel('ATTENDEE:mailto:you@x')))).toBe(
      'no_action: others are no longer invited',
    );
    expect(calendars.lines()).not.toContain('STATUS:CANCELLED');
  });
});

describe('answers (RFC 5546 §3.2.3)', () => {
  const mine = [
    'UID:meeting',
    'ORGANIZER:mailto:me@example.com',
    'ATTENDEE;CN=A;PARTSTAT=NEEDS-ACTION:mailto:a@x',
  ];
  const own = (): Calendars => {
    const calendars = new Calendars();
    calendars.objects.set('meeting', {
      data: calendarText(undefined, [mine]).join('\r\n'),
      calendar: 'default',
    });
    return calendars;
  };
  const reply = (from: string, attendee = 'ATTENDEE;PARTSTAT=accepted:mailto:A@x'): Uint8Array =>
    invitation({ method: 'REPLY', from, events: [with_(mine, attendee)] });
  test('of those who are invited', () => {
    const calendars = own();
    expect(outcomeOf(calendars.deliver(reply('a@x')))).toBe('updated');
    expect(calendars.lines()).toContain('ATTENDEE;CN=A;PARTSTAT=ACCEPTED:mailto:a@x');
  });
  test('not of others, not to others', () => {
    expect(outcomeOf(own().deliver(reply('evil@x')))).toBe(
      'no_action: the answer is of nobody who is invited',
    );
    expect(outcomeOf(own().deliver(reply('b@x', 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@x')))).toBe(
      'no_action: the answer is of nobody who is invited',
    );
    expect(outcomeOf(invited().deliver(reply('a@x')))).toBe('no_action: the user is not the organizer');
    expect(outcomeOf(new Calendars().deliver(reply('a@x')))).toBe(
      'no_action: what is answered is not in the calendar',
    );
    const calendars = own();
    calendars.deliver(reply('a@x', 'ATTENDEE;PARTSTAT="X\r\n Y:Z":mailto:a@x'));
    expect(calendars.lines()).toContain('ATTENDEE;CN=A;PARTSTAT=NEEDS-ACTION:mailto:a@x');
  });
});

describe('tags (RFC 9671 §4)', () => {
  const published = [['UID:meeting', 'DTSTART:20240301', 'SUMMARY:Holiday']];
  test(':allowpublic', () => {
    for (const raw of [
      invitation({ method: 'PUBLISH', events: published }),
      mail('Content-Type: text/calendar', '', ...calendarText(undefined, published)),
    ]) {
      const calendars = new Calendars();
      expect(outcomeOf(calendars.deliver(raw))).toBe('no_action: the calendar data is no invitation');
      expect(outcomeOf(calendars.deliver(raw, 'processcalendar :allowpublic;'))).toBe('added');
      expect(outcomeOf(calendars.deliver(raw, 'processcalendar :allowpublic;'))).toBe('updated');
    }
    const over = invitation({ method: 'PUBLISH', events: [with_(meeting, 'ORGANIZER:mailto:evil@x')] });
    expect(outcomeOf(invited().deliver(over, 'processcalendar :allowpublic;'))).toBe(
      'no_action: the organizer is another one',
    );
  });
  test(':updatesonly', () => {
    expect(outcomeOf(new Calendars().deliver(request(meeting), 'processcalendar :updatesonly;'))).toBe(
      'no_action: it is not an update',
    );
    expect(outcomeOf(invited().deliver(request(meeting), 'processcalendar :updatesonly;'))).toBe('updated');
  });
  test(':calendarid, for what is new', () => {
    const calendars = new Calendars();
    calendars.deliver(request(meeting), 'processcalendar :calendarid "1ea6d86b";');
    calendars.deliver(request(meeting), 'processcalendar :calendarid "other";');
    expect(calendars.objects.get('meeting')?.calendar).toBe('1ea6d86b');
  });
  test(':organizers', () => {
    const source = 'processcalendar :organizers "tag:bosses";';
    expect(outcomeOf(new Calendars().deliver(request(meeting), source))).toBe('added');
    const other = invitation({ events: [with_(meeting, 'ORGANIZER:mailto:evil@x')], from: 'evil@x' });
    expect(outcomeOf(new Calendars().deliver(other, source))).toBe(
      'no_action: the organizer is not in the list',
    );
    expect(() => new Calendars().deliver(request(meeting), 'processcalendar :organizers "none";')).toThrow(
      'external list "none" is not known here',
    );
  });
  test(':outcome and :reason are variables', () => {
    const script = compiled(
      'require ["processcalendar", "variables", "fileinto"]; processcalendar :outcome "o" :reason "r"; fileinto "${o} ${r}";',
      { available: ['processcalendar'] },
    );
    const filed = (raw: Uint8Array): unknown => runNow(script, runInput(raw)).actions[1];
    expect(filed(request(meeting))).toMatchObject({ mailbox: 'added ' });
    expect(filed(mail('Subject: x', '', ''))).toMatchObject({
      mailbox: 'no_action the mail has no calendar data',
    });
  });
  test('beside other actions (RFC 9671 §4.9)', () => {
    const types = (source: string): string[] =>
      runNow(
        compiled(`require ["processcalendar", "reject"]; ${source}`, { available: ['processcalendar'] }),
        runInput(request(meeting)),
      ).actions.map(({ type }) => type);
    expect(types('processcalendar;')).toEqual(['processcalendar', 'keep']);
    expect(types('processcalendar; discard;')).toEqual(['processcalendar', 'discard']);
    expect(types('processcalendar; processcalendar;')).toEqual(['keep']);
    expect(types('processcalendar; reject "no";')).toEqual(['keep']);
  });
});

describe('calendar data that cannot be used', () => {
  const result = (raw: Uint8Array): string => outcomeOf(new Calendars().deliver(raw));
  test('is an error', () => {
    const body = (...lines: string[]): Uint8Array =>
      mail('From: boss@x', 'Content-Type: text/calendar', '', ...lines);
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [body('hello'), 'the calendar data has a line that is none: "hello"'],
      [body('X:y'), 'the calendar data has "X" outside of a component'],
      [body('BEGIN:VEVENT', 'END:VEVENT'), 'the calendar data is not one VCALENDAR'],
      [body('BEGIN:VCALENDAR'), 'the calendar data is not one VCALENDAR'],
      [body('BEGIN:VCALENDAR', 'END:VEVENT'), 'the calendar data ends "VEVENT" wrongly'],
      [body('END:VCALENDAR'), 'the calendar data ends "VCALENDAR" wrongly'],
      [body(...'BEGIN:A '.repeat(9).trim().split(' ')), 'the calendar data is nested too deeply'],
      [body('X:\r\n'.repeat(20_001)), 'the calendar data has too many lines'],
      [body('X'.repeat(1024 * 1024 + 1)), 'the calendar data is too large'],
      [body(...calendarText('REQUEST', [])), 'the calendar data is not of one object'],
      [request(meeting, with_(meeting, 'UID:another')), 'the calendar data is not of one object'],
      [
        invitation({ events: [meeting], contentType: 'text/calendar; method=PUBLISH' }),
        'the method of the part is not that of the calendar data',
      ],
    ];
    for (const [raw, reason] of cases) expect(result(raw)).toBe(`error: ${reason}`);
    const calendars = new Calendars();
    calendars.objects.set('meeting', { data: 'odd', calendar: 'x' });
    expect(outcomeOf(calendars.deliver(request(meeting)))).toContain(
      'what is in the calendar cannot be read',
    );
  });

  test('methods that change nothing', () => {
    for (const method of ['COUNTER', 'REFRESH', 'DECLINECOUNTER'])
      expect(result(invitation({ method, events: [meeting] }))).toBe(
        `no_action: method ${method} changes nothing`,
      );
  });

  test('several parts must say the same; messages within the message do not count', () => {
    const part = (text: readonly string[]): string[] => ['--b', 'Content-Type: text/calendar', '', ...text];
    const multipart = (...parts: string[][]): Uint8Array =>
      mail('From: boss@x', 'Content-Type: multipart/mixed; boundary=b', '', ...parts.flat(), '--b--', '');
    const text = calendarText('REQUEST', [meeting]);
    expect(result(multipart(part(text), part(text)))).toBe('added');
    expect(result(multipart(part(text), part(calendarText('REQUEST', [with_(meeting, 'SEQUENCE:5')]))))).toBe(
      'error: the mail has parts with different calendar data',
    );
    expect(result(multipart(...Array.from({ length: 9 }, () => part(text))))).toBe(
      'error: the mail has too many parts with calendar data',
    );
    const nested = ['--b', 'Content-Type: message/rfc822', '', 'Content-Type: text/calendar', '', ...text];
    expect(result(multipart(nested))).toBe('no_action: the mail has no calendar data');
  });

  test('long lines and lines with line ends within are folded as they were', () => {
    const summary = `SUMMARY:${'ü'.repeat(200)}`;
    const calendars = new Calendars();
    calendars.deliver(request(with_(meeting, summary)));
    expect(calendars.lines()).toContain(summary);
    for (const line of (calendars.now('meeting') ?? '').split('\r\n'))
      expect(Buffer.byteLength(line)).toBeLessThan(76);
  });
});

test('errors', () => {
  const available = { available: ['processcalendar'] };
  expect(faults('require "processcalendar";\nprocesscalendar;')).toContain(
    '1:9 error: capability "processcalendar" cannot be used here: no calendar store is configured',
  );
  const cases: Readonly<Record<string, string>> = {
    'processcalendar :updatesonly :calendarid "x";':
      '2:30 error: processcalendar: :calendarid cannot be used together with :updatesonly',
    'processcalendar :outcome "o";': '2:26 error: processcalendar: tag :outcome needs require "variables"',
    'processcalendar :organizers "o";':
      '2:29 error: processcalendar: tag :organizers needs require "extlists"',
    'processcalendar :addresses "me";': '2:28 error: processcalendar: :addresses "me" is not an address',
    'processcalendar "x";': '2:17 error: processcalendar: takes no arguments',
  };
  for (const [source, expected] of Object.entries(cases))
    expect(faults(`require "processcalendar";\n${source}`, available)).toContain(expected);
  expect(
    faults('require ["processcalendar", "variables"];\nprocesscalendar :reason "1";', available)[0],
  ).toContain('match variable "1" cannot be set');
});
