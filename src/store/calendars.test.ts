import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatCalendar, parseCalendar } from '../sieve/calendar/ical.ts';
import { uidOf } from '../sieve/calendar/itip.ts';
import { calendarFileName, isCalendarName } from './calendar-file.ts';
import { defaultCalendarSettings } from './calendar-settings.ts';
import { type CalendarsOptions, createCalendars } from './calendars.ts';
import { type Disk, disk } from './durable.ts';
import { StoreError } from './types.ts';

const ANNA = 'anna@here.example';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-calendars-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (more: Partial<CalendarsOptions> = {}) =>
  createCalendars({ settings: { ...defaultCalendarSettings, folder, maxObjects: 5 }, ...more });
const object = (uid: string, summary = 'x'): string =>
  [
    'BEGIN:VCALENDAR',
    'UID:of-the-calendar',
    'BEGIN:VTIMEZONE',
    'TZID:Europe/Berlin',
    'END:VTIMEZONE',
    'BEGIN:VEVENT',
    'BEGIN:VALARM',
    'UID:of-the-alarm',
    'END:VALARM',
    `UID;X-A=b:${uid.slice(0, 3)}`,
    ` ${uid.slice(3)}`,
    `SUMMARY:${summary}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const home = (...path: string[]): string => join(folder, ANNA, ...path);
function put(path: string, text: string): void {
  mkdirSync(home(path, '..'), { recursive: true });
  writeFileSync(home(path), text);
}
const names = (calendar = 'default'): string[] => readdirSync(home(calendar)).sort();
const read = (path: string): string => readFileSync(home(path), 'utf8');

describe('adding', () => {
  test('a new object goes to the default calendar, which is made', async () => {
    const mine = make().open(ANNA);
    expect(await mine.find('one@x')).toBeUndefined();
    const staged = await mine.stage({ kind: 'put', uid: 'one@x', data: object('one@x') });
    expect(names().filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(await staged.commit()).toBe(home('default/one@x.ics'));
    expect(names()).toEqual(['one@x.ics']);
    expect(await make().open(ANNA).find('one@x')).toBe(object('one@x'));
  });

  test('the calendar that is named gets it when it is there', async () => {
    mkdirSync(home('work'), { recursive: true });
    for (const calendar of ['work', 'missing', '../other', '.hidden', 'a/b'])
      await (
        await make()
          .open(ANNA)
          .stage({ kind: 'put', uid: `uid-${calendar}`, data: object('x-x'), calendar })
      ).commit();
    expect(names('work')).toEqual(['uid-work.ics']);
    expect(names().length).toBe(4);
    expect(readdirSync(folder)).toEqual([ANNA]);
  });

  test('an odd UID becomes a file whose name is its hash, and leads nowhere', async () => {
    for (const uid of ['../../etc/passwd', '.', 'a/b', 'ü', 'x'.repeat(500)]) {
      await (
        await make()
          .open(ANNA)
          .stage({ kind: 'put', uid, data: object(`uid${uid}`) })
      ).commit();
      expect(calendarFileName(uid)).toMatch(/^[0-9a-f]{64}\.ics$/);
    }
    expect(names().length).toBe(5);
    expect(readdirSync(folder)).toEqual([ANNA]);
  });

  test('a file that has the name already and holds another object stays', async () => {
    put('default/uid-1.ics', object('another'));
    const mine = make().open(ANNA);
    expect(await mine.find('uid-1')).toBeUndefined();
    await (await mine.stage({ kind: 'put', uid: 'uid-1', data: object('uid-1') })).commit();
    expect(read('default/uid-1.ics')).toBe(object('another'));
    expect(await make().open(ANNA).find('uid-1')).toBe(object('uid-1'));
  });

  test('whatever a calendar says, what was stored under a UID is found by it', async () => {
    const word = fc.string({ unit: fc.constantFrom(...'aZ1-:;="\\, ./é\t'.split('')), maxLength: 8 });
    const parameters = fc.constantFrom('', ';X-A=b', ';X-A="b:c;d"', ';X-A=b,"UID:x";X-B="y"');
    const alarm = ['BEGIN:VALARM', 'UID:inner', 'END:VALARM'];
    const unit = fc.constantFrom(alarm, ['SUMMARY:UID:x'], ['X-UID:x'], ['X-A;X-B=":UID":x']);
    const lines = fc.array(unit, { maxLength: 3 }).map((units) => units.flat());
    let count = 0;
    await fc.assert(
      fc.asyncProperty(word, parameters, lines, lines, async (uid, written, before, after) => {
        const text = [
          'BEGIN:VCALENDAR',
          'UID:calendar',
          'BEGIN:VEVENT',
          ...before,
          `UID${written}:${uid}`,
          ...after,
          'END:VEVENT',
          'END:VCALENDAR',
          '',
        ].join('\r\n');
        const calendar = parseCalendar(text);
        const known = typeof calendar === 'string' ? undefined : uidOf(calendar);
        if (typeof calendar === 'string' || known === undefined) return;
        const account = `${count++}@x`;
        const put = { kind: 'put', uid: known, data: formatCalendar(calendar) } as const;
        await (await make().open(account).stage(put)).commit();
        expect(await make().open(account).find(known)).toBe(put.data);
      }),
      { numRuns: 300 },
    );
    expect(count).toBeGreaterThan(50);
  });

  test('there is room until there are too many', async () => {
    for (let count = 0; count < 5; count++) {
      expect(await make().open(ANNA).hasRoom()).toBe(true);
      put(`${count % 2 === 0 ? 'a' : 'b'}/${count}.ics`, object(`uid-${count}`));
    }
    expect(await make().open(ANNA).hasRoom()).toBe(false);
    expect(await make().open('carl@here.example').hasRoom()).toBe(true);
  });

  test('any name of a calendar is a folder of the account', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'./\\a\0\n~ü'.split('')), maxLength: 6 }), (name) => {
        if (isCalendarName(name)) expect(join('/home', name)).toBe(`/home/${name}`);
        if (isCalendarName(name)) expect(name).not.toMatch(/^\.|[/\\\0\n]/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what other programs have written', () => {
  test('is found by its UID, whatever its file is called', async () => {
    const calendars = make();
    put('home/2024-meeting.ics', object('meeting@there'));
    put('home/broken.ics', 'nothing');
    put('home/.meeting.tmp', object('hidden@there'));
    expect(await calendars.open(ANNA).find('meeting@there')).toBe(object('meeting@there'));
    expect(await calendars.open(ANNA).find('hidden@there')).toBeUndefined();
    // Others come, go, and change.
    put('home/later.ics', object('later@there'));
    expect(await calendars.open(ANNA).find('later@there')).toBe(object('later@there'));
    writeFileSync(home('home/later.ics'), object('other@there'));
    expect(await calendars.open(ANNA).find('later@there')).toBeUndefined();
    expect(await calendars.open(ANNA).find('other@there')).toBe(object('other@there'));
    rmSync(home('home/2024-meeting.ics'));
    expect(await calendars.open(ANNA).find('meeting@there')).toBeUndefined();
  });

  test('is known without reading it again once the folder is at rest', async () => {
    put('home/a.ics', object('uid-a'));
    const calendars = make({ now: () => Date.now() + 10_000 });
    expect(await calendars.open(ANNA).find('uid-a')).toBe(object('uid-a'));
    // The time of the folder stays as it is.
    writeFileSync(home('home/a.ics'), object('uid-b'));
    expect(await calendars.open(ANNA).find('uid-b')).toBeUndefined();
    expect(await calendars.open(ANNA).find('uid-a')).toBeUndefined();
    expect(await calendars.open(ANNA).find('uid-b')).toBe(object('uid-b'));
  });

  test('is replaced in its place, also in another calendar than the one that is named', async () => {
    put('home/2024.ics', object('meeting'));
    const mine = make().open(ANNA);
    await mine.find('meeting');
    const data = object('meeting', 'new');
    await (await mine.stage({ kind: 'put', uid: 'meeting', data, calendar: 'work' })).commit();
    expect(names('home')).toEqual(['2024.ics']);
    expect(read('home/2024.ics')).toBe(data);
  });

  test('links are not followed', async () => {
    mkdirSync(home('real'), { recursive: true });
    put('secret', object('meeting'));
    symlinkSync(home('secret'), home('real/a.ics'));
    symlinkSync(home('secret'), home('real/meeting.ics'));
    symlinkSync(home('real'), home('default'));
    expect(await make().open(ANNA).find('meeting')).toBeUndefined();
    await expect(
      make()
        .open(ANNA)
        .stage({ kind: 'put', uid: 'uid-1', data: object('uid-1') }),
    ).rejects.toThrow('is no folder');
  });
});

describe('taking back', () => {
  test('before it is committed: nothing was there', async () => {
    const staged = await make()
      .open(ANNA)
      .stage({ kind: 'put', uid: 'uid-1', data: object('uid-1') });
    expect(await staged.abort()).toBe(true);
    expect(names()).toEqual([]);
  });

  test('after it: as it was before', async () => {
    const mine = make().open(ANNA);
    const added = await mine.stage({ kind: 'put', uid: 'uid-1', data: object('uid-1') });
    await added.commit();
    expect(await added.abort()).toBe(true);
    expect(names()).toEqual([]);

    put('default/a.ics', object('uid-2'));
    const other = make().open(ANNA);
    const replaced = await other.stage({ kind: 'put', uid: 'uid-2', data: object('uid-2', 'new') });
    await replaced.commit();
    expect(read('default/a.ics')).toBe(object('uid-2', 'new'));
    expect(await replaced.abort()).toBe(true);
    expect(read('default/a.ics')).toBe(object('uid-2'));

    const removed = await make().open(ANNA).stage({ kind: 'remove', uid: 'uid-2' });
    await removed.commit();
    expect(names()).toEqual([]);
    expect(await removed.abort()).toBe(true);
    expect(names()).toEqual(['a.ics']);
    expect(read('default/a.ics')).toBe(object('uid-2'));
  });
});

test('an edit of what somebody has changed since is refused, and his version stays', async () => {
  put('default/a.ics', object('uid-1'));
  const mine = make().open(ANNA);
  await mine.find('uid-1');
  const staged = await mine.stage({ kind: 'put', uid: 'uid-1', data: object('uid-1', 'mine') });
  const removed = await mine.stage({ kind: 'remove', uid: 'uid-1' });
  put('default/a.ics', object('uid-1', 'of somebody else'));
  await expect(staged.commit()).rejects.toThrow('changed by somebody');
  await expect(removed.commit()).rejects.toThrow('changed by somebody');
  expect(names()).toEqual(['a.ics']);
  expect(read('default/a.ics')).toBe(object('uid-1', 'of somebody else'));

  const adding = await mine.stage({ kind: 'put', uid: 'uid-2', data: object('uid-2') });
  put('default/uid-2.ics', object('uid-2', 'of somebody else'));
  await expect(adding.commit()).rejects.toThrow('changed by somebody');
  expect(names()).toEqual(['a.ics', 'uid-2.ics']);
});

test('a full disk is said to be one, and leaves nothing', async () => {
  const full: Disk = {
    ...disk,
    rename: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
  };
  const staged = await make({ disk: full })
    .open(ANNA)
    .stage({ kind: 'put', uid: 'uid-1', data: object('uid-1') });
  const failed = await staged.commit().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(StoreError);
  expect(failed).toMatchObject({ reason: 'full' });
  expect(names()).toEqual([]);
});

test('a calendar that is not there is empty, and removing from it is nothing', async () => {
  const mine = make().open(ANNA);
  const staged = await mine.stage({ kind: 'remove', uid: 'uid-1' });
  expect([await staged.commit(), await staged.abort()]).toEqual(['', true]);
  expect(readdirSync(folder)).toEqual([]);
});
