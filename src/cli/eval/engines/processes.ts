/** What engines that are programs of their own share: where they are, what CPU time they took, free ports. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { EngineError } from './error.ts';

/** Clock ticks a second in /proc (USER_HZ, 100 on Linux). */
const TICKS = 100;

/** Path of an installed program; the folders of daemons are looked into as well. Throws {@link EngineError}. */
export function requireProgram(name: string, debianPackage: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  for (const folder of folders) {
    const path = resolve(folder || '.', name);
    if (folder !== '' && existsSync(path)) return path;
  }
  throw new EngineError(`${name} is not installed (Debian package ${debianPackage})`);
}

/** CPU milliseconds of a process and its children that live; 0 where /proc does not tell. */
export function cpuOf(pid: number | undefined): number {
  if (pid === undefined) return 0;
  let ticks = 0;
  for (const entry of listProcesses()) {
    const fields = statFields(entry);
    if (entry !== String(pid) && fields[1] !== String(pid)) continue;
    // utime, stime, and those of children that ended: fields 14 to 17 of proc(5).
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index] ?? 0);
  }
  return (ticks / TICKS) * 1000;
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Fields of /proc/PID/stat from the state on (field 3); the name before may hold anything. */
function statFields(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Runs a program to its end. Rejects with {@link EngineError} when it fails. */
export function run(program: string, args: readonly string[], input: string): Promise<string> {
  const { promise, resolve: done, reject } = Promise.withResolvers<string>();
  const child = spawn(program, args);
  let out = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  child.on('error', (error) => reject(new EngineError(`${program}: ${error.message}`)));
  child.on('close', (code) => {
    if (code === 0) done(out);
    else reject(new EngineError(`${program} ended with ${code}: ${complaints.trim()}`));
  });
  // A program that ends early says why by its exit code.
  child.stdin.on('error', () => undefined).end(input);
  return promise;
}
