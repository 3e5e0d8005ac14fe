import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from './peers.ts';

/** What `describePeers` is to look for. */
export const OPENDKIM_LIBRARY = ['cc', '/usr/include/opendkim/dkim.h'] as const;

export interface SigningTask {
  message: Uint8Array;
  selector: string;
  domain: string;
  algorithm: string;
  header: 'simple' | 'relaxed';
  body: 'simple' | 'relaxed';
  /** l= */
  length?: number;
  /** Fields to sign. */
  names: readonly string[];
}

/** OpenDKIM's library, in one process for many messages: `opendkim.c` compiled into a folder of its own. */
export class OpenDkimLibrary {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tamis-libopendkim-'));
  readonly #program = join(this.#folder, 'peer');
  /** Keys in the words of the program. */
  readonly #keys: Buffer;

  /** `records` by name, private keys as PEM by selector. */
  constructor(records: Readonly<Record<string, string>>, privateKeys: Readonly<Record<string, string>> = {}) {
    const source = join(import.meta.dirname, 'opendkim.c');
    const { status, stderr } = spawnSync(
      program('cc'),
      ['-O2', '-o', this.#program, source, '-I/usr/include/opendkim', '-lopendkim'],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`opendkim.c does not compile: ${stderr}`);
    this.#keys = Buffer.from(
      [
        ...Object.entries(records).map(([name, record]) => `key ${name} ${record}\n`),
        ...Object.entries(privateKeys).map(([selector, pem]) => `private ${selector} ${pem.length}\n${pem}`),
      ].join(''),
    );
  }

  /** For each message a word for each of its signatures, in their order: `pass`, or what is wrong. */
  verify(messages: readonly Uint8Array[]): string[][] {
    const output = this.#run(messages.map((message) => [`verify ${message.length}`, message]));
    return output
      .toString('latin1')
      .split('\n')
      .slice(0, messages.length)
      .map((line) => line.split(';').filter((word) => word !== ''));
  }

  /** The DKIM-Signature field of each message, or what it said instead. */
  sign(tasks: readonly SigningTask[]): (Buffer | string)[] {
    const output = this.#run(tasks.map((task) => [signLine(task), task.message]));
    let at = 0;
    return tasks.map(() => {
      const end = output.indexOf('\n', at);
      const line = output.toString('latin1', at, end);
      const size = Number.parseInt(line, 10);
      at = end + 1 + size;
      if (size === 0) return line;
      return Buffer.concat([
        Buffer.from('DKIM-Signature: '),
        output.subarray(end + 1, at),
        Buffer.from('\r\n'),
      ]);
    });
  }

  /** CPU milliseconds of one verification, all signatures of which pass. */
  timeVerify(message: Uint8Array, times: number): number {
    return this.#time(`verify ${times} ${message.length}`, message, times);
  }

  timeSign(task: SigningTask, times: number): number {
    return this.#time(signLine(task).replace(' ', ` ${times} `), task.message, times);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #time(command: string, message: Uint8Array, times: number): number {
    const answer = this.#run([[`time-${command}`, message]])
      .toString('latin1')
      .trim();
    if (!/^[0-9.]+$/.test(answer)) throw new Error(`libopendkim: ${answer}`);
    return (Number(answer) * 1000) / times;
  }

  #run(commands: readonly (readonly [line: string, message: Uint8Array])[]): Buffer {
    const input = Buffer.concat([
      this.#keys,
      ...commands.flatMap(([line, message]) => [Buffer.from(`${line}\n`, 'latin1'), message]),
    ]);
    const { status, signal, stdout, stderr } = spawnSync(this.#program, {
      input,
      maxBuffer: 256 * 1024 * 1024,
    });
    if (status !== 0) throw new Error(`libopendkim ended with ${status ?? signal}: ${stderr.toString()}`);
    return stdout;
  }
}

function signLine({
  message,
  selector,
  domain,
  algorithm,
  header,
  body,
  length = -1,
  names,
}: SigningTask): string {
  return `sign ${selector} ${domain} ${algorithm} ${header} ${body} ${length} ${names.join(':')} ${message.length}`;
}
