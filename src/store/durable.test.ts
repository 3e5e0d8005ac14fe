import fs, {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Disk, disk, makeFolders, replaceFile } from './durable.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-durable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]): string => join(folder, ...names);

describe('writing', () => {
  test('any pieces, in order, also when the system takes only some bytes at a time', async () => {
    const { writevSync } = fs;
    let count = 0;
    const partial = vi.spyOn(fs, 'writevSync').mockImplementation((file, pieces) => {
      // As a disk that is nearly full, or a signal, would do it.
      const whole = Buffer.concat(pieces as Uint8Array[]);
      return writevSync(file, [whole.subarray(0, Math.max(1, whole.length >> 1))]);
    });
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 30 }), async (pieces) => {
          const path = at(`f${count++}`);
          const whole = Buffer.concat(pieces);
          expect(await disk.write(path, pieces)).toBe(whole.length);
          expect(readFileSync(path).equals(whole)).toBe(true);
        }),
        { numRuns: 50 },
      );
    } finally {
      partial.mockRestore();
    }
  });

  test('a large one', async () => {
    const pieces = Array.from({ length: 700 }, (_, index) => Buffer.alloc(1000, index));
    expect(await disk.write(at('x'), pieces, 1e12)).toBe(700_000);
    expect(readFileSync(at('x')).equals(Buffer.concat(pieces))).toBe(true);
    expect(statSync(at('x')).mtimeMs).toBe(1e12);
  });

  test('an fsync that fails is a write that failed', async () => {
    const failing = vi
      .spyOn(fs, 'fsync')
      .mockImplementation((_, done: (error: Error | null) => void) => done(new Error('injected')));
    try {
      await expect(disk.write(at('x'), [Buffer.from('y')])).rejects.toThrow('injected');
    } finally {
      failing.mockRestore();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('never over a file or through a link', async () => {
    writeFileSync(at('there'), 'old');
    symlinkSync(at('elsewhere'), at('link'));
    for (const name of ['there', 'link']) {
      await expect(disk.write(at(name), [Buffer.from('new')])).rejects.toMatchObject({ code: 'EEXIST' });
    }
    expect(readFileSync(at('there'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['link', 'there']);
    expect(statSync(at('there')).size).toBe(3);
  });
});

describe('folders', () => {
  test('a change made while an fsync runs gets one of its own, shared with others', async () => {
    const running: (() => void)[] = [];
    const slow = vi
      .spyOn(fs, 'fsync')
      .mockImplementation((_, done: (error: Error | null) => void) => void running.push(() => done(null)));
    const until = async (count: number): Promise<void> => {
      while (running.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    try {
      const order: string[] = [];
      const first = disk.syncFolder(folder).then(() => order.push('first'));
      await until(1);
      const second = disk.syncFolder(folder).then(() => order.push('second'));
      const third = disk.syncFolder(folder).then(() => order.push('third'));
      running[0]?.();
      await first;
      await until(2);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect([order, running.length]).toEqual([['first'], 2]);
      running[1]?.();
      await Promise.all([second, third]);
      expect(running.length).toBe(2);
      const fourth = disk.syncFolder(folder);
      await until(3);
      running[2]?.();
      await fourth;
    } finally {
      slow.mockRestore();
    }
  });

  test('a failed fsync is told to all who waited for it, and the next begins anew', async () => {
    await expect(disk.syncFolder(at('none'))).rejects.toMatchObject({ code: 'ENOENT' });
    const both = await Promise.allSettled([disk.syncFolder(at('none')), disk.syncFolder(at('none'))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await disk.makeFolder(at('none'));
    await disk.syncFolder(at('none'));
  });

  test('missing parents are made too', async () => {
    await makeFolders(disk, at('a', 'b', 'c'), at('a', 'd'));
    await makeFolders(disk, at('a', 'b', 'c'));
    expect(readdirSync(at('a')).sort()).toEqual(['b', 'd']);
    expect(statSync(at('a')).mode & 0o777).toBe(0o700);
    writeFileSync(at('file'), '');
    await expect(makeFolders(disk, at('file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe('replacing', () => {
  test('the new content, or the old one', async () => {
    writeFileSync(at('target'), 'old');
    await replaceFile(disk, at('tmp'), at('target'), [Buffer.from('new')]);
    expect(readFileSync(at('target'), 'utf8')).toBe('new');
    const faulty: Disk = { ...disk, rename: () => Promise.reject(new Error('injected')) };
    await expect(replaceFile(faulty, at('tmp'), at('target'), [Buffer.from('third')])).rejects.toThrow(
      'injected',
    );
    expect(readFileSync(at('target'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['target']);
  });

  test('removing says whether there was something', async () => {
    writeFileSync(at('x'), '');
    expect([await disk.remove(at('x')), await disk.remove(at('x'))]).toEqual([true, false]);
    await expect(disk.remove(at('x', 'y', 'z'))).resolves.toBe(false);
  });
});

test('a folder in the place of a file is kept beside it', async () => {
  fs.mkdirSync(at('facts', 'below'), { recursive: true });
  fs.mkdirSync(at('tmp'));
  await replaceFile(disk, at('tmp', 'x1'), at('facts'), [Buffer.from('new')]);
  expect(readFileSync(at('facts'), 'utf8')).toBe('new');
  expect(readdirSync(folder).sort()).toEqual(['facts', 'facts.folder-x1', 'tmp']);
  expect(readdirSync(at('facts.folder-x1'))).toEqual(['below']);
});
