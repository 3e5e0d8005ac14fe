import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../../test/support/peers.ts';
import { freePort } from '../../../test/support/port.ts';
import { tamis, TamisServer } from '../../../test/support/tamis.ts';

/** Clock ticks a second in /proc (USER_HZ, 100 on Linux). */
const TICKS = 100;
export const PASSWORD = 'correct horse';

/** An IMAP server that the bench measures, in processes of its own. */
export interface MeasuredServer {
  readonly name: string;
  /** Whether it has an index of the text of messages, made in the background. */
  readonly indexesText: boolean;
  readonly port: number;
  readonly pid: number;
  /** The Maildir of an account. */
  maildir(user: string): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Removes its folder. */
  dispose(): Promise<void>;
}

/** `bin/tamis serve`, nothing but IMAP. */
export class MeasuredTamis implements MeasuredServer {
  readonly name = 'tamis';
  readonly indexesText = true;
  readonly #server = new TamisServer();
  readonly #users: readonly string[];
  #made = false;

  constructor(users: readonly string[], nodeOptions = '') {
    this.#users = users;
    if (nodeOptions !== '') this.#server.environment = { NODE_OPTIONS: nodeOptions };
    this.#server.configure(
      [
        'policy:',
        '  domains: [example.org]',
        '  logins: { clear_on_loopback: true }',
        'servers:',
        '  imap: { listen: ["127.0.0.1:0"], connections_per_address: 2000, connections_per_user: 2000 }',
        '',
      ].join('\n'),
    );
  }

  get port(): number {
    return this.#server.port('imap');
  }

  get pid(): number {
    return this.#server.pid;
  }

  maildir(user: string): string {
    return join(this.#server.data, 'mail', user, 'Maildir');
  }

  async start(): Promise<void> {
    if (!this.#made)
      for (const user of this.#users) {
        const { code, stderr } = await tamis(
          ['user', 'add', '--config', this.#server.configFile, '--password-stdin', user],
          `${PASSWORD}\n`,
        );
        if (code !== 0) throw new Error(stderr);
      }
    this.#made = true;
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  dispose(): Promise<void> {
    return this.#server.dispose();
  }
}

/** Debian's Dovecot with its own defaults, in a folder of its own: Maildir, a file of passwords, no TLS. */
export class MeasuredDovecot implements MeasuredServer {
  readonly name = 'dovecot';
  readonly indexesText = false;
  port = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tamis-bench-dovecot-'));
  readonly #users: readonly string[];
  #process: ChildProcess | undefined;

  constructor(users: readonly string[]) {
    this.#users = users;
    chmodSync(this.#folder, 0o755);
  }

  /** Undefined where Dovecot's IMAP server is not installed, or may not be started. */
  static find(): string | undefined {
    if (!existsSync('/usr/lib/dovecot/imap') || process.getuid?.() !== 0) return undefined;
    return findProgram('dovecot');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  maildir(user: string): string {
    return join(this.#folder, 'mail', user, 'Maildir');
  }

  async start(): Promise<void> {
    const program = MeasuredDovecot.find();
    if (program === undefined) throw new Error('Dovecot is not installed');
    this.port = await freePort();
    const folder = this.#folder;
    const passwords = this.#users.map((user) => `${user}:{PLAIN}${PASSWORD}\n`).join('');
    writeFileSync(join(folder, 'passwd'), passwords);
    mkdirSync(join(folder, 'mail'), { recursive: true });
    writeFileSync(
      join(folder, 'dovecot.conf'),
      `protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
ssl = no
disable_plaintext_auth = no
mail_max_userip_connections = 2000
mail_location = maildir:${folder}/mail/%u/Maildir
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/passwd
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}/mail/%u
}
service imap-login {
  inet_listener imap {
    port = ${this.port}
  }
  inet_listener imaps {
    port = 0
  }
}
namespace inbox {
  inbox = yes
}
`,
    );
    execFileSync('chown', ['-R', 'nobody:nogroup', join(folder, 'mail')]);
    this.#process = spawn(program, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore' });
    await answers(this.port);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const greeted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
    });
    if (greeted) return;
    await sleep(50);
  }
  throw new Error('the server does not answer');
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Processor seconds of it and of children that have ended. */
  readonly seconds: number;
}

/** Its share of the memory it has in common with others, and what is its own. */
function megabytesOf(pid: number): number {
  try {
    const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1];
    return Number(pss ?? 0) / 1024;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

function stats(): Stat[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'latin1');
      const fields = text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const times = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
      return [{ pid: Number(entry), parent: fields[1] ?? 0, seconds: times / TICKS }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** Processor seconds that a process and all below it have used, and the memory they hold now, in megabytes. */
export function resources(pid: number): { readonly seconds: number; readonly megabytes: number } {
  const all = stats();
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  const own = all.filter((one) => family.has(one.pid));
  return {
    seconds: own.reduce((sum, one) => sum + one.seconds, 0),
    get megabytes() {
      return own.reduce((sum, one) => sum + megabytesOf(one.pid), 0);
    },
  };
}
