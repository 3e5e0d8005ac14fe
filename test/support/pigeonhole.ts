import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { program } from './peers.ts';

/** Debian's `nobody`: Dovecot's tools do not run as root. */
const NOBODY = 65_534;
/** Runs a command `$0` times, and prints the CPU times of the shell and of what it ran. */
const LOOP = 'n=$0; while [ $n -gt 0 ]; do "$@"; code=$?; n=$((n-1)); done; times >&2; exit $code';
const asRoot = process.getuid?.() === 0;

export interface PigeonholeRun {
  status: number;
  stdout: string;
  stderr: string;
  /** Processor seconds of the program. */
  cpu: number;
}

/**
 * Pigeonhole's tools on a folder of their own with a Maildir, as a user without rights, in UTC. The Maildir's index is
 * held in memory, so that every run reads the mail itself.
 */
export class Pigeonhole {
  readonly folder = mkdtempSync(join(tmpdir(), 'tamis-pigeonhole-'));

  constructor(settings: readonly string[] = []) {
    this.write(
      'dovecot.conf',
      [
        `mail_location = maildir:${this.folder}/Maildir:INDEX=MEMORY`,
        `mail_home = ${this.folder}`,
        'postmaster_address = postmaster@example.com',
        'plugin {',
        ...settings.map((setting) => `  ${setting}`),
        '}',
        '',
      ].join('\n'),
    );
    chmodSync(this.folder, 0o755);
    this.#own(this.folder);
    this.clearMaildir();
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    if (!existsSync(dirname(path))) {
      mkdirSync(dirname(path));
      this.#own(dirname(path));
    }
    writeFileSync(path, content);
    this.#own(path);
    return path;
  }

  /** An empty Maildir in the place of the one before. */
  clearMaildir(): void {
    rmSync(join(this.folder, 'Maildir'), { recursive: true, force: true });
    for (const path of ['Maildir', 'Maildir/cur', 'Maildir/new', 'Maildir/tmp']) {
      mkdirSync(join(this.folder, path));
      this.#own(join(this.folder, path));
    }
  }

  /** Puts messages into the Maildir; their order in it is the order given. */
  fill(messages: readonly Uint8Array[]): void {
    this.clearMaildir();
    for (const [index, raw] of messages.entries())
      this.write(`Maildir/cur/${1_700_000_000 + index}.M${index}P1.test:2,`, raw);
  }

  /** Runs a tool, several times where only its CPU time is wanted; status and output are the last one's. */
  run(tool: 'sieve-filter' | 'sieve-test' | 'sievec', args: readonly string[], starts = 1): PigeonholeRun {
    const command = [program(tool), '-c', join(this.folder, 'dovecot.conf'), ...args];
    const { status, stdout, stderr } = spawnSync('sh', ['-c', LOOP, String(starts), ...command], {
      encoding: 'utf8',
      cwd: this.folder,
      maxBuffer: 256 * 1024 * 1024,
      env: { HOME: this.folder, PATH: process.env['PATH'] ?? '', TZ: 'UTC', LC_ALL: 'C.UTF-8' },
      ...(asRoot ? { uid: NOBODY, gid: NOBODY } : {}),
    });
    const lines = stderr.trimEnd().split('\n');
    const children = lines.pop() ?? '';
    // The shell's own times stand in the line before.
    lines.pop();
    const cpu = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
      0,
    );
    return { status: status ?? -1, stdout, stderr: lines.join('\n'), cpu };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #own(path: string): void {
    if (asRoot) chownSync(path, NOBODY, NOBODY);
  }
}
