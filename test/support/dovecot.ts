import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './peers.ts';
import { freePort } from './port.ts';

export interface DovecotOptions {
  /** Everybody's password, without spaces; whoever knows it has an account. */
  readonly password: string;
  /** More of its configuration. */
  readonly more?: string;
  /** Of mailbox names; Dovecot's own default for Maildir is the dot. */
  readonly separator?: string;
}

/** Debian's Dovecot with its own defaults, in a folder of its own: IMAP on loopback, Maildir, no TLS. */
export class Dovecot {
  port = 0;
  readonly folder = mkdtempSync(join(tmpdir(), 'tamis-dovecot-'));
  readonly #options: DovecotOptions;
  #process: ChildProcess | undefined;

  constructor(options: DovecotOptions) {
    this.#options = options;
    chmodSync(this.folder, 0o755);
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
    return join(this.folder, 'mail', user, 'Maildir');
  }

  async start(): Promise<void> {
    const program = Dovecot.find();
    if (program === undefined) throw new Error('Dovecot is not installed');
    this.port = await freePort();
    const { folder } = this;
    const { password, more = '', separator = '' } = this.#options;
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
  driver = static
  args = password=${password}
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
  separator = ${separator}
}
${more}`,
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

  /** Ends it and removes its folder. */
  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
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
