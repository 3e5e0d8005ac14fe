import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KilledWriter } from './killed-writer.ts';

const ROUNDS = 12;
const writer = new KilledWriter(new URL('./deliverer.ts', import.meta.url));

test('killed while it delivers: what was acknowledged is whole, nothing half is in a mailbox', async () => {
  const acknowledged = new Map<number, string>();
  for (let n = 0; n < ROUNDS; n++) {
    for (const line of await writer.round(n * 1_000_000, (n * 37) % 150)) {
      const [number = '', mailbox = ''] = line.split(' ');
      acknowledged.set(Number(number), mailbox);
    }
  }
  const maildir = join(writer.folder, 'anna@example.org', 'Maildir');
  const found = new Map<number, string>();
  for (const [mailbox, path] of [
    ['INBOX', ''],
    ['Lists/Tamis', '.Lists.Tamis'],
    ['Seen', '.Seen'],
  ] as const) {
    for (const sub of ['new', 'cur']) {
      for (const name of readdirSync(join(maildir, path, sub))) {
        const bytes = readFileSync(join(maildir, path, sub, name));
        const end = bytes.indexOf('\r\n');
        const [number, hash] = bytes.subarray(0, end).toString().split(' ');
        const rest = createHash('sha256').update(bytes.subarray(end + 2));
        expect(`${name} ${rest.digest('hex')}`).toBe(`${name} ${hash}`);
        expect(name).toContain(`,S=${bytes.length},`);
        expect(sub).toBe(mailbox === 'Seen' ? 'cur' : 'new');
        expect(found.has(Number(number))).toBe(false);
        found.set(Number(number), mailbox);
      }
    }
  }
  expect(acknowledged.size).toBeGreaterThan(ROUNDS * 5);
  const lost = [...acknowledged].filter(([number, mailbox]) => found.get(number) !== mailbox);
  expect(lost).toEqual([]);
});
