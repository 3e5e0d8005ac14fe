import { mkdir } from 'node:fs/promises';
import { CONFIG_OPTION } from '../config/load.ts';
import { disk } from '../store/durable.ts';
import { writeSubscriptions } from '../store/mail/subscriptions.ts';
import type { MailAccount, Mailbox } from '../store/mail/types.ts';
import { StoreError } from '../store/types.ts';
import type { AddCommand } from './commands.ts';
import { writeMaildir } from './export/maildir-writer.ts';
import { writeMbox } from './export/mbox-writer.ts';
import { EXIT, paint, repeated, table } from './io.ts';
import { type MailOptions, UsageFault, withMail } from './mail/open.ts';
import { Progress } from './progress.ts';

interface Options extends MailOptions {
  readonly only?: readonly string[];
}

interface Writer {
  mailbox(folder: string, mailbox: Mailbox, advance: () => void): Promise<number>;
  /** What is written when all mailboxes are. */
  account?(folder: string, account: MailAccount): Promise<void>;
}

/** `tamis export mbox|maildir`: the mail of an account for other programs, or to be kept elsewhere. */
export const addExportCommand: AddCommand = (program, io, exit) => {
  const group = program.command('export').description('write the mail of an account for other programs');
  const command = (name: string, description: string, write: Writer): void =>
    void group
      .command(name)
      .description(description)
      .argument('<account>', 'address of the account')
      .argument('<folder>', 'where to write; made when it is not there')
      .option('--only <mailbox>', 'only this mailbox; may be repeated', repeated)
      .option('--json', 'one JSON object a mailbox')
      .option('--config <file>', CONFIG_OPTION)
      .action((address: string, folder: string, options: Options) =>
        withMail(options, io, exit, async (mail) => {
          const account = await mail.store.account(await mail.account(address));
          const mailboxes = (await account.mailboxes()).filter(({ selectable }) => selectable);
          const { only } = options;
          const missing = only?.find((one) => !mailboxes.some((mailbox) => mailbox.name === one));
          if (missing !== undefined) throw new UsageFault(`there is no mailbox ${missing}`);
          const rows: [string, number][] = [];
          try {
            await mkdir(folder, { recursive: true, mode: 0o700 });
            for (const mailbox of mailboxes) {
              if (only !== undefined && !only.includes(mailbox.name)) continue;
              const progress = new Progress(io, mailbox.name, mailbox.status().messages);
              let messages: number;
              try {
                await mailbox.sync();
                messages = await write.mailbox(folder, mailbox, () => progress.advance());
              } catch (error) {
                // The mail of the others is worth having.
                if (!(error instanceof StoreError) || error.reason !== 'link') throw error;
                io.stderr(`${paint(io, 'red', `${mailbox.name}: ${error.message}`)}\n`);
                exit(EXIT.input);
                continue;
              } finally {
                progress.clear();
              }
              rows.push([mailbox.name, messages]);
              if (options.json) io.stdout(`${JSON.stringify({ mailbox: mailbox.name, messages })}\n`);
            }
            if (only === undefined) await write.account?.(folder, account);
          } catch (error) {
            if (error instanceof Error && 'syscall' in error) throw new UsageFault(error.message);
            throw error;
          }
          if (!options.json) io.stdout(`${table([['mailbox', 'messages'], ...rows])}\n`);
        }),
      );
  command('mbox', 'a file NAME.mbox for each mailbox', { mailbox: writeMbox });
  command('maildir', 'a Maildir with all mailboxes; started again it adds what is new', {
    mailbox: writeMaildir,
    account: (folder, account) =>
      writeSubscriptions(disk, folder, account.subscriptions(), String(process.pid)),
  });
};
