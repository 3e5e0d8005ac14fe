import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { disk, type Disk } from './durable.ts';
import { createScriptStore } from './script-store.ts';
import type { StoreSettings } from './settings.ts';

const ANNA = 'anna@example.org';
let folder: string;
let home: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-script-store-'));
  home = join(folder, 'sieve', ANNA);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (more: Partial<StoreSettings> = {}, via: Disk = disk) =>
  createScriptStore({
    folder: join(folder, 'sieve'),
    settings: { maxScriptBytes: 100, maxScripts: 3, maxScriptStorage: 200, ...more },
    disk: via,
  });

const bytes = (text: string): Uint8Array => Buffer.from(text);
const files = (): string[] => readdirSync(join(home, 'scripts')).sort();
const text = async (name: string): Promise<string> => Buffer.from(await open().get(ANNA, name)).toString();

test('a new account has no scripts', async () => {
  expect(await open().list(ANNA)).toEqual([]);
  await expect(open().get(ANNA, 'a')).rejects.toMatchObject({ reason: 'not-found' });
  await open().setActive(ANNA, undefined);
  expect(existsSync(home)).toBe(false);
});

test('scripts are put, read, listed, activated, renamed and deleted', async () => {
  const store = open();
  await store.put(ANNA, 'work', bytes('keep;'));
  await store.put(ANNA, 'Büro', bytes(''));
  expect(await store.list('Anna@Example.ORG')).toEqual([
    { name: 'Büro', active: false, size: 0 },
    { name: 'work', active: false, size: 5 },
  ]);
  expect(await store.activeScript(ANNA)).toBeUndefined();
  await store.setActive(ANNA, 'work');
  expect(readlinkSync(join(home, 'active.sieve'))).toBe('scripts/work.sieve');
  expect(await store.activeScript(ANNA)).toEqual({ name: 'work', source: 'keep;' });
  await store.put(ANNA, 'work', bytes('stop;'));
  expect(await store.activeScript(ANNA)).toEqual({ name: 'work', source: 'stop;' });
  await expect(store.delete(ANNA, 'work')).rejects.toMatchObject({ reason: 'active' });
  await store.rename(ANNA, 'work', 'play');
  expect(await store.activeScript(ANNA)).toEqual({ name: 'play', source: 'stop;' });
  expect(files()).toEqual(['Büro.sieve', 'play.sieve']);
  await expect(store.rename(ANNA, 'play', 'Büro')).rejects.toMatchObject({ reason: 'exists' });
  await expect(store.rename(ANNA, 'play', 'play')).rejects.toMatchObject({ reason: 'exists' });
  await expect(store.rename(ANNA, 'none', 'x')).rejects.toMatchObject({ reason: 'not-found' });
  await store.setActive(ANNA, 'Büro');
  await store.delete(ANNA, 'play');
  await store.setActive(ANNA, undefined);
  expect(await store.activeScript(ANNA)).toBeUndefined();
  await store.delete(ANNA, 'Büro');
  expect(files()).toEqual([]);
  await expect(store.delete(ANNA, 'Büro')).rejects.toMatchObject({ reason: 'not-found' });
  await expect(store.setActive(ANNA, 'Büro')).rejects.toMatchObject({ reason: 'not-found' });
});

test('names are compared in NFC, and long ones are kept whole', async () => {
  const store = open();
  await store.put(ANNA, 'Bu\u0308ro', bytes('keep;'));
  expect(Buffer.from(await store.get(ANNA, 'Büro')).toString()).toBe('keep;');
  const long = '語'.repeat(128);
  await store.put(ANNA, long, bytes('stop;'));
  await store.setActive(ANNA, long);
  expect((await store.list(ANNA)).map(({ name }) => name)).toEqual(['Büro', long]);
  await store.rename(ANNA, long, `${'語'.repeat(127)}x`);
  expect((await store.list(ANNA)).find(({ active }) => active)?.name).toBe(`${'語'.repeat(127)}x`);
  await store.rename(ANNA, `${'語'.repeat(127)}x`, 'short');
  expect(files()).toEqual(['Büro.sieve', 'short.sieve']);
});

test.each(['', 'a/b', '../../x', 'a\nb'])('no script can be called %j', async (name) => {
  const store = open();
  await expect(store.put(ANNA, name, bytes('keep;'))).rejects.toMatchObject({ reason: 'invalid-name' });
  await store.put(ANNA, 'a', bytes('keep;'));
  await expect(store.rename(ANNA, 'a', name)).rejects.toMatchObject({ reason: 'invalid-name' });
  await expect(store.get(ANNA, name)).rejects.toMatchObject({ reason: 'not-found' });
});

test('quotas: octets of one, octets of all, number', async () => {
  const store = open();
  await store.put(ANNA, 'a', bytes('#'.repeat(100)));
  await expect(store.put(ANNA, 'a', bytes('#'.repeat(101)))).rejects.toMatchObject({ reason: 'size' });
  await store.put(ANNA, 'b', bytes('#'.repeat(60)));
  await expect(store.haveSpace(ANNA, 'c', 41)).rejects.toMatchObject({ reason: 'storage' });
  await store.haveSpace(ANNA, 'c', 40);
  // Replacing counts what is there no longer.
  await store.haveSpace(ANNA, 'b', 100);
  await store.put(ANNA, 'c', bytes(''));
  await expect(store.put(ANNA, 'd', bytes(''))).rejects.toMatchObject({ reason: 'scripts' });
  await store.put(ANNA, 'c', bytes('keep;'));
  expect(await text('a')).toHaveLength(100);
});

test('many changes at once stay within the quota', async () => {
  const store = open();
  const all = await Promise.allSettled(
    [1, 2, 3, 4, 5, 6].map((n) => store.put(ANNA, `s${n}`, bytes('keep;'))),
  );
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(files()).toHaveLength(3);
});

test('a step that fails leaves everything as it was', async () => {
  await open().put(ANNA, 'a', bytes('old'));
  await open().setActive(ANNA, 'a');
  const before = files();
  for (const step of ['write', 'rename'] as const) {
    const broken: Disk = {
      ...disk,
      [step]: () => Promise.reject(Object.assign(new Error('injected'), { code: 'ENOSPC' })),
    };
    await expect(open({}, broken).put(ANNA, 'a', bytes('new'))).rejects.toMatchObject({ reason: 'full' });
    if (step === 'rename')
      await expect(open({}, broken).rename(ANNA, 'a', 'b')).rejects.toMatchObject({ reason: 'full' });
    expect(files()).toEqual(before);
    expect(readdirSync(home).sort()).toEqual(['active.sieve', 'scripts']);
    expect(await text('a')).toBe('old');
    expect((await open().activeScript(ANNA))?.source).toBe('old');
  }
  const sick: Disk = {
    ...disk,
    syncFolder: () => Promise.reject(Object.assign(new Error('x'), { code: 'EIO' })),
  };
  await expect(open({}, sick).put(ANNA, 'a', bytes('new'))).rejects.toMatchObject({ reason: 'io' });
});

test('what an admin puts there is seen, and not lost', async () => {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'active.sieve'), 'discard;');
  expect(await open().list(ANNA)).toEqual([]);
  await open().put(ANNA, 'active', bytes('keep;'));
  await open().setActive(ANNA, 'active');
  expect((await open().list(ANNA)).map(({ name, active }) => [name, active])).toEqual([
    ['active', true],
    ['active 2', false],
  ]);
  expect(await text('active 2')).toBe('discard;');
  expect(lstatSync(join(home, 'active.sieve')).isSymbolicLink()).toBe(true);
});

test('a link that leads out can be replaced by its owner', async () => {
  await open().put(ANNA, 'a', bytes('keep;'));
  symlinkSync('/etc/passwd', join(home, 'active.sieve'));
  expect((await open().list(ANNA)).map(({ active }) => active)).toEqual([false]);
  await open().setActive(ANNA, 'a');
  expect((await open().activeScript(ANNA))?.name).toBe('a');
});

test('links in place of folders and scripts are not followed', async () => {
  const other = join(folder, 'other');
  mkdirSync(join(other, 'scripts'), { recursive: true });
  writeFileSync(join(other, 'scripts', 'secret.sieve'), 'keep;');
  mkdirSync(join(folder, 'sieve'), { recursive: true });
  symlinkSync(other, home);
  await expect(open().put(ANNA, 'a', bytes('keep;'))).rejects.toMatchObject({ reason: 'io' });
  rmSync(home);
  await open().put(ANNA, 'a', bytes('keep;'));
  symlinkSync(join(other, 'scripts', 'secret.sieve'), join(home, 'scripts', 'b.sieve'));
  expect((await open().list(ANNA)).map(({ name }) => name)).toEqual(['a']);
  await expect(open().get(ANNA, 'b')).rejects.toMatchObject({ reason: 'not-found' });
});

test('files of those who died are removed when they are old', async () => {
  const store = open();
  await store.put(ANNA, 'a', bytes('keep;'));
  const [old, young] = ['.aaaaaaaaaaaaaaaa.new', '.bbbbbbbbbbbbbbbb.new'];
  for (const name of [old, young]) writeFileSync(join(home, 'scripts', name), 'half');
  utimesSync(join(home, 'scripts', old), new Date(0), new Date(0));
  await store.put(ANNA, 'a', bytes('stop;'));
  expect(files()).toEqual([young, 'a.sieve']);
  expect(readFileSync(join(home, 'scripts', 'a.sieve'), 'utf8')).toBe('stop;');
});
