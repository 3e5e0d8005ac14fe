import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CONFIG_OPTION } from '../config/load.ts';
import { accountFolder } from '../store/account-folder.ts';
import { StoreError } from '../store/types.ts';
import type { AddCommand } from './commands.ts';
import { imapSource } from './import/imap-source.ts';
import { type Imported, importMailbox } from './import/importer.ts';
import { maildirRoot, maildirSource } from './import/maildir-source.ts';
import { mboxSource } from './import/mbox-source.ts';
import { type PasswordOptions, readPassword } from './import/password.ts';
import { targetMailbox } from './import/target.ts';
import type { SourceMailbox } from './import/types.ts';
import { hasUids, takeWholeMaildir } from './import/whole-maildir.ts';
import { EXIT, type Io, paint, repeated, table } from './io.ts';
import { type Mail, type MailOptions, UsageFault, withMail } from './mail/open.ts';
import { Progress } from './progress.ts';

interface Options extends MailOptions {
  readonly into?: string;
  readonly below?: string;
  readonly only?: readonly string[];
  readonly message?: string;
}

interface RunOptions extends Options {
  /** The mail was taken over as it is before. */
  readonly whole?: boolean;
}

interface ImapOptions extends Options, PasswordOptions {
  readonly user: string;
  readonly port?: string;
  readonly starttls?: true;
  readonly clear?: true;
  readonly ca?: string;
}

/** `tamis import mbox|maildir|imap`: mail from elsewhere into an account. */
export const addImportCommand: AddCommand = (program, io, exit) => {
  const group = program
    .command('import')
    .description(
      'take mail over into an account; what is there already is left out, so it may be started again',
    );
  const command = (name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .argument('<account>', 'address of the account that gets it')
      .option('--only <mailbox>', 'only this mailbox of the source; may be repeated', repeated)
      .option('--into <mailbox>', 'put everything into this mailbox')
      .option('--below <mailbox>', 'put everything below this mailbox')
      .option('--message <id>', 'only the message with this Message-ID or EMAILID')
      .option('--json', 'one JSON object a mailbox')
      .option('--config <file>', CONFIG_OPTION);

  command('mbox', 'from mbox files, or folders with files NAME.mbox')
    .argument('<path...>')
    .action((account: string, paths: string[], options: Options) =>
      withMail(options, io, exit, async (mail) => {
        const sources = await orFault(() => mboxSource(paths));
        // A file that somebody names may be called anything: it is the inbox unless he says more.
        const into =
          sources.length === 1 ? (options.into ?? (options.below ? undefined : 'INBOX')) : options.into;
        await run(mail, account, sources, into === undefined ? options : { ...options, into }, io, exit);
      }),
    );
  command('maildir', 'from a Maildir, with the folders in it: another server, or a copy of a mail store')
    .argument('<folder>', 'the Maildir, or the folder of an account that holds it')
    .action((account: string, folder: string, options: Options) =>
      withMail(options, io, exit, async (mail) => {
        const sources = await orFault(() => maildirSource(folder));
        const whole = await orFault(() => takeWhole(mail, account, folder, options));
        await run(mail, account, sources, { ...options, whole }, io, exit);
      }),
    );
  command('imap', 'from an IMAP server; the password comes from the terminal, a file or the environment')
    .argument('<host>')
    .requiredOption('--user <name>', 'name to log in with there')
    .option('--port <number>', 'default: 993, or 143 with --starttls or --clear')
    .option('--password-file <file>', 'its first line is the password')
    .option('--password-env <name>', 'variable of the environment that holds the password')
    .option('--starttls', 'begin TLS by STARTTLS')
    .option('--clear', 'no TLS: the password can be read on the way')
    .option('--ca <file>', 'certificates (PEM) of those who may sign the one of the server')
    .action((account: string, host: string, options: ImapOptions) =>
      withMail(options, io, exit, async (mail) => {
        const security = options.clear ? 'none' : options.starttls ? 'starttls' : 'tls';
        const port = Number(options.port ?? (security === 'tls' ? 993 : 143));
        if (!Number.isInteger(port) || port < 1 || port > 65_535)
          throw new UsageFault(`${options.port} is no port`);
        const { ca, user } = options;
        // Before a password is asked for.
        await mail.account(account);
        const authorities =
          ca === undefined ? undefined : await orFault(async () => readFileSync(ca, 'utf8'));
        const password = await readPassword(options, `Password of ${user} at ${host}: `);
        const source = await imapSource({
          host,
          port,
          user,
          password,
          security,
          ...(authorities === undefined ? {} : { authorities }),
        });
        try {
          await run(mail, account, source.mailboxes, options, io, exit);
        } finally {
          await source.close();
        }
      }),
    );
};

/** Keeps the UIDs of another server where the account has had no mail yet; true when it did. */
async function takeWhole(mail: Mail, address: string, folder: string, options: Options): Promise<boolean> {
  const { into, below, only, message } = options;
  if ([into, below, only, message].some((option) => option !== undefined)) return false;
  const root = await maildirRoot(folder);
  const home = join(mail.config.data, 'mail', accountFolder(await mail.account(address)));
  if (existsSync(home) || !(await hasUids(root))) return false;
  await takeWholeMaildir(root, home, mail.config.store);
  return true;
}

/** What node:fs says about a path that somebody gave. */
async function orFault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new UsageFault(error.message);
    throw error;
  }
}

interface Row extends Imported {
  readonly from: string;
  readonly mailbox: string;
}

async function run(
  mail: Mail,
  address: string,
  sources: readonly SourceMailbox[],
  options: RunOptions,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  if (options.into !== undefined && options.below !== undefined)
    throw new UsageFault('--into and --below cannot be used together');
  const user = await mail.owner(address);
  const { only, message } = options;
  const missing = only?.find((name) => !sources.some((source) => source.name === name));
  if (missing !== undefined) throw new UsageFault(`the source has no mailbox ${missing}`);
  const rows: Row[] = [];
  try {
    for (const source of sources) {
      if (only !== undefined && !only.includes(source.name)) continue;
      const progress = new Progress(io, source.name, source.total);
      let row: Row;
      try {
        if (source.fault !== undefined) throw new StoreError('invalid-name', source.fault);
        const target = await targetMailbox(user, source, options);
        const imported = await importMailbox(source, target, {
          ...(message === undefined ? {} : { message }),
          advance: (messages) => progress.advance(messages),
        });
        row = { from: source.name, mailbox: target.name, ...imported };
        if (options.whole) row = { ...row, added: row.added + row.present, present: 0 };
      } catch (error) {
        progress.clear();
        // The others would find no space either; a name that cannot be here is the fault of one.
        if (!(error instanceof StoreError) || error.reason !== 'invalid-name') throw error;
        row = { from: source.name, mailbox: '', added: 0, present: 0, failed: 1, faults: [error.message] };
      }
      progress.clear();
      rows.push(row);
      tell(row, options, io);
    }
  } finally {
    if (!options.json && rows.length > 0) io.stdout(`${summary(rows)}\n`);
  }
  if (rows.some(({ failed }) => failed > 0)) exit(EXIT.input);
  if (message !== undefined && rows.every(({ added, present }) => added + present === 0))
    throw new UsageFault(`the source has no message ${message}`);
}

function tell(row: Row, options: Options, io: Io): void {
  if (options.json) io.stdout(`${JSON.stringify(row)}\n`);
  else for (const fault of row.faults) io.stderr(`${paint(io, 'red', fault)}\n`);
}

const summary = (rows: readonly Row[]): string =>
  table([
    ['from', 'mailbox', 'added', 'there already', 'failed'],
    ...rows.map(({ from, mailbox, added, present, failed }) => [from, mailbox, added, present, failed]),
  ]);
