import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './peers.ts';
import { freePort } from './port.ts';

/** An unbound of our own on a free loopback port, which asks one server about everything. */
export class Unbound {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.#process = child;
    this.#folder = folder;
  }

  /** Asks the server at `upstream` (`127.0.0.1@5353`) for everything below `zone`, and validates by the anchors. */
  static async start(zone: string, upstream: string, trustAnchors: readonly string[]): Promise<Unbound> {
    const folder = mkdtempSync(join(tmpdir(), 'tamis-unbound-'));
    const port = await freePort();
    const file = join(folder, 'unbound.conf');
    writeFileSync(
      file,
      [
        'server:',
        '  interface: 127.0.0.1',
        `  port: ${port}`,
        '  do-daemonize: no',
        '  do-not-query-localhost: no',
        '  chroot: ""',
        '  username: ""',
        '  pidfile: ""',
        '  use-syslog: no',
        `  directory: "${folder}"`,
        '  module-config: "validator iterator"',
        '  qname-minimisation: no',
        '  num-threads: 1',
        ...trustAnchors.map((anchor) => `  trust-anchor: "${anchor}"`),
        'remote-control:',
        '  control-enable: no',
        'stub-zone:',
        `  name: "${zone}."`,
        `  stub-addr: ${upstream}`,
      ].join('\n'),
    );
    const child = spawn(program('unbound'), ['-d', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const deadline = Date.now() + 20_000;
    while (!(await canConnect(port))) {
      if (child.exitCode !== null) throw new Error(`unbound ended with ${child.exitCode}: ${said}`);
      if (Date.now() > deadline) throw new Error(`unbound does not answer: ${said}`);
      await sleep(20);
    }
    return new Unbound(port, child, folder);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await once(this.#process, 'exit');
    }
    rmSync(this.#folder, { recursive: true });
  }
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
