import { expect, test } from 'vitest';
import { parseText } from '../load.ts';
import { ConfigError } from '../read.ts';

const faults = (yaml: string): string => {
  try {
    parseText('t.yaml', yaml, '/etc/tamis');
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
};

test('folders and files count from the folder of the configuration', () => {
  const { config } = parseText(
    't.yaml',
    `sieve:
  before: [before, /srv/before]
  global: included
  programs: {folder: programs, pipe: [ticket]}
  converters: [{from: image/tiff, to: image/jpeg, program: tiff-to-jpeg}]
  calendars: {folder: calendars}
  imap: {folder: events, rules: [{mailbox: Junk, from: '*', causes: [COPY], before: [report]}]}
  lists: [{name: 'tag:example.org,2026:friends', file: friends.txt}, {name: vip, members: [a@example.org]}]
`,
    '/etc/tamis',
  );
  expect(config.sieve).toMatchObject({
    before: ['/etc/tamis/before', '/srv/before'],
    after: [],
    global: '/etc/tamis/included',
    programs: { folder: '/etc/tamis/programs', pipe: ['ticket'], filter: [] },
    converters: [{ from: 'image/tiff', to: 'image/jpeg', program: 'tiff-to-jpeg' }],
    calendars: { folder: '/etc/tamis/calendars', default: 'default' },
    snooze: { mailbox: 'Snoozed' },
    imap: {
      enabled: true,
      folder: '/etc/tamis/events',
      rules: [{ mailbox: 'Junk', from: '*', causes: ['COPY'], before: ['report'], after: [] }],
    },
    lists: [
      { file: '/etc/tamis/friends.txt', members: [] },
      { file: '', members: ['a@example.org'] },
    ],
  });
});

test.each([
  ['vacation: {min_period: 2d, max_period: 1d}', 'sieve.vacation.min_period: is longer than max_period'],
  ['vacation: {min_period: 10d}', 'sieve.vacation.default_period: is not between'],
  ['vacation: {max_period: 1d}', 'sieve.vacation.default_period: is not between'],
  ['duplicate: {max_period: 1d}', 'sieve.duplicate.default_period: is longer than max_period'],
  [
    'imap: {rules: [{mailbox: Junk, before: [report]}]}',
    'sieve.imap.rules: rules name scripts, but there is no folder',
  ],
  ['imap: {rules: [{mailbox: Junk, causes: [MOVE]}]}', 'sieve.imap.rules.0.causes.0'],
  ['imap: {url: "http://x"}', 'this is no sieve://host'],
  ['programs: {filter: [clean]}', 'sieve.programs.filter: programs are listed, but there is no folder'],
  [
    'converters: [{from: a/b, to: c/d, program: x}]',
    'sieve.converters: programs are listed, but there is no folder',
  ],
  ['converters: [{from: a/b, to: jpeg, program: x}]', 'sieve.converters.0.to: this is no media type'],
  ["calendars: {default: '../x'}", 'sieve.calendars.default: this is no name of a folder'],
  ['notify: {xmpp: {jid: tamis}}', 'sieve.notify.xmpp.jid: this is no address'],
  ["notify: {xmpp: {service: 'http://x'}}", 'sieve.notify.xmpp.service: this is no xmpp://host:port'],
])('what contradicts itself or is none is told: %s', (line, text) => {
  expect(faults(`sieve:\n  ${line}\n`)).toContain(text);
});

test('a period without an end', () => {
  expect(faults('sieve:\n  vacation: {min_period: 0s, max_period: 0s, default_period: 100d}\n')).toBe('');
});
