import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Sink, sink } from './sink.ts';

const ROUNDS = 8;
let data: string;
let relay: Sink;
let child: ChildProcess | undefined;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'tamis-kill-'));
  mkdirSync(join(data, 'sieve/anna@here.example'), { recursive: true });
  const script = 'require "fileinto"; keep; fileinto "Copy"; redirect "bob@there.example";';
  writeFileSync(join(data, 'sieve/anna@here.example/active.sieve'), script);
  relay = await sink();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await relay.close();
  rmSync(data, { recursive: true, force: true });
});

function start(first: number): ChildProcess {
  const deliverer = fileURLToPath(new URL('./deliverer.ts', import.meta.url));
  child = spawn(process.execPath, [deliverer, data, String(relay.port), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return child;
}

/** Lets a deliverer run for some milliseconds after its first message, kills it, and returns what it acknowledged. */
async function round(first: number, milliseconds: number): Promise<number[]> {
  const running = start(first);
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  running.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    timer ??= setTimeout(() => running.kill('SIGKILL'), milliseconds);
  });
  expect(await new Promise((resolve) => running.on('close', (_, by) => resolve(by)))).toBe('SIGKILL');
  return output.split('\n').slice(0, -1).map(Number);
}

const END = /\r\nend (\d+)\r\n$/;
const numberOf = (text: string): number => Number(END.exec(text)?.[1] ?? Number.NaN);

function stored(mailbox: string): number[] {
  const folder = join(data, 'mail/anna@here.example/Maildir', mailbox, 'new');
  return readdirSync(folder).map((name) => numberOf(readFileSync(join(folder, name), 'latin1')));
}

test('killed while it delivers and sends: every copy of what was acknowledged is there, no file is half', async () => {
  const acknowledged: number[] = [];
  for (let n = 0; n < ROUNDS; n++) acknowledged.push(...(await round(n * 1_000_000, 20 + ((n * 53) % 200))));
  expect(acknowledged.length).toBeGreaterThan(ROUNDS * 5);

  // The last one only empties the spool.
  const last = start(-1);
  await vi.waitFor(
    () => expect(readdirSync(join(data, 'spool/queue')).filter((name) => name.endsWith('.json'))).toEqual([]),
    {
      timeout: 60_000,
      interval: 50,
    },
  );
  last.kill('SIGKILL');

  for (const mailbox of ['', '.Copy']) {
    const there = stored(mailbox);
    expect(there.filter(Number.isNaN)).toEqual([]);
    expect(new Set(there).size).toBe(there.length);
    const known = new Set(there);
    expect(acknowledged.filter((number) => !known.has(number))).toEqual([]);
  }
  const sent = relay.mails.map(({ raw }) => numberOf(raw.toString('latin1')));
  expect(sent.filter(Number.isNaN)).toEqual([]);
  const known = new Set(sent);
  expect(acknowledged.filter((number) => !known.has(number))).toEqual([]);
  // Doubles come only from sends that were under way when the process died: 20 at once, 5 to one destination.
  expect(sent.length - known.size).toBeLessThanOrEqual(ROUNDS * 5);
  expect(readdirSync(join(data, 'spool/corrupt'))).toEqual([]);
});
