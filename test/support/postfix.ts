import { freePort } from './port.ts';
import { execFile, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { describePeers, program } from './peers.ts';
import { until } from './mta.ts';
import type { DeliveredMail, MtaPeer, QueuedMail } from './mta.ts';

const run = promisify(execFile);

/** Debian's user for mailboxes that belong to nobody in particular. */
const NOBODY = 65534;

export interface PostfixOptions {
  /** Added to main.cf, later entries win: `{ smtpd_milters: 'inet:127.0.0.1:1234' }`. */
  main?: Readonly<Record<string, string>>;
  /** Lines added to master.cf. */
  services?: readonly string[];
  /** `-o name=value` of the SMTP server. */
  smtpd?: Readonly<Record<string, string>>;
  /** Port of the SMTP server; a free one by default. */
  port?: number;
}

/**
 * A Postfix of its own: configuration, queue and mailboxes in a temporary folder, SMTP on a free port of loopback.
 * Every address is local and is delivered to one Maildir, so nothing ever leaves. Needs root, as Postfix does.
 */
export class Postfix implements MtaPeer {
  /** Everything of this instance lies here. */
  readonly folder: string;
  readonly #options: PostfixOptions;
  #port: number;
  #running = false;

  constructor(options: PostfixOptions = {}) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.folder = mkdtempSync(join(tmpdir(), 'tamis-postfix-'));
    // Postfix' daemons run as its own user and must get in.
    chmodSync(this.folder, 0o755);
  }

  get port(): number {
    return this.#port;
  }

  /** Writes the configuration, starts the daemons, and waits until SMTP answers. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    await this.#configure();
    // Its children inherit what it was started with: only files may be open in them, or nobody sees them end.
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program('postfix'), ['-c', this.#config, 'start'], { stdio: 'ignore' });
      child.once('error', reject);
      child.once('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`postfix start: exit code ${code}\n`));
      });
    }).catch(async (error: unknown) => {
      throw new Error(`${String(error)}${await this.log()}`);
    });
    this.#running = true;
    await until(() => answers(this.#port), `Postfix answers on port ${this.#port}`);
  }

  /** Stops the daemons and removes the folder. */
  async stop(): Promise<void> {
    if (this.#running) await run(program('postfix'), ['-c', this.#config, 'stop']).catch(() => undefined);
    this.#running = false;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async queue(): Promise<QueuedMail[]> {
    const { stdout } = await run(program('postqueue'), ['-c', this.#config, '-j'], { maxBuffer: 1 << 28 });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const entry = JSON.parse(line) as {
          queue_id: string;
          queue_name: string;
          sender: string;
          recipients: Array<{ address: string; delay_reason?: string }>;
        };
        return {
          id: entry.queue_id,
          queue: entry.queue_name,
          sender: entry.sender === 'MAILER-DAEMON' ? '' : entry.sender,
          recipients: entry.recipients.map((recipient) => recipient.address),
          reasons: entry.recipients.flatMap((recipient) => recipient.delay_reason ?? []),
        };
      });
  }

  async delivered(): Promise<DeliveredMail[]> {
    const folder = join(this.folder, 'mail/all/new');
    const names = await readdir(folder).catch(() => []);
    const mails = await Promise.all(
      names
        .toSorted((a, b) => arrival(a) - arrival(b))
        .map(async (name) => fromMaildir(await readFile(join(folder, name)))),
    );
    return mails;
  }

  /** Waits until the queue is empty but for what is held, and returns what was delivered. */
  async settled(timeoutMs = 30_000): Promise<DeliveredMail[]> {
    await until(
      async () => ((await this.queue()).every((mail) => mail.queue === 'hold') ? true : undefined),
      'the queue is empty',
      timeoutMs,
    );
    return this.delivered();
  }

  /** A queue file as text (`postcat -q`). */
  async postcat(id: string): Promise<string> {
    const { stdout } = await run(program('postcat'), ['-c', this.#config, '-q', id], { maxBuffer: 1 << 28 });
    return stdout;
  }

  /** Tries everything that is deferred again. */
  async flush(): Promise<void> {
    await run(program('postqueue'), ['-c', this.#config, '-f']);
  }

  /** Lets held mail go. */
  async release(id: string): Promise<void> {
    await run(program('postsuper'), ['-c', this.#config, '-H', id]);
  }

  /** Changes settings of the running instance. */
  async configure(main: Readonly<Record<string, string>>): Promise<void> {
    const settings = Object.entries(main).map(([name, value]) => `${name}=${value}`);
    await run(program('postconf'), ['-c', this.#config, '-e', ...settings]);
    await run(program('postfix'), ['-c', this.#config, 'reload']);
  }

  /** Hands mail in as a local program would (the sendmail command), which no SMTP client sees. */
  async submit(sender: string, recipients: readonly string[], message: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program('sendmail'), ['-C', this.#config, '-i', '-f', sender, ...recipients], {
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      child.once('error', reject);
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`sendmail: exit code ${code}`)),
      );
      child.stdin.end(message);
    });
  }

  async log(): Promise<string> {
    return readFile(join(this.folder, 'mail.log'), 'utf8').catch(() => '');
  }

  get #config(): string {
    return join(this.folder, 'etc');
  }

  async #configure(): Promise<void> {
    for (const name of ['etc', 'queue', 'data', 'mail'])
      mkdirSync(join(this.folder, name), { recursive: true });
    const { stdout } = await run('id', ['-u', 'postfix']);
    chownSync(join(this.folder, 'data'), Number(stdout), -1);
    chownSync(join(this.folder, 'mail'), NOBODY, NOBODY);
    const main = { ...this.#defaults(), ...this.#options.main };
    writeFileSync(
      join(this.#config, 'main.cf'),
      Object.entries(main)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(''),
    );
    const smtpd = Object.entries(this.#options.smtpd ?? {}).map(([name, value]) => `  -o ${name}=${value}`);
    const services = [
      `127.0.0.1:${this.#port} inet n - n - - smtpd`,
      ...smtpd,
      ...SERVICES,
      ...(this.#options.services ?? []),
    ];
    writeFileSync(join(this.#config, 'master.cf'), `${services.join('\n')}\n`);
  }

  #defaults(): Record<string, string> {
    return {
      compatibility_level: '3.6',
      queue_directory: join(this.folder, 'queue'),
      data_directory: join(this.folder, 'data'),
      mail_owner: 'postfix',
      maillog_file: join(this.folder, 'mail.log'),
      maillog_file_prefixes: this.folder,
      myhostname: 'mta.example',
      mydestination: '',
      inet_interfaces: 'loopback-only',
      inet_protocols: 'ipv4',
      mynetworks: '127.0.0.0/8',
      alias_maps: '',
      alias_database: '',
      smtpd_relay_restrictions: 'permit_mynetworks, reject',
      // Whatever the address: nothing leaves this machine.
      default_transport: 'virtual',
      relay_transport: 'virtual',
      virtual_mailbox_base: join(this.folder, 'mail'),
      virtual_mailbox_maps: 'static:all/',
      virtual_uid_maps: `static:${NOBODY}`,
      virtual_gid_maps: `static:${NOBODY}`,
      virtual_mailbox_limit: '0',
      mailbox_size_limit: '0',
      message_size_limit: '104857600',
      // No name server is asked; names come from /etc/hosts.
      smtp_dns_support_level: 'disabled',
      smtp_host_lookup: 'native',
      lmtp_host_lookup: 'native',
      // Tests do not wait for a quarter of an hour.
      queue_run_delay: '5s',
      minimal_backoff_time: '5s',
      maximal_backoff_time: '10s',
      in_flow_delay: '0',
      smtpd_client_connection_count_limit: '0',
      smtpd_error_sleep_time: '0',
    };
  }
}

/** A `describe` that runs a Postfix: needs the program and root, skipped by name without (see {@link describePeers}). */
export function describePostfix(name: string, body: () => void): void {
  if (process.getuid?.() === 0 || process.env['TAMIS_REQUIRE_PEERS'] === '1')
    describePeers(['postfix'], name, body);
  else describe.skip(`${name} (skipped: only root can start Postfix)`, body);
}

/** What every instance needs, without chroot. */
const SERVICES = [
  'pickup unix n - n 1 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 1 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'lmtp unix - - n - - lmtp',
  'relay unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'local unix - n n - - local',
  'virtual unix - n n - - virtual',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
];

/** When virtual(8) made a file, in microseconds: `seconds.V…I…Mmicroseconds.host`. */
function arrival(name: string): number {
  const match = /^(\d+)\..*M(\d+)\./.exec(name);
  return Number(match?.[1]) * 1_000_000 + Number(match?.[2]);
}

/** Takes off what virtual(8) put on top. */
function fromMaildir(file: Buffer): DeliveredMail {
  const text = file.toString('latin1');
  const top = /^(?:(?:Return-Path|X-Original-To|Delivered-To):[^\n]*\n)*/.exec(text)?.[0] ?? '';
  const field = (name: string): string =>
    (new RegExp(`^${name}: *<?(.*?)>?$`, 'm').exec(top)?.[1] ?? '').trim();
  return {
    recipient: field('Delivered-To'),
    sender: field('Return-Path'),
    raw: file.subarray(Buffer.byteLength(top, 'latin1')),
  };
}

async function answers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.end('QUIT\r\n');
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
