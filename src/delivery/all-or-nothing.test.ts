/** Calendars and snoozed messages are part of the one thing that is done or not: see docs/delivery.md. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { replyLine } from '../policy/reply.ts';
import { openState } from '../state/open.ts';
import { defaultStateSettings } from '../state/settings.ts';
import { type State, StateError } from '../state/types.ts';
import { defaultCalendarSettings } from '../store/calendar-settings.ts';
import { createCalendars } from '../store/calendars.ts';
import { createMailStore } from '../store/mail/mail-store.ts';
import { createScriptStore } from '../store/script-store.ts';
import { defaultStoreSettings } from '../store/settings.ts';
import { availableCapabilities } from './available.ts';
import { createDelivery } from './delivery.ts';
import { createMemory } from './memory.ts';
import { defaultDeliverySettings, defaultScriptSettings } from './settings.ts';
import { createSnoozed } from './snooze/snoozed.ts';
import type { Delivery, Outbound } from './types.ts';

const ANNA = 'anna@here.example';
let folder: string;
let state: State;
let spoolFails: boolean;
let stateFails: boolean;
let pending: number;
let snoozeMailbox: string;
/** Happens when the rest of the delivery is done, before the spool takes its mail. */
let meanwhile: () => void;

const outbound: Outbound = {
  enqueue: () => Promise.reject(new Error('not used')),
  stage: () =>
    Promise.resolve({
      commit: () => {
        meanwhile();
        return spoolFails ? Promise.reject(new Error('no spool')) : Promise.resolve('id');
      },
      abort: () => Promise.resolve(true),
    }),
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-places-'));
  state = await openState({
    settings: { ...defaultStateSettings, path: join(folder, 'state') },
    log: silentLog,
  });
  spoolFails = false;
  stateFails = false;
  pending = 10;
  snoozeMailbox = 'Snoozed';
  meanwhile = () => undefined;
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

function make(maxObjects = 100): Delivery {
  const log = silentLog;
  const store = createMailStore({ folder: join(folder, 'mail'), settings: defaultStoreSettings, log });
  const calendars = { ...defaultCalendarSettings, folder: join(folder, 'calendars'), maxObjects };
  const put: State['put'] = (key, value, ttl) =>
    stateFails ? Promise.reject(new StateError('gone', true)) : state.put(key, value, ttl);
  const remembering = {
    put,
    delete: (key: string) => state.delete(key),
    list: (prefix: string) => state.list(prefix),
  };
  return createDelivery({
    store,
    scripts: createScriptStore({ folder: join(folder, 'sieve'), settings: defaultStoreSettings }),
    outbound,
    memory: createMemory(state, Date.now),
    calendars: createCalendars({ settings: calendars }),
    snooze: {
      snoozed: createSnoozed({ state: remembering, open: store.open.bind(store), log }),
      settings: { mailbox: snoozeMailbox, pending },
    },
    available: availableCapabilities({ ...defaultScriptSettings, calendars }),
    resolve: (address) => Promise.resolve(address === ANNA ? ANNA : undefined),
    subaddressSeparator: '+',
    hostname: 'mx.here.example',
    isOurs: () => true,
    settings: defaultDeliverySettings,
    log,
  });
}

function script(source: string): void {
  mkdirSync(join(folder, 'sieve', ANNA), { recursive: true });
  const require = 'require ["snooze", "processcalendar", "variables", "fileinto", "copy"];';
  writeFileSync(join(folder, 'sieve', ANNA, 'active.sieve'), `${require}\n${source}`);
}

async function deliver(delivery: Delivery, uid = 'one', sequence = 0, method = 'REQUEST'): Promise<string> {
  const lines = [
    'From: boss@there.example',
    'Message-ID: <1@x>',
    `Content-Type: text/calendar; method=${method}`,
    '',
    'BEGIN:VCALENDAR',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `SEQUENCE:${sequence}`,
    'ORGANIZER:mailto:boss@there.example',
    `ATTENDEE:mailto:${ANNA}`,
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  const [outcome] = await delivery.deliver({
    id: 'm1',
    raw: Buffer.from(lines.join('\r\n')),
    envelope: { client: {}, sender: 'boss@there.example', recipients: [{ address: ANNA }] },
    edits: [],
    spam: false,
    score: 0,
  });
  return outcome === undefined ? '' : replyLine(outcome.reply);
}

const OK = /^250 /;
const LATER = /^451 /;
function names(...path: string[]): string[] {
  const at = join(folder, ...path);
  return existsSync(at) ? readdirSync(at) : [];
}
const mails = (mailbox = ''): number => names('mail', ANNA, 'Maildir', mailbox, 'new').length;
const objects = (): string[] => names('calendars', ANNA, 'default');
const object = (name: string): string =>
  readFileSync(join(folder, 'calendars', ANNA, 'default', name), 'utf8');
async function waiting(): Promise<number> {
  let count = 0;
  for await (const { key } of state.list('delivery/snooze/')) count += key === '' ? 0 : 1;
  return count;
}

test('what a mail changed in the calendar is taken back when the rest of it fails', async () => {
  const delivery = make();
  script('processcalendar :deletecancelled; redirect :copy "other@there.example";');
  spoolFails = true;
  expect(await deliver(delivery)).toMatch(LATER);
  expect([objects(), mails()]).toEqual([[], 0]);
  spoolFails = false;
  expect(await deliver(delivery)).toMatch(OK);
  expect([objects(), mails()]).toEqual([['one.ics'], 1]);
  spoolFails = true;
  expect(await deliver(delivery, 'one', 1)).toMatch(LATER);
  expect(object('one.ics')).toContain('SEQUENCE:0');
  expect(await deliver(delivery, 'one', 1, 'CANCEL')).toMatch(LATER);
  expect(object('one.ics')).toContain('SEQUENCE:0');
  expect([objects(), mails()]).toEqual([['one.ics'], 1]);
});

test('a full calendar takes nothing new, and the script hears of it', async () => {
  const delivery = make(1);
  script('processcalendar :outcome "o" :reason "r"; fileinto "${o} ${r}";');
  expect(await deliver(delivery)).toMatch(OK);
  expect(await deliver(delivery, 'two')).toMatch(OK);
  expect(await deliver(delivery, 'one', 1)).toMatch(OK);
  expect(await deliver(delivery, 'two', 1, 'CANCEL')).toMatch(OK);
  expect(objects()).toEqual(['one.ics']);
  expect(object('one.ics')).toContain('SEQUENCE:1');
  const filed = ['added ', 'error the calendars are full', 'updated '].map((name) => mails(`.${name}`));
  expect(filed).toEqual([1, 1, 1]);
});

test('a message that is to be put away is in its mailbox and remembered, or neither', async () => {
  const delivery = make();
  script('snooze "00:00:00"; redirect :copy "other@there.example";');
  spoolFails = true;
  expect(await deliver(delivery)).toMatch(LATER);
  expect([mails('.Snoozed'), await waiting()]).toEqual([0, 0]);
  spoolFails = false;
  stateFails = true;
  expect(await deliver(delivery)).toMatch(LATER);
  expect([mails('.Snoozed'), names('mail', ANNA, 'Maildir/.Snoozed/tmp'), await waiting()]).toEqual([
    0,
    [],
    0,
  ]);
  stateFails = false;
  expect(await deliver(delivery)).toMatch(OK);
  expect([mails('.Snoozed'), mails(), await waiting()]).toEqual([1, 0, 1]);
});

test('a message that was picked up before it could be taken back comes back at its time', async () => {
  script('snooze "00:00:00"; redirect :copy "other@there.example";');
  spoolFails = true;
  meanwhile = () => {
    const maildir = join(folder, 'mail', ANNA, 'Maildir/.Snoozed');
    for (const name of names('mail', ANNA, 'Maildir/.Snoozed/new'))
      renameSync(join(maildir, 'new', name), join(maildir, 'cur', `${name}:2,S`));
  };
  expect(await deliver(make())).toMatch(LATER);
  expect([names('mail', ANNA, 'Maildir/.Snoozed/cur').length, await waiting()]).toEqual([1, 1]);
});

test('when too many wait, a message is filed at once where it would come back', async () => {
  pending = 1;
  const delivery = make();
  script('snooze :mailbox "Today" "00:00:00";');
  expect(await deliver(delivery)).toMatch(OK);
  expect(await deliver(delivery)).toMatch(OK);
  expect([mails('.Snoozed'), mails('.Today'), await waiting()]).toEqual([1, 1, 1]);
});

test('so it is when there can be no mailbox to wait in', async () => {
  snoozeMailbox = 'no.such/';
  script('snooze :mailbox "Today" "00:00:00";');
  expect(await deliver(make())).toMatch(OK);
  expect([mails('.Today'), await waiting()]).toEqual([1, 0]);
});

test('a message may be kept and come back later as well', async () => {
  const delivery = make();
  script('snooze "00:00:00"; keep;');
  expect(await deliver(delivery)).toMatch(OK);
  expect([mails('.Snoozed'), mails()]).toEqual([1, 1]);
});
