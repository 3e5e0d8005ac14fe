import { expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { describeAction } from '../result.ts';
import type { RunOutcome } from '../types.ts';

const input = runInput(mail('From: a@example.org', '', ''));
const options = { available: ['snooze'] };
const REQUIRE =
  'require ["snooze", "imap4flags", "mailbox", "mailboxid", "special-use", "variables", "reject"];';

const run = (script: string): RunOutcome => runNow(compiled(REQUIRE + script, options), input);
const wrong = (script: string): string[] =>
  faults(`${REQUIRE}\n${script}`, options).filter((fault) => !fault.includes('not used'));

test('comes back every day at the times', () => {
  const { actions } = run('snooze ["12:30:05", "08:00", "12:30:05"];');
  expect(actions).toEqual([
    {
      type: 'snooze',
      line: 1,
      times: ['08:00:00', '12:30:05'],
      weekdays: [0, 1, 2, 3, 4, 5, 6],
      addFlags: [],
      removeFlags: [],
    },
  ]);
  expect(actions.map(describeAction)).toEqual(['snooze 08:00:00, 12:30:05']);
});

test('days, zone, mailbox and flags', () => {
  const script = `setflag "new";
    snooze :mailbox "later" :mailboxid "F1" :specialuse "\\\\Important" :create
           :addflags ["\\\\Flagged", "back"] :removeflags "new"
           :weekdays ["5-1", "3"] :tzid "America/New_York" "07:15";`;
  expect(run(script).actions).toEqual([
    {
      type: 'snooze',
      line: 2,
      times: ['07:15:00'],
      weekdays: [0, 1, 3, 5, 6],
      zone: 'America/New_York',
      addFlags: ['\\Flagged', 'back'],
      removeFlags: ['new'],
      flags: ['new'],
      mailbox: 'later',
      mailboxId: 'F1',
      specialUse: '\\Important',
      create: true,
    },
  ]);
});

test('takes the place of the implicit keep; not twice, not for what is refused', () => {
  expect(run('snooze "08:00"; keep;').actions.map(({ type }) => type)).toEqual(['snooze', 'keep']);
  expect(run('snooze "08:00";\nsnooze "09:00";').error?.text).toBe(
    'snooze may be done only once (the other is in line 1)',
  );
  expect(run('reject "no";\nsnooze "09:00";').error?.text).toBe(
    'snooze cannot be combined with the reject of line 1',
  );
});

test('is refused until the host can do it', () => {
  expect(faults('require "snooze"; snooze "08:00";')).toContain(
    '1:9 error: capability "snooze" cannot be used here: no mailbox is set up that messages come back from',
  );
});

test('faults', () => {
  for (const time of ['24:00', '8:00', '08:60', '', '08:00:60'])
    expect(wrong(`snooze "${time}";`)).toEqual([`2:8 error: snooze: "${time}" is not a time as "09:30"`]);
  for (const day of ['7', 'Mon', '1-', '1-8', ''])
    expect(wrong(`snooze :weekdays "${day}" "08:00";`)).toEqual([
      `2:18 error: snooze: "${day}" is not a day of the week, "0" (Sunday) to "6", as in "1-5"`,
    ]);
  expect(wrong('snooze :tzid "Mars/Olympus" "08:00";')).toEqual([
    '2:8 error: snooze: "Mars/Olympus" is not a time zone as "Europe/Berlin"',
  ]);
  expect(wrong('snooze :mailbox "" "08:00";')).toEqual(['2:8 error: snooze: name of the mailbox is empty']);
  expect(faults('require "snooze"; snooze :addflags "x" "08:00";', options)).toEqual([
    '1:26 error: snooze: tag :addflags needs require "imap4flags"',
  ]);
  expect(run('set "a" "x"; snooze "${a}";').error?.text).toBe('snooze: "x" is not a time as "09:30"');
  expect(run('set "a" "x"; snooze :tzid "${a}" "08:00";').error?.text).toContain('is not a time zone');
  expect(run('set "a" "x"; snooze :weekdays "${a}" "08:00";').error?.text).toContain('is not a day');
  expect(run('set "a" ""; snooze :mailbox "${a}" "08:00";').error?.text).toContain('is empty');
});
