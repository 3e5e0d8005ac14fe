import { CONFIG_OPTION } from '../config/load.ts';
import { StoreError } from '../store/types.ts';
import type { AddCommand } from './commands.ts';
import { EXIT, paint, table } from './io.ts';
import { type Mail, type MailOptions, withMail } from './mail/open.ts';

interface Row {
  readonly account: string;
  readonly mailboxes: number;
  readonly messages: number;
  /** What is wrong, in a line each. */
  readonly faults: readonly { readonly mailbox?: string; readonly text: string }[];
}

/** `tamis store check|rebuild`: the indexes of the mail store. */
export const addStoreCommand: AddCommand = (program, io, exit) => {
  const store = program
    .command('store')
    .description('check the indexes of the mail store, or make them anew');
  const command = (name: string, description: string) =>
    store
      .command(name)
      .description(description)
      .argument('[account]', 'address of the account; without one, all accounts that have mail')
      .option('--json', 'one JSON object an account')
      .option('--config <file>', CONFIG_OPTION);

  /** One account after another: what cannot be done to one is said, and the others have their turn. */
  const each = (
    address: string | undefined,
    options: MailOptions,
    work: (mail: Mail, account: string) => Promise<Omit<Row, 'account'>>,
    finish: (mail: Mail) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> =>
    withMail(options, io, exit, async (mail) => {
      const accounts = address === undefined ? await mail.users.accounts() : [await mail.account(address)];
      const rows: Row[] = [];
      for (const account of accounts) {
        let row: Row;
        try {
          row = { account, ...(await work(mail, account)) };
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          row = { account, mailboxes: 0, messages: 0, faults: [{ text: error.message }] };
        }
        rows.push(row);
        if (options.json) io.stdout(`${JSON.stringify(row)}\n`);
        else
          for (const { mailbox, text } of row.faults)
            io.stderr(
              `${paint(io, 'red', [account, mailbox, text].filter((part) => part !== undefined).join(': '))}\n`,
            );
      }
      await finish(mail);
      if (!options.json && rows.length > 0) {
        const cells = rows.map(({ account, mailboxes, messages, faults }) => [
          account,
          mailboxes,
          messages,
          faults.length === 0 ? 'fine' : `${faults.length} wrong`,
        ]);
        io.stdout(`${table([['account', 'mailboxes', 'messages', ''], ...cells])}\n`);
      }
      if (rows.some(({ faults }) => faults.length > 0)) exit(EXIT.input);
    });

  command(
    'check',
    'compare the index of an account with its Maildir; a running server is not disturbed',
  ).action((account: string | undefined, options: MailOptions) =>
    each(account, options, (mail, name) => mail.store.check(name)),
  );
  command(
    'rebuild',
    'make the index of an account anew from its Maildir: clients load their lists anew; stop the server before',
  ).action((account: string | undefined, options: MailOptions) =>
    each(
      account,
      options,
      (mail, name) => mail.store.rebuild(name),
      // Who shares something with whom is kept in a table of its own, which is made anew as well.
      async (mail) => void (await mail.users.rebuildShares()),
    ),
  );
};
