import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { selfSignedCertificate } from '../../src/net/tls.ts';
import { program } from './peers.ts';
import { freePort } from './port.ts';

/** A prosody of our own on a free loopback port, for one domain. */
export class Prosody {
  readonly port: number;
  readonly folder: string;
  readonly domain: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, domain: string) {
    this.port = port;
    this.folder = folder;
    this.domain = domain;
  }

  /** With `tls` the certificate is in {@link certificate}; without, clients cannot encrypt. */
  static async start(domain: string, { tls }: { tls: boolean }): Promise<Prosody> {
    const folder = mkdtempSync(join(tmpdir(), 'tamis-prosody-'));
    const server = new Prosody(await freePort(), folder, domain);
    for (const name of ['data', 'certs']) mkdirSync(join(folder, name));
    const identity = await selfSignedCertificate(domain, new Date());
    writeFileSync(server.certificate, identity.cert);
    writeFileSync(join(folder, 'key.pem'), identity.key);
    const lines = [
      'run_as_root = true',
      'daemonize = false',
      `data_path = "${folder}/data"`,
      `certificates = "${folder}/certs"`,
      `pidfile = "${folder}/prosody.pid"`,
      'log = { warn = "*console" }',
      'interfaces = { "127.0.0.1" }',
      `c2s_ports = { ${server.port} }`,
      ...['c2s_direct_tls_ports', 's2s_ports', 'http_ports', 'https_ports'].map((name) => `${name} = {}`),
      `modules_enabled = { "saslauth", "roster"${tls ? ', "tls"' : ''} }`,
      `modules_disabled = { "s2s"${tls ? '' : ', "tls"'} }`,
      `c2s_require_encryption = ${tls}`,
      'authentication = "internal_hashed"',
      `VirtualHost "${domain}"`,
      ...(tls ? [`  ssl = { key = "${folder}/key.pem", certificate = "${server.certificate}" }`] : []),
    ];
    writeFileSync(server.configuration, `${lines.join('\n')}\n`);
    await server.run();
    return server;
  }

  get configuration(): string {
    return join(this.folder, 'prosody.cfg.lua');
  }

  get certificate(): string {
    return join(this.folder, 'certificate.pem');
  }

  /** Starts it, again after {@link kill}, and waits until it takes connections. */
  async run(): Promise<void> {
    const child = spawn(program('prosody'), ['--config', this.configuration, '-F'], { stdio: 'ignore' });
    this.#process = child;
    const deadline = Date.now() + 20_000;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null) throw new Error(`prosody ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error('prosody does not answer');
      await sleep(20);
    }
  }

  addUser(name: string, password: string): void {
    execFileSync(
      program('prosodyctl'),
      ['--config', this.configuration, 'register', name, this.domain, password],
      { stdio: 'ignore' },
    );
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
