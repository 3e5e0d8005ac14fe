import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { type Disk, disk } from '../store/durable.ts';
import { createQuarantine, type HoldRequest } from './quarantine.ts';

let folder: string;
let clock = 1000;
const make = (faulty: Partial<Disk> = {}) =>
  createQuarantine({ folder, log: silentLog, now: () => clock, disk: { ...disk, ...faulty } });
const mail = (id: string): HoldRequest => ({
  id,
  pieces: [Buffer.from('Subject: x\r\n'), Buffer.from('\r\nbody\xff', 'latin1')],
  envelope: {
    client: { address: '192.0.2.1', helo: 'x' },
    sender: '',
    recipients: [{ address: 'a@b', notify: 'NEVER' }],
  },
  reason: 'score',
  score: 12.5,
  symbols: ['A', 'B'],
});

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tamis-quarantine-')), 'q');
  clock = 1000;
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

describe('quarantine', () => {
  test('what is held can be listed, read by another process, and removed', async () => {
    const quarantine = await make();
    expect(await quarantine.hold(mail('one'))).toBe('one');
    clock = 2000;
    await quarantine.hold(mail('two'));
    const again = await make();
    expect((await again.list()).map(({ id, held, size }) => [id, held, size])).toEqual([
      ['one', 1000, 19],
      ['two', 2000, 19],
    ]);
    const found = await again.get('one');
    const { pieces, ...request } = mail('one');
    expect(found?.mail).toMatchObject(request);
    expect(Buffer.concat(pieces).equals(found?.raw ?? Buffer.alloc(0))).toBe(true);
    expect(statSync(join(folder, 'one.eml')).mode & 0o777).toBe(0o600);
    expect(await again.remove('one')).toBe(true);
    expect(await again.remove('one')).toBe(false);
    expect(await again.get('one')).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(['tmp', 'two.eml', 'two.json']);
  });

  test('an id is never a path, and never replaces a mail that is held', async () => {
    const quarantine = await make();
    const id = await quarantine.hold(mail('../../etc/passwd'));
    expect(id).toMatch(/^x[0-9a-f]{40}$/);
    expect(await quarantine.hold(mail('same'))).toBe('same');
    expect(await quarantine.hold(mail('same'))).toBe('same-2');
    expect((await quarantine.list()).length).toBe(3);
    expect(await quarantine.get('../q/same')).toBeUndefined();
    expect(await quarantine.remove('../q/same')).toBe(false);
  });

  test('what is damaged is left out', async () => {
    const quarantine = await make();
    for (const id of ['a', 'b', 'c', 'd']) await quarantine.hold(mail(id));
    writeFileSync(join(folder, 'a.json'), '{');
    truncateSync(join(folder, 'b.eml'), 3);
    rmSync(join(folder, 'c.eml'));
    expect((await quarantine.list()).map(({ id }) => id)).toEqual(['d']);
  });

  test.each(['write', 'rename', 'syncFolder'] as const)(
    'a %s that fails is told, and leaves nothing half',
    async (step) => {
      let failing = false;
      const original = disk[step] as (...args: unknown[]) => Promise<never>;
      const quarantine = await make({
        [step]: (...args: unknown[]) => (failing ? Promise.reject(new Error('injected')) : original(...args)),
      });
      failing = true;
      await expect(quarantine.hold(mail('x'))).rejects.toThrow('injected');
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
      if (step !== 'syncFolder') expect(await quarantine.list()).toEqual([]);
    },
  );
});
