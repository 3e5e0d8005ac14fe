import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ImapClient } from './imap-client.ts';
import { program } from './peers.ts';
import { SmtpTalk } from './smtp-talk.ts';
import { tamis, TamisServer } from './tamis.ts';

export const ANNA = 'anna@tamis.test';
export const BERT = 'bert@tamis.test';
export const PASSWORD = 'correct horse battery';

/** How a client gets TLS. */
export const TLS = ['STARTTLS', 'TLS'] as const;
export type Tls = (typeof TLS)[number];

export interface Ran {
  /** -1: it was killed, for its time was over. */
  readonly code: number;
  /** What it wrote, both ways. */
  readonly output: string;
  /** What it wrote to its standard output, an octet a character. */
  readonly stdout: string;
}

/**
 * `bin/tamis serve` with IMAP, LMTP and ManageSieve and the accounts of anna and bert, in a process of its own, and the
 * programs that people read their mail with. They know the certificate, which is made for `localhost`.
 */
export class MailDaemon extends TamisServer {
  /** `more`: further sections of the configuration. */
  async serve(more = ''): Promise<void> {
    this.configure(`hostname: localhost
policy: {domains: [tamis.test]}
servers:
  imap: {listen: ['127.0.0.1:0'], listen_tls: ['127.0.0.1:0']}
  lmtp: {listen: ['127.0.0.1:0'], scan: false, received: false}
  managesieve: {listen: ['127.0.0.1:0']}
  http: {listen: []}
${more}`);
    const added = await Promise.all(
      [ANNA, BERT].map((account) =>
        tamis(['user', 'add', account, '--password-stdin', '--config', this.configFile], `${PASSWORD}\n`),
      ),
    );
    for (const { code, stderr } of added) if (code !== 0) throw new Error(stderr);
    await this.start();
  }

  /** The certificate that clients trust. */
  get certificate(): string {
    return join(this.data, 'tls/self-signed.pem');
  }

  imapPort(tls: Tls): number {
    return this.port('imap', tls === 'TLS' ? 1 : 0);
  }

  /** The folder of a mailbox. */
  maildir(account: string, folder = ''): string {
    return join(this.data, 'mail', account, 'Maildir', folder);
  }

  /** Delivers by LMTP. */
  async deliver(account: string, message: string | Buffer): Promise<void> {
    const talk = await SmtpTalk.connect(this.port('lmtp'));
    try {
      await talk.reply();
      await talk.command('LHLO mta.example');
      const answer = await talk.mail('sender@example.org', [account], message);
      if (answer.code !== 250) throw new Error(answer.text);
    } finally {
      await talk.quit();
    }
  }

  /** Puts a message into a folder as another program does that knows Maildir; the file's name. */
  drop(account: string, octets: Buffer, folder = '', flags?: string): string {
    const path = this.maildir(account, folder);
    for (const sub of ['tmp', 'new', 'cur']) mkdirSync(join(path, sub), { recursive: true });
    if (folder !== '' && !existsSync(join(path, 'maildirfolder')))
      writeFileSync(join(path, 'maildirfolder'), '');
    const name = `${Math.floor(Date.now() / 1000)}.${randomUUID()}.${hostname()}`;
    writeFileSync(join(path, 'tmp', name), octets);
    const last = flags === undefined ? join('new', name) : join('cur', `${name}:2,${flags}`);
    renameSync(join(path, 'tmp', name), join(path, last));
    return name;
  }

  /** The files of a mailbox: the letters of the flags, and the octets. */
  files(
    account: string,
    folder = '',
  ): { readonly name: string; readonly flags: string; readonly octets: Buffer }[] {
    const path = this.maildir(account, folder);
    return ['new', 'cur'].flatMap((sub) =>
      (existsSync(join(path, sub)) ? readdirSync(join(path, sub)) : []).map((name) => ({
        name,
        flags: name.split(':2,')[1] ?? '',
        octets: readFileSync(join(path, sub, name)),
      })),
    );
  }

  /** A folder to be the home of a client. */
  home(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Runs a client, with the home folder of its own and nothing of the environment that would make it another's. */
  run(
    name: string,
    args: readonly string[],
    options: {
      home?: string;
      input?: string;
      seconds?: number;
      terminal?: boolean;
      /** What is typed on the terminal each time the program asks for it. */
      prompt?: { asks: RegExp; answer: string };
      env?: Record<string, string>;
    } = {},
  ): Promise<Ran> {
    const home = options.home ?? this.home('home');
    const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
    const command = [program(name), ...args];
    // Programs for people want a terminal.
    const [file = '', ...rest] =
      options.terminal === true
        ? [program('script'), '-qec', command.map(quote).join(' '), '/dev/null']
        : command;
    const child = spawn(file, rest, {
      cwd: home,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm', LANG: 'C.UTF-8', ...options.env },
      stdio: 'pipe',
      detached: true,
    });
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    const { prompt } = options;
    let answers = 0;
    if (prompt !== undefined)
      child.stdout.on('data', () => {
        const asked = Buffer.concat(chunks).toString('latin1').split(prompt.asks).length - 1;
        for (; answers < asked; answers++) child.stdin.write(`${prompt.answer}\n`);
      });
    child.stdin.on('error', () => undefined);
    // On a terminal the end of input would be a reason to leave at once.
    if (options.terminal !== true) child.stdin.end(options.input ?? '');
    const timer = setTimeout(
      () => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      },
      (options.seconds ?? 60) * 1000,
    );
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        const stdout = Buffer.concat(chunks).toString('latin1');
        const stderr = Buffer.concat(errors).toString('latin1');
        resolve({ code: code ?? -1, output: `${stdout}${stderr}`, stdout });
      });
    });
  }
}

/** Waits until something holds; what it was at last when it does not. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (value: T) => boolean,
  milliseconds = 30_000,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await look();
    if (holds(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Milliseconds that each {@link soon} of this file has waited. */
export const waits: number[] = [];

/** The next line that matches; throws with what the client was told instead. */
export async function soon(client: ImapClient, pattern: RegExp): Promise<string> {
  const seen: string[] = [];
  const from = performance.now();
  const limit = setTimeout(() => client.destroy(), 20_000);
  try {
    for (;;) {
      const line = await client.line();
      seen.push(line);
      if (!pattern.test(line)) continue;
      waits.push(performance.now() - from);
      return line;
    }
  } catch (error) {
    throw new Error(`not ${String(pattern)}, but ${JSON.stringify(seen)}`, { cause: error });
  } finally {
    clearTimeout(limit);
  }
}

/** A short message with CRLF. */
export const message = (subject: string, body = 'body'): Buffer =>
  Buffer.from(
    `From: Sender <sender@example.org>\r\nTo: anna@tamis.test\r\nSubject: ${subject}\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${subject.replaceAll(/\W/g, '-')}@example.org>\r\n\r\n${body}\r\n`,
  );
