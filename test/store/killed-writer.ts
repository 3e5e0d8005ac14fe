import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect } from 'vitest';

/** A program that writes into a folder of its own, and is killed while it does; the folder goes after the tests of a file. */
export class KilledWriter {
  folder = '';
  readonly #program: string;
  #child: ChildProcess | undefined;

  /** `program` gets the folder and a number, and prints a line for what is safe. */
  constructor(program: URL) {
    this.#program = fileURLToPath(program);
    beforeAll(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'tamis-killed-'));
    });
    afterAll(() => {
      this.#child?.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Lets it run for some milliseconds after its first line, kills it, and returns its whole lines. */
  async round(first: number, milliseconds: number): Promise<string[]> {
    const running = spawn(process.execPath, [this.#program, this.folder, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = running;
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
}
