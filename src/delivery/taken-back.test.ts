/** Copies and redirects of one delivery: all of them or none. Calendars and what waits: all-or-nothing.test.ts. */
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Disk, disk } from '../store/durable.ts';
import {
  answers,
  begin,
  end,
  folder,
  lines,
  make,
  OK,
  request,
  script,
  sent,
  stored,
  temporaries,
  type Overrides,
} from './testing.ts';

beforeEach(begin);
afterEach(end);

describe('all or nothing', () => {
  const SCRIPT = 'require "fileinto"; fileinto "A"; fileinto "B"; redirect "x@away.example";';
  const TEMPORARY = '451 4.3.0 Temporary failure, try again later';
  const nothing = (): void => {
    expect([stored('.A'), stored('.B'), stored(), sent, temporaries()]).toEqual([[], [], [], [], []]);
  };

  test.each([
    ['the second file cannot be written', { disk: { write: failAt('/.B/tmp/') } }],
    ['the second file cannot be renamed', { disk: { rename: failRename('/.B/tmp/') } }],
    ['the redirect cannot be staged', { outbound: { stage: () => Promise.reject(new Error('injected')) } }],
    [
      'the redirect cannot be committed',
      {
        outbound: {
          stage: () =>
            Promise.resolve({
              commit: () => Promise.reject(new Error('injected')),
              abort: () => Promise.resolve(true),
            }),
        },
      },
    ],
  ] as [string, Overrides][])('%s', async (_, overrides) => {
    script(SCRIPT);
    expect(await answers(make(overrides), request())).toEqual([TEMPORARY]);
    nothing();
    expect(await answers(make(), request())).toEqual([OK]);
    expect([stored('.A').length, stored('.B').length, sent.length]).toEqual([1, 1, 1]);
  });

  test('what somebody has read meanwhile cannot be taken back, and the log says so', async () => {
    script(SCRIPT);
    const delivery = make({
      outbound: {
        stage: () =>
          Promise.resolve({
            commit: () => {
              const maildir = join(folder, 'mail/anna@here.example/Maildir/.A');
              for (const name of readdirSync(join(maildir, 'new'))) {
                renameSync(join(maildir, 'new', name), join(maildir, 'cur', `${name}:2,S`));
              }
              return Promise.reject(new Error('injected'));
            },
            abort: () => Promise.resolve(true),
          }),
      },
    });
    expect(await answers(delivery, request())).toEqual([TEMPORARY]);
    expect([stored('.A').length, stored('.B').length]).toEqual([1, 0]);
    expect(lines.find(({ text }) => text.includes('doubles'))).toMatchObject({
      level: 'error',
      fields: { copies: 1 },
    });
  });
});

function failAt(part: string): Disk['write'] {
  return (path, pieces) =>
    path.includes(part) ? Promise.reject(new Error('injected')) : disk.write(path, pieces);
}

function failRename(part: string): Disk['rename'] {
  return (from, to) => (from.includes(part) ? Promise.reject(new Error('injected')) : disk.rename(from, to));
}
