import { CONFIG_OPTION } from '../config/load.ts';
import type { MailboxEntry } from '../store/mail/types.ts';
import type { AddCommand } from './commands.ts';
import { type Io, repeated, table } from './io.ts';
import { type MailOptions, withMail } from './mail/open.ts';
import { octetsText } from './mail/sizes.ts';

const ACCOUNT = 'address of the account, or the public account';
const MAILBOX = 'name with / between levels, as the user sees it';

/** `tamis mailbox list|create|delete|rename|subscribe|unsubscribe`: the mailboxes of an account. */
export const addMailboxCommand: AddCommand = (program, io, exit) => {
  const mailbox = program
    .command('mailbox')
    .description('manage the mailboxes of an account; a running server sees changes at once');
  const command = (name: string, description: string) =>
    mailbox
      .command(name)
      .description(description)
      .argument('<account>', ACCOUNT)
      .option('--json', 'as JSON')
      .option('--config <file>', CONFIG_OPTION);
  const done = (options: MailOptions, what: object, text: string): void =>
    io.stdout(options.json ? `${JSON.stringify(what)}\n` : `${text}\n`);

  command('list', 'list the mailboxes of an account, and those that others share with it').action(
    (account: string, options: MailOptions) =>
      withMail(options, io, exit, async (mail) => {
        const user = await mail.users.user(await mail.account(account), { administrator: false });
        print(await user.list(), options, io);
      }),
  );
  command('create', 'make a mailbox, with the levels above it')
    .argument('<mailbox>', MAILBOX)
    .option(
      '--use <attribute>',
      'special use: archive, drafts, junk, sent or trash; may be repeated',
      repeated,
    )
    .action((account: string, name: string, options: MailOptions & { use?: string[] }) =>
      withMail(options, io, exit, async (mail) => {
        const specialUse = (options.use ?? []).map(attributeOf);
        const made = await (await mail.owner(account)).create(name, { specialUse });
        done(options, { mailbox: made.name, id: made.mailbox.mailboxId }, `${made.name} made`);
      }),
    );
  command('delete', 'delete a mailbox with its mail; those below it stay')
    .argument('<mailbox>', MAILBOX)
    .action((account: string, name: string, options: MailOptions) =>
      withMail(options, io, exit, async (mail) => {
        await (await mail.owner(account)).delete(name);
        done(options, { deleted: name }, `${name} deleted`);
      }),
    );
  command('rename', 'rename a mailbox, with all below it')
    .argument('<mailbox>', MAILBOX)
    .argument('<name>', 'its new name')
    .action((account: string, from: string, to: string, options: MailOptions) =>
      withMail(options, io, exit, async (mail) => {
        await (await mail.owner(account)).rename(from, to);
        done(options, { from, to }, `${from} is ${to} now`);
      }),
    );
  for (const [name, subscribed] of [
    ['subscribe', true],
    ['unsubscribe', false],
  ] as const)
    command(
      name,
      `${subscribed ? 'add a mailbox to' : 'take a mailbox from'} those the account has subscribed to`,
    )
      .argument('<mailbox>', MAILBOX)
      .action((account: string, box: string, options: MailOptions) =>
        withMail(options, io, exit, async (mail) => {
          await (await mail.owner(account)).subscribe(box, subscribed);
          done(options, { mailbox: box, subscribed }, `${box} ${name}d`);
        }),
      );
};

/** `junk` or `\Junk` as `\Junk`. */
function attributeOf(text: string): string {
  const name = text.replace(/^\\/, '').toLowerCase();
  return `\\${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function print(entries: readonly MailboxEntry[], options: MailOptions, io: Io): void {
  const rows = entries.map(({ name, ref, specialUse, subscribed }) => {
    const status = ref?.mailbox.selectable === true ? ref.mailbox.status() : undefined;
    return {
      mailbox: name,
      exists: ref !== undefined,
      messages: status?.messages ?? 0,
      unseen: status?.unseen ?? 0,
      octets: status?.size ?? 0,
      uidValidity: status?.uidValidity,
      special_use: specialUse,
      subscribed,
      id: ref?.mailbox.mailboxId,
      rights: ref === undefined ? '' : [...ref.rights].join(''),
    };
  });
  if (options.json)
    for (const { uidValidity, ...row } of rows)
      io.stdout(`${JSON.stringify({ ...row, uid_validity: uidValidity })}\n`);
  else {
    const shown = rows.filter(({ exists, subscribed }) => exists || subscribed);
    const head = ['mailbox', 'messages', 'unseen', 'size', 'use', 'subscribed'];
    io.stdout(
      `${table([
        head,
        ...shown.map((row) => [
          row.mailbox,
          row.exists ? row.messages : '-',
          row.exists ? row.unseen : '-',
          row.exists ? octetsText(row.octets) : 'not there',
          row.special_use.join(' '),
          row.subscribed ? 'yes' : '',
        ]),
      ])}\n`,
    );
  }
}
