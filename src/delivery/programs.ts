import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Log } from '../log.ts';
import type { Converter, ProgramSettings } from './program-settings.ts';

export type ProgramCommand = 'pipe' | 'filter' | 'execute' | 'convert';

/** One run of a program. */
export interface ProgramJob {
  command: ProgramCommand;
  program: string;
  arguments: readonly string[];
  /** Written to its standard input, one after another. */
  input: readonly Uint8Array[];
  /** Told to it as SENDER and RECIPIENT. */
  sender: string;
  recipient: string;
}

/** The programs that the admin listed. */
export interface Programs {
  /** Whether the program is listed for the command. */
  known(command: ProgramCommand, program: string): boolean;
  /** What the program wrote; undefined when it failed, which the log tells. Never rejects. */
  run(job: ProgramJob): Promise<Buffer | undefined>;
  /** Ends the programs that run. */
  close(): void;
}

/** Of what a program writes to its standard error, so much goes to the log. */
const SHOWN_ERRORS = 2000;
/** Milliseconds that the children of a program that has ended may go on writing. */
const AFTER_END = 1000;

/** A name of a file, and nothing that leads elsewhere. */
const isName = (name: string): boolean => name !== '.' && name !== '..' && /^[^/\\\0]{1,255}$/.test(name);

/** `converters` name programs, too: those of `convert`. */
export function createPrograms(
  settings: ProgramSettings,
  log: Log,
  converters: readonly Converter[] = [],
): Programs {
  const listed: Readonly<Record<ProgramCommand, readonly string[]>> = {
    pipe: settings.pipe,
    filter: settings.filter,
    execute: settings.execute,
    convert: converters.map(({ program }) => program),
  };
  const running = new Set<() => void>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let closed = false;

  const known = (command: ProgramCommand, program: string): boolean =>
    settings.folder !== '' && isName(program) && listed[command].includes(program);

  const turn = async (): Promise<void> => {
    if (busy >= settings.concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
    busy++;
  };
  const done = (): void => {
    busy--;
    waiting.shift()?.();
  };

  return {
    known,
    async run(job) {
      const { command, program } = job;
      if (!known(command, program) || closed) {
        log.warn({ command, program }, 'a script wants to run a program that is not listed');
        return undefined;
      }
      await turn();
      try {
        const path = await locate(settings.folder, program);
        return await execute(path, job, settings, running);
      } catch (error) {
        log.warn({ command, program, recipient: job.recipient, err: error }, 'a program of a script failed');
        return undefined;
      } finally {
        done();
      }
    },
    close() {
      closed = true;
      for (const end of running) end();
    },
  };
}

/** The file of a program. Throws when it lies elsewhere, is none, or others than its owner can write to it. */
async function locate(folder: string, program: string): Promise<string> {
  const home = await realpath(folder);
  const path = await realpath(join(home, program));
  if (!path.startsWith(home + sep)) throw new Error('the program lies outside of the folder');
  const file = await stat(path);
  if (!file.isFile()) throw new Error('the program is no file');
  // Whoever could write to it could run anything as this server.
  if (((file.mode | (await stat(home)).mode) & 0o022) !== 0)
    throw new Error('the program or its folder can be written to by others than its owner');
  await access(path, constants.X_OK);
  return path;
}

/** Only what a program needs: nothing of the server's own environment, which may hold secrets. */
function environment({ sender, recipient }: ProgramJob, folder: string): Record<string, string> {
  const clean = (text: string): string => text.replaceAll('\0', '');
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: folder,
    SENDER: clean(sender),
    RECIPIENT: clean(recipient),
  };
}

/** Runs it without a shell, in a process group of its own. Rejects when it does not end with 0 within its limits. */
function execute(
  path: string,
  job: ProgramJob,
  { folder, timeout, outputBytes }: ProgramSettings,
  running: Set<() => void>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, job.arguments, {
      cwd: folder,
      env: environment(job, folder),
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that what it has started ends with it.
      detached: true,
      shell: false,
    });
    const output: Buffer[] = [];
    let written = 0;
    let errors = '';
    let fault: string | undefined;
    let after: NodeJS.Timeout | undefined;
    const kill = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has ended by itself.
      }
    };
    const stop = (why: string): void => {
      fault ??= why;
      kill();
    };
    const end = (): void => stop('the server shuts down');
    const timer = setTimeout(() => stop(`took longer than ${timeout} seconds`), timeout * 1000);
    running.add(end);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      clearTimeout(after);
      running.delete(end);
      kill();
      act();
    };
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', () => {
      // Children that it left behind may hold its output open.
      after = setTimeout(() => {
        kill();
        child.stdout.destroy();
        child.stderr.destroy();
      }, AFTER_END);
    });
    child.once('close', (code, signal) => {
      const why = fault ?? (code === 0 ? undefined : `ended with ${code ?? signal}`);
      settle(() => {
        if (why === undefined) resolve(Buffer.concat(output));
        else reject(new Error(errors === '' ? why : `${why}: ${errors.trim()}`));
      });
    });
    child.stdout.on('data', (chunk: Buffer) => {
      written += chunk.length;
      if (written > outputBytes) stop(`wrote more than ${outputBytes} octets`);
      else output.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (errors.length < SHOWN_ERRORS) errors = (errors + text).slice(0, SHOWN_ERRORS);
    });
    // A program need not read all, or anything.
    child.stdin.on('error', () => undefined);
    for (const piece of job.input) child.stdin.write(piece);
    child.stdin.end();
  });
}
