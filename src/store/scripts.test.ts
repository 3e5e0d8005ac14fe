import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { program } from '../../test/support/peers.ts';
import { createScripts } from './scripts.ts';

const ANNA = 'anna@example.org';
let folder: string;
let home: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-scripts-'));
  home = join(folder, ANNA);
  mkdirSync(join(home, 'scripts'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (ahead = 0) =>
  createScripts({ folder, settings: { maxScriptBytes: 100 }, now: () => Date.now() + ahead });

const activate = (name: string): void => {
  rmSync(join(home, 'active.sieve'), { force: true });
  symlinkSync(`scripts/${name}.sieve`, join(home, 'active.sieve'));
};

describe('the active script', () => {
  test('is what the link leads to, or a file in its place', async () => {
    const scripts = make();
    expect(await scripts.activeScript(ANNA)).toBeUndefined();
    expect(await scripts.activeScript('other@example.org')).toBeUndefined();
    writeFileSync(join(home, 'scripts', 'work.sieve'), 'keep; # ü');
    activate('work');
    expect(await scripts.activeScript('Anna@Example.ORG')).toEqual({ name: 'work', source: 'keep; # ü' });
    unlinkSync(join(home, 'scripts', 'work.sieve'));
    expect(await scripts.activeScript(ANNA)).toBeUndefined();
    unlinkSync(join(home, 'active.sieve'));
    writeFileSync(join(home, 'active.sieve'), 'discard;');
    expect(await scripts.activeScript(ANNA)).toEqual({ name: 'active', source: 'discard;' });
  });

  test('is the same object until the file changes', async () => {
    const scripts = make(10_000);
    writeFileSync(join(home, 'scripts', 'a.sieve'), 'keep;');
    activate('a');
    const first = await scripts.activeScript(ANNA);
    expect(await scripts.activeScript(ANNA)).toBe(first);
    writeFileSync(join(home, 'scripts', 'b.sieve'), 'stop;');
    activate('b');
    expect(await scripts.activeScript(ANNA)).toEqual({ name: 'b', source: 'stop;' });
  });

  test('a file written again within one tick of the clock is seen', async () => {
    const scripts = make();
    for (let n = 0; n < 20; n++) {
      writeFileSync(join(home, 'active.sieve'), `# ${String(n).padStart(3)}`);
      expect((await scripts.activeScript(ANNA))?.source).toBe(`# ${String(n).padStart(3)}`);
    }
  });

  test('too large, no file, or leading out: a lasting error', async () => {
    const scripts = make();
    const lasting = { name: 'Error', temporary: false };
    writeFileSync(join(home, 'active.sieve'), '#'.repeat(101));
    await expect(scripts.activeScript(ANNA)).rejects.toMatchObject(lasting);
    const replace = (how: (path: string) => void): void => {
      rmSync(join(home, 'active.sieve'), { recursive: true, force: true });
      how(join(home, 'active.sieve'));
    };
    replace((path) => mkdirSync(path));
    await expect(scripts.activeScript(ANNA)).rejects.toMatchObject(lasting);
    replace((path) => execFileSync(program('mkfifo'), [path]));
    await expect(scripts.activeScript(ANNA)).rejects.toMatchObject(lasting);
    mkdirSync(join(folder, 'bob@example.org'));
    writeFileSync(join(folder, 'bob@example.org', 'active.sieve'), 'keep;');
    for (const target of ['../bob@example.org/active.sieve', '/etc/passwd', 'active.sieve']) {
      replace((path) => symlinkSync(target, path));
      await expect(scripts.activeScript(ANNA)).rejects.toMatchObject(lasting);
    }
    await expect(scripts.activeScript('')).rejects.toMatchObject(lasting);
  });

  test('a disk that fails is a passing error', async () => {
    const scripts = createScripts({
      folder,
      settings: { maxScriptBytes: 100 },
      now: () => {
        throw Object.assign(new Error('injected'), { code: 'EIO' });
      },
    });
    writeFileSync(join(home, 'active.sieve'), 'keep;');
    await expect(scripts.activeScript(ANNA)).rejects.toMatchObject({ temporary: true });
  });
});
