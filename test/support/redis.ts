import { freePort } from './port.ts';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './peers.ts';

/** A redis-server of our own on a free loopback port, with a folder of its own, that writes everything to disk at once. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, parameters: readonly string[]) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'tamis-redis-'));
    this.#arguments = parameters;
  }

  /** `more`: further arguments of redis-server (`--maxmemory`, …). */
  static async start(...more: string[]): Promise<RedisServer> {
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
    const server = new RedisServer(await freePort(), durable.concat(more));
    await server.run();
    return server;
  }

  /** A sentinel, which writes what it learns into its configuration file. */
  static async sentinel(configuration: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), [configuration, '--sentinel']);
    await server.run();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** Starts it, again after {@link kill}, and waits until it answers. */
  async run(): Promise<void> {
    const child = spawn(
      program('redis-server'),
      this.#arguments.concat('--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder),
      { stdio: 'ignore' },
    );
    this.#process = child;
    const deadline = Date.now() + 20_000;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error('redis-server does not answer');
      await sleep(20);
    }
  }

  /** SIGKILL: nothing is written any more. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** SIGSTOP: connections stay, answers do not come. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Whether PING gets a +PONG (or, with a password set, a refusal): a server that still loads its data answers neither. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('data', (data) => end(/^(?:\+PONG|-NOAUTH)/.test(data.toString())));
  });
}
