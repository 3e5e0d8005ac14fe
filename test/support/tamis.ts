import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isMap, parseDocument, YAMLMap } from 'yaml';

const DEFAULTS: readonly (readonly [section: string, key: string, value: object])[] = [
  ['servers', 'http', { listen: [] }],
  ['filter', 'model', { enabled: false }],
  ['filter', 'pool', { workers: 1 }],
];

const BIN = join(import.meta.dirname, '../../bin/tamis');

/** A line of the structured log. */
export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `bin/tamis` with arguments until it ends. */
export function tamis(
  args: readonly string[],
  input = '',
  environment: Record<string, string> = {},
): Promise<Finished> {
  const child = spawn(BIN, args, { env: { ...process.env, ...environment }, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  // A command that fails at once does not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code: code ?? (signal === null ? -1 : -2), stdout, stderr }),
    );
  });
}

/** `bin/tamis serve` with a folder and configuration of its own, on free ports of loopback. */
export class TamisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'tamis-serve-'));
  readonly log: LogLine[] = [];
  /** Added to the environment of the process. */
  environment: Record<string, string> = {};
  #process: ChildProcess | undefined;
  #ports: Record<string, string[]> = {};
  #ended: Promise<number> = Promise.resolve(0);

  get configFile(): string {
    return join(this.folder, 'tamis.yaml');
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /**
   * Writes the configuration; `yaml` is all of it but `data`. Unless it says otherwise there is no HTTP server, whose port
   * two at a time could not have, and a filter that starts quickly: one worker, without the model.
   */
  configure(yaml: string): void {
    writeFileSync(this.configFile, `data: data\n${withDefaults(yaml)}`);
  }

  /** Writes a file beside the configuration. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Starts the process and waits until it serves; rejects with its log when it ends before. */
  async start(): Promise<void> {
    const from = this.log.length;
    const child = spawn(BIN, ['serve', '--config', this.configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.environment },
    });
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => resolve(code ?? -1));
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.log.push(JSON.parse(line) as LogLine));
    child.stderr.on('data', (chunk: Buffer) => {
      this.log.push({ level: 'stderr', msg: chunk.toString('utf8') });
    });
    await this.waitFor(({ msg }) => msg === 'started', from);
    this.#ports = {};
    for (const { msg, server, address } of this.log.slice(from))
      if (msg === 'listening') (this.#ports[String(server)] ??= []).push(String(address));
  }

  /** `host:port` of a server; `index` counts its addresses, those with TLS after the others. */
  address(server: string, index = 0): string {
    const address = this.#ports[server]?.[index];
    if (address === undefined) throw new Error(`${server} does not listen`);
    return address;
  }

  port(server: string, index = 0): number {
    return Number(this.address(server, index).split(':').at(-1));
  }

  /** The first log line since `from` that satisfies the condition; rejects when the process ends without it. */
  async waitFor(wanted: (line: LogLine) => boolean, from = 0, timeout = 30_000): Promise<LogLine> {
    const end = Date.now() + timeout;
    let alive = true;
    void this.#ended.then(() => (alive = false));
    for (;;) {
      const found = this.log.slice(from).find(wanted);
      if (found !== undefined) return found;
      if (!alive || Date.now() > end)
        throw new Error(
          `no such log line; the last are:\n${this.log
            .slice(-20)
            .map((line) => JSON.stringify(line))
            .join('\n')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** Ends the process with a signal; resolves with its exit code (-1 when the signal killed it). */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    this.#process?.kill(signal);
    return this.#ended;
  }

  /** Ends the process and removes its folder. */
  async dispose(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What is no YAML, or no mapping, stays as it is; so does everything that is said. */
function withDefaults(yaml: string): string {
  const document = parseDocument(yaml);
  if (document.errors.length > 0 || !isMap(document.contents)) return yaml;
  for (const [section, key, value] of DEFAULTS) {
    const said = document.get(section, true) ?? new YAMLMap();
    if (!isMap(said) || said.has(key)) continue;
    document.set(section, said);
    document.setIn([section, key], value);
  }
  return document.toString({ lineWidth: 0 });
}
