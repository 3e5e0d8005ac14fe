/** Capabilities that need something of the admin, as a user meets them: mail by LMTP to `bin/tamis serve`. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseMessage } from '../../src/message/parse.ts';
import type { Message } from '../../src/message/types.ts';
import { SmtpTalk } from '../support/smtp-talk.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const ANNA = 'anna@tamis.test';
const server = new TamisServer();

beforeAll(async () => {
  server.configure(`hostname: mx.tamis.test
policy: {domains: [tamis.test]}
servers:
  lmtp: {listen: ['127.0.0.1:0'], scan: false}
sieve:
  programs: {folder: programs}
  converters:
    - {from: image/tiff, to: image/jpeg, program: tiff-to-jpeg}
  calendars: {folder: calendars}
`);
  mkdirSync(join(server.folder, 'programs'), { mode: 0o755 });
  const path = join(server.folder, 'programs/tiff-to-jpeg');
  writeFileSync(path, '#!/bin/sh\nprintf "%s|" "$@"; cat\n');
  chmodSync(path, 0o755);
  await tamis(['user', 'add', ANNA, '--alias', 'alias@tamis.test', '--config', server.configFile]);
  await server.start();
});
afterAll(() => server.dispose());
beforeEach(() => {
  for (const folder of [
    join(server.data, 'mail'),
    join(server.data, 'sieve'),
    join(server.folder, 'calendars'),
  ])
    rmSync(folder, { recursive: true, force: true });
});

function script(source: string): void {
  const path = join(server.data, 'sieve', ANNA, 'active.sieve');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
}

async function send(lines: readonly string[], sender = 'carl@there.example'): Promise<number> {
  const talk = await SmtpTalk.connect(server.port('lmtp'));
  try {
    await talk.reply();
    await talk.command('LHLO client.example');
    return (await talk.mail(sender, [ANNA], Buffer.from([...lines, ''].join('\r\n')).toString('latin1')))
      .code;
  } finally {
    await talk.quit();
  }
}

/** What is in a mailbox. */
function mails(mailbox = ''): Message[] {
  return ['new', 'cur'].flatMap((part) => {
    const path = join(server.data, 'mail', ANNA, 'Maildir', mailbox, part);
    return existsSync(path)
      ? readdirSync(path).map((name) => parseMessage(readFileSync(join(path, name))))
      : [];
  });
}

describe('convert (RFC 6558)', () => {
  const mail = [
    'From: carl@there.example',
    'Subject: pictures',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=A',
    '',
    '--A',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: 8bit',
    '',
    '<p>Gr&uuml;&szlig;e</p>',
    '--A',
    'Content-Type: image/tiff',
    'Content-Disposition: attachment; filename=a.tiff',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('II*picture').toString('base64'),
    '--A--',
  ];

  test('a program of the admin makes one picture of another', async () => {
    script(`require ["convert", "fileinto"];
      if convert "image/tiff" "image/jpeg" ["pix-x=320", "pix-y=$(id)"] { fileinto "A"; }`);
    expect(await send(mail)).toBe(250);
    const [filed] = mails('.A');
    expect(filed?.parts[2]).toMatchObject({ type: 'image/jpeg', filename: 'a.tiff' });
    expect(Buffer.from(filed?.parts[2]?.content ?? []).toString()).toBe(
      'image/tiff|image/jpeg|pix-x=320|pix-y=$(id)|II*picture',
    );
  });

  test('HTML becomes text without one, in the charset that is wanted', async () => {
    script('require "convert"; convert "text/html" "text/plain" "charset=iso-8859-15";');
    expect(await send(mail)).toBe(250);
    const [filed] = mails();
    expect([filed?.parts[1]?.type, filed?.parts[1]?.text.trim()]).toEqual(['text/plain', 'Grüße']);
    expect(filed?.parts[1]?.parameters.get('charset')).toBe('iso-8859-15');
  });

  test('what cannot be converted stays as it is', async () => {
    script(`require ["convert", "fileinto"];
      if not anyof (convert "image/tiff" "image/jpeg" "--help=x", convert "image/tiff" "image/gif" "a=b")
        { fileinto "A"; }`);
    expect(await send(mail)).toBe(250);
    expect(mails('.A')[0]?.parts[2]).toMatchObject({ type: 'image/tiff' });
  });
});

describe('processcalendar (RFC 9671)', () => {
  interface Meeting {
    method?: string;
    sequence?: number;
    from?: string;
    start?: string;
    status?: string;
    attendee?: string;
  }
  const meeting = ({
    method = 'REQUEST',
    sequence = 0,
    from = 'boss@there.example',
    start = '20260301T100000Z',
    status = 'CONFIRMED',
    attendee = 'alias@tamis.test',
  }: Meeting = {}): string[] => [
    `From: ${from}`,
    `To: ${ANNA}`,
    'MIME-Version: 1.0',
    `Content-Type: text/calendar; method=${method}; charset=utf-8`,
    '',
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//example//EN',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    'UID:meeting/../1@there.example',
    'DTSTAMP:20260101T000000Z',
    `SEQUENCE:${sequence}`,
    `DTSTART:${start}`,
    `STATUS:${status}`,
    'SUMMARY;LANGUAGE=de:Gespräch über die Lage\\, die ernst ist und über alles andere auch noch',
    'X-ODD;X-P="a;b":kept',
    'ORGANIZER:mailto:boss@there.example',
    `ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:${attendee}`,
    'END:VEVENT',
    'END:VCALENDAR',
  ];
  const home = (calendar = 'default'): string => join(server.folder, 'calendars', ANNA, calendar);
  const files = (calendar?: string): string[] =>
    existsSync(home(calendar)) ? readdirSync(home(calendar)) : [];
  /** The one object there is, unfolded. */
  const stored = (calendar?: string): string[] =>
    files(calendar)
      .map((name) => readFileSync(join(home(calendar), name), 'utf8').replace(/\r\n /g, ''))
      .join('')
      .split('\r\n');
  const SCRIPT = `require ["processcalendar", "variables", "fileinto"];
    processcalendar :outcome "o"; if not string "\${o}" "no_action" { fileinto "\${o}"; }`;

  test('an invitation is stored, changed by what is newer, and cancelled', async () => {
    script(SCRIPT);
    expect(await send(meeting({ sequence: 1 }))).toBe(250);
    expect(files()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.ics$/)]);
    expect(stored()).toEqual(expect.arrayContaining(['SEQUENCE:1', 'X-ODD;X-P="a;b":kept']));
    expect(stored().join('\n')).toContain('Gespräch über die Lage\\, die ernst ist');
    expect(stored().join('\n')).not.toContain('METHOD');

    expect(await send(meeting({ sequence: 2, start: '20260302T100000Z' }))).toBe(250);
    expect(stored()).toContain('DTSTART:20260302T100000Z');
    // An older one that comes late does not win.
    expect(await send(meeting({ sequence: 1, start: '20260309T100000Z' }))).toBe(250);
    expect(stored()).toContain('DTSTART:20260302T100000Z');

    expect(await send(meeting({ method: 'CANCEL', sequence: 3, status: 'CANCELLED' }))).toBe(250);
    expect(stored()).toEqual(expect.arrayContaining(['STATUS:CANCELLED', 'SEQUENCE:3']));
    expect(
      [mails('.added'), mails('.updated'), mails('.cancelled'), mails()].map((all) => all.length),
    ).toEqual([1, 1, 1, 1]);
  });

  test('strangers and invitations of others change nothing', async () => {
    script(SCRIPT);
    expect(await send(meeting({ from: 'mallory@there.example' }))).toBe(250);
    expect(await send(meeting({ attendee: 'carl@there.example' }))).toBe(250);
    expect(files()).toEqual([]);
    expect(mails().length).toBe(2);
  });

  test('a cancelled meeting goes away when the script says so, and the calendar may be named', async () => {
    mkdirSync(home('work'), { recursive: true });
    script('require "processcalendar"; processcalendar :deletecancelled :calendarid "work";');
    expect(await send(meeting())).toBe(250);
    expect([files('work').length, files().length]).toEqual([1, 0]);
    expect(await send(meeting({ method: 'CANCEL', sequence: 1 }))).toBe(250);
    expect([files('work').length, files().length]).toEqual([0, 0]);
  });

  test('the answer to an invitation of one’s own is written into what another program stored', async () => {
    script('require ["processcalendar"]; processcalendar;');
    const mine = meeting({ attendee: 'carl@there.example' })
      .slice(5)
      .filter((line) => !line.startsWith('METHOD'))
      .join('\r\n')
      .replace('mailto:boss@there.example', `mailto:${ANNA}`);
    mkdirSync(home('private'), { recursive: true });
    writeFileSync(join(home('private'), 'any-name.ics'), `${mine}\r\n`);
    const answer = meeting({
      method: 'REPLY',
      from: 'carl@there.example',
      attendee: 'carl@there.example',
    }).map((line) => line.replace('NEEDS-ACTION', 'ACCEPTED').replace('boss@there.example', ANNA));
    expect(await send(answer)).toBe(250);
    expect(files('private')).toEqual(['any-name.ics']);
    expect(stored('private').join('\n')).toMatch(/ATTENDEE;PARTSTAT=ACCEPTED:mailto:carl@there.example/);
    expect(files()).toEqual([]);
  });

  test('a calendar that cannot be written to is a 4xx, and nothing is delivered', async () => {
    script('require "processcalendar"; processcalendar;');
    mkdirSync(join(server.folder, 'calendars', ANNA), { recursive: true });
    writeFileSync(home(), 'a file in the place of the folder');
    expect(await send(meeting())).toBe(451);
    expect(mails()).toEqual([]);
    rmSync(home());
    expect(await send(meeting())).toBe(250);
    expect([files().length, mails().length]).toEqual([1, 1]);
  });

  test('mails about one meeting that come together are done one after another', async () => {
    script('require "processcalendar"; processcalendar;');
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((sequence) => send(meeting({ sequence }))));
    expect(answers).toEqual([250, 250, 250, 250, 250, 250]);
    expect(stored()).toContain('SEQUENCE:6');
    expect(files().length).toBe(1);
  });
});

describe('snooze (draft-ietf-extra-email-snooze)', () => {
  const mail = ['From: carl@there.example', 'Subject: later', '', 'body'];
  /** A time of day some seconds from now, by the clocks of UTC. */
  const inSeconds = (seconds: number): string =>
    new Date(Date.now() + seconds * 1000).toISOString().slice(11, 19);
  const until = (wanted: () => void): Promise<void> => vi.waitFor(wanted, { timeout: 30_000, interval: 50 });
  const names = (mailbox: string, part: string): string[] => {
    const path = join(server.data, 'mail', ANNA, 'Maildir', mailbox, part);
    return existsSync(path) ? readdirSync(path) : [];
  };

  test('a message waits in its mailbox and comes back with its flags changed', async () => {
    script(`require ["snooze", "imap4flags", "mailbox"]; addflag "\\\\Seen";
      snooze :mailbox "Today" :create :addflags "\\\\Flagged" :removeflags "\\\\Seen" :tzid "UTC" "${inSeconds(2)}";`);
    expect(await send(mail)).toBe(250);
    expect([mails().length, mails('.Snoozed').length]).toEqual([0, 1]);
    expect(names('.Snoozed', 'cur')).toEqual([expect.stringMatching(/:2,S$/)]);
    const facts = readFileSync(
      join(server.data, 'mail', ANNA, 'Maildir/.Snoozed/tamis-mailbox.json'),
      'utf8',
    );
    expect(JSON.parse(facts)).toMatchObject({ specialUse: ['\\Snoozed'] });
    await until(() => expect(mails('.Today').length).toBe(1));
    expect(names('.Today', 'cur')).toEqual([expect.stringMatching(/:2,F$/)]);
    expect(mails('.Snoozed')).toEqual([]);
    expect(mails('.Today')[0]?.header.get('delivered-to')?.value).toBe(ANNA);
  });

  test('a reload and a killed server lose no message and no time', async () => {
    script(`require "snooze"; snooze :tzid "UTC" "${inSeconds(4)}";`);
    const before = server.log.length;
    expect(await send(mail)).toBe(250);
    server.signal('SIGHUP');
    await server.waitFor(({ msg }) => msg === 'configuration reloaded', before);
    expect(mails('.Snoozed').length).toBe(1);
    await server.stop('SIGKILL');
    await server.start();
    await until(() => expect(mails().length).toBe(1));
    expect(mails('.Snoozed')).toEqual([]);
    expect(names('', 'new').length).toBe(1);
    script(`require "snooze"; snooze :tzid "UTC" "${inSeconds(2)}";`);
    const reloaded = server.log.length;
    expect(await send(mail)).toBe(250);
    server.signal('SIGHUP');
    await server.waitFor(({ msg }) => msg === 'configuration reloaded', reloaded);
    await until(() => expect(mails().length).toBe(2));
  });

  test('what its owner has moved meanwhile stays where he put it', async () => {
    script(`require ["snooze", "fileinto"]; if header "subject" "later" { snooze :tzid "UTC" "${inSeconds(2)}"; }
      else { fileinto "Kept"; }`);
    expect(await send(mail.map((line) => line.replace('later', 'now')))).toBe(250);
    const before = server.log.length;
    expect(await send(mail)).toBe(250);
    const [name = ''] = names('.Snoozed', 'new');
    const maildir = join(server.data, 'mail', ANNA, 'Maildir');
    renameSync(join(maildir, '.Snoozed/new', name), join(maildir, '.Kept/cur', `${name}:2,S`));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect([mails().length, mails('.Kept').length]).toEqual([0, 2]);
    expect(server.log.slice(before).filter(({ level }) => level === 'error')).toEqual([]);
  });
});
