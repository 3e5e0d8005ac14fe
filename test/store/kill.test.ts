import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROUNDS = 12;
let folder: string;
let child: ChildProcess | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-kill-'));
});
afterAll(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Lets a deliverer run for some milliseconds after its first message, kills it, and returns what it acknowledged. */
async function round(first: number, milliseconds: number): Promise<string[]> {
  const deliverer = fileURLToPath(new URL('./deliverer.ts', import.meta.url));
  const running = spawn(process.execPath, [deliverer, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = running;
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  running.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    timer ??= setTimeout(() => running.kill('SIGKILL'), milliseconds);
  });
  const signal = await new Promise((resolve) => running.on('close', (_, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

test('killed while it delivers: what was acknowledged is whole, nothing half is in a mailbox', async () => {
  const acknowledged = new Map<number, string>();
  for (let n = 0; n < ROUNDS; n++) {
    for (const line of await round(n * 1_000_000, (n * 37) % 150)) {
      const [number = '', mailbox = ''] = line.split(' ');
      acknowledged.set(Number(number), mailbox);
    }
  }
  const maildir = join(folder, 'anna@example.org', 'Maildir');
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
