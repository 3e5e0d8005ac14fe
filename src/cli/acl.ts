import { CONFIG_OPTION } from '../config/load.ts';
import type { MailUser } from '../store/mail/types.ts';
import type { AddCommand } from './commands.ts';
import { table } from './io.ts';
import { type MailOptions, UsageFault, withMail } from './mail/open.ts';

interface SetOptions extends MailOptions {
  readonly add?: true;
  readonly remove?: true;
}

const RIGHTS_HELP = `
Rights (RFC 4314): l see it, r read, s mark as seen, w other flags, i put mail in, p post, k make mailboxes below it,
x delete it, t mark as deleted, e expunge, a manage these rights; c is kx, d is te.
Identifiers: an account, $group, anyone, owner; with - before it the rights are taken away (write -- before such a one).
`;

/** `tamis acl show|set|delete`: who may do what in a mailbox. */
export const addAclCommand: AddCommand = (program, io, exit) => {
  const acl = program
    .command('acl')
    .description('show and change who may do what in a mailbox; a running server sees changes at once');
  const command = (name: string, description: string) =>
    acl
      .command(name)
      .description(description)
      .argument('<account>', 'address of the account, or the public account')
      .argument('<mailbox>', 'name with / between levels')
      .option('--json', 'one JSON object an entry')
      .option('--config <file>', CONFIG_OPTION)
      .addHelpText('after', RIGHTS_HELP);
  const show = async (user: MailUser, mailbox: string, { json }: MailOptions): Promise<void> => {
    const entries = await user.acl.get(mailbox);
    if (json) for (const entry of entries) io.stdout(`${JSON.stringify({ mailbox, ...entry })}\n`);
    else if (entries.length > 0)
      io.stdout(`${table(entries.map(({ identifier, rights }) => [identifier, rights]))}\n`);
  };

  command('show', 'who may do what in a mailbox').action(
    (account: string, mailbox: string, options: MailOptions) =>
      withMail(options, io, exit, async (mail) => show(await mail.owner(account), mailbox, options)),
  );
  command('set', 'give somebody rights in a mailbox, in place of those he had')
    .argument('<identifier>', 'to whom')
    .argument('<rights>', 'letters, as lrs; "" for none')
    .option('--add', 'besides those he has')
    .option('--remove', 'take these away')
    .action((account: string, mailbox: string, identifier: string, rights: string, options: SetOptions) =>
      withMail(options, io, exit, async (mail) => {
        if (options.add && options.remove) throw new UsageFault('--add and --remove exclude each other');
        const user = await mail.owner(account);
        const mode = options.add ? 'add' : options.remove ? 'remove' : 'replace';
        await user.acl.set(mailbox, identifier, mode, rights);
        await show(user, mailbox, options);
      }),
    );
  command('delete', 'take an entry out of the list of rights')
    .argument('<identifier>', 'whose')
    .action((account: string, mailbox: string, identifier: string, options: MailOptions) =>
      withMail(options, io, exit, async (mail) => {
        const user = await mail.owner(account);
        await user.acl.delete(mailbox, identifier);
        await show(user, mailbox, options);
      }),
    );
};
