import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { MilterClient } from '../support/milter-client.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
});

async function runExample(file: string, address: string): Promise<number> {
  const running = spawn(
    process.execPath,
    // In a clone there is no dist/: this condition of the package's exports leads to the source.
    ['--conditions=tamis-source', join(ROOT, 'docs/examples', file), address],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  child = running;
  for await (const line of createInterface({ input: running.stdout })) {
    const port = /^listening on (\d+)$/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`${file} ended without listening`);
}

describe('the examples of the documentation', () => {
  it.each([
    ['milter.ts', '127.0.0.1:0', 'connection 1, 1 recipients'],
    ['node-milter.ts', '0', 'yes'],
  ])('%s runs, and is what the page shows', async (file, address, value) => {
    const page = readFileSync(join(ROOT, 'docs/milter.md'), 'utf8');
    expect(page).toContain(readFileSync(join(ROOT, 'docs/examples', file), 'utf8').trimEnd());
    const client = await MilterClient.open(await runExample(file, address));
    await client.negotiate();
    await client.connect();
    await client.helo();
    expect(await client.message()).toEqual([
      { type: 'add-header', name: 'X-Seen', value },
      { type: 'accept' },
    ]);
    expect(await client.message({ headers: [['Subject', 'Forbidden things']] })).toEqual([
      { type: 'reply', text: '550 5.7.1 We do not talk about this here' },
    ]);
    const ended = new Promise((done) => child?.once('exit', done));
    child?.kill('SIGTERM');
    expect(await ended).toBe(0);
    client.close();
  });
});
