import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dovecot } from '../../../test/support/dovecot.ts';
import { tamis, TamisServer } from '../../../test/support/tamis.ts';

/** Clock ticks a second in /proc (USER_HZ, 100 on Linux). */
const TICKS = 100;
export const PASSWORD = 'correct-horse';

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

/** Debian's Dovecot with its own defaults. */
export class MeasuredDovecot extends Dovecot implements MeasuredServer {
  readonly name = 'dovecot';
  readonly indexesText = false;

  constructor() {
    super({ password: PASSWORD });
  }
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
