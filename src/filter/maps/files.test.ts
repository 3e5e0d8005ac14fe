import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../../authentication/settings.ts';
import type { Log } from '../../log.ts';
import { silentLog } from '../../log.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { defaultDnsSettings } from '../../net/settings.ts';
import { createPool } from '../pool.ts';
import { defaultFilterSettings } from '../settings.ts';
import { MapFiles } from './files.ts';
import { defaultMapsSettings, type MapSettings, type MapsSettings } from './settings.ts';

let folder: string;
let file: string;
let lines: [text: string, fields: object][];
let log: Log;
const open: MapFiles[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-maps-'));
  file = join(folder, 'senders.map');
  lines = [];
  const note = (fields: object, text: string) => void lines.push([text, fields]);
  log = { ...silentLog, warn: note, info: note };
});
afterEach(async () => {
  for (const files of open.splice(0)) await files.close();
  rmSync(folder, { recursive: true });
});

const settingsOf = (list: Partial<MapSettings>, more: Partial<MapsSettings> = {}): MapsSettings => ({
  ...defaultMapsSettings,
  lists: { BAD: { kind: 'domain', of: ['sender'], score: 5, file, ...list } },
  // Looked at when the test says so.
  interval: 3_600_000,
  ...more,
});
function files(list: Partial<MapSettings> = {}, more: Partial<MapsSettings> = {}): MapFiles {
  const made = new MapFiles(settingsOf(list, more), log);
  open.push(made);
  return made;
}

test('entries of the file and of the settings', () => {
  writeFileSync(file, '# bad\nshop.example\r\nevil.example\n');
  expect(files({ entries: ['more.example'] }).current().entries).toEqual({
    BAD: ['more.example', 'shop.example', 'evil.example'],
  });
  expect(lines).toEqual([]);
});

test('a change is read, a look without one changes nothing', async () => {
  writeFileSync(file, 'shop.example\n');
  const maps = files();
  const before = maps.current();
  await maps.look();
  expect(maps.current()).toBe(before);
  writeFileSync(`${file}.new`, 'evil.example\n');
  renameSync(`${file}.new`, file);
  await maps.look();
  expect(maps.current().entries).toEqual({ BAD: ['evil.example'] });
  expect(maps.current().generation).not.toBe(before.generation);
  expect(before.entries).toEqual({ BAD: ['shop.example'] });
  expect(lines).toEqual([['list read again', { symbol: 'BAD', file, entries: 1 }]]);
});

test('a file that is not there is empty until it is; one that goes stays in force', async () => {
  const maps = files();
  expect(maps.current().entries).toEqual({ BAD: [] });
  expect(lines.map(([text]) => text)).toEqual([
    'list cannot be read',
    'list is empty until its file can be read',
  ]);
  writeFileSync(file, 'shop.example\n');
  await maps.look();
  rmSync(file);
  lines.length = 0;
  // Once may be a moment in which it is replaced.
  await maps.look();
  expect(lines).toEqual([]);
  await maps.look();
  await maps.look();
  expect(lines).toEqual([['list is gone, what was in it stays in force', { symbol: 'BAD', file }]]);
  expect(maps.current().entries).toEqual({ BAD: ['shop.example'] });
});

test('a file that is too long is refused as a whole, and said once', async () => {
  writeFileSync(file, 'shop.example\n');
  const maps = files({}, { fileBytes: 20 });
  writeFileSync(file, 'shop.example\nevil.example\n');
  await maps.look();
  await maps.look();
  expect(maps.current().entries).toEqual({ BAD: ['shop.example'] });
  expect(lines).toEqual([
    ['list cannot be read', { symbol: 'BAD', file, error: '26 octets are more than 20' }],
  ]);
});

test('lines that are no entries are named, a few of them', () => {
  writeFileSync(file, `${'a b\n'.repeat(30)}shop.example\n`);
  expect(files().current().entries).toEqual({ BAD: ['shop.example'] });
  expect(lines).toHaveLength(11);
  expect(lines[0]?.[1]).toMatchObject({ symbol: 'BAD', file, line: 1 });
});

test('workers of a pool are given the lists, and those that have changed; the action of a list decides', async () => {
  writeFileSync(file, 'shop.example\n');
  const settings = settingsOf({ action: 'reject', text: 'You are not welcome' });
  const maps = new MapFiles(settings, log);
  open.push(maps);
  const pool = createPool({
    filter: {
      ...defaultFilterSettings,
      maps: settings,
      pool: { ...defaultFilterSettings.pool, workers: 1 },
    },
    authentication: defaultAuthenticationSettings,
    dns: { ...defaultDnsSettings, zone: {} },
    message: defaultMessageLimits,
    maps,
    log: silentLog,
  });
  const scan = (domain: string) =>
    pool.scan({
      id: domain,
      raw: Buffer.from(`From: a@${domain}\r\n\r\nHello\r\n`),
      envelope: { client: {}, sender: `a@${domain}`, recipients: [] },
    });
  try {
    const listed = await scan('shop.example');
    expect(listed).toMatchObject({ action: 'reject', text: 'You are not welcome' });
    expect(listed.hits).toContainEqual({ symbol: 'BAD', score: 5, detail: 'a@shop.example' });
    expect((await scan('evil.example')).action).toBe('no action');
    writeFileSync(file, 'evil.example\n');
    await maps.look();
    expect((await scan('evil.example')).action).toBe('reject');
    expect((await scan('shop.example')).action).toBe('no action');
  } finally {
    await pool.close();
  }
}, 60_000);
