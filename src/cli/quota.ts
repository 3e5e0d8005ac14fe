import { CONFIG_OPTION } from '../config/load.ts';
import { canonicalMailbox } from '../store/mailbox-name.ts';
import type { Limits, Root, Usage } from '../store/quota/quota.ts';
import type { AddCommand } from './commands.ts';
import { type Io, table } from './io.ts';
import { type Mail, type MailOptions, UsageFault, withMail } from './mail/open.ts';
import { octetsOf, octetsText } from './mail/sizes.ts';

interface Options extends MailOptions {
  readonly mailbox?: string;
}

const KINDS = [
  'storage',
  'messages',
  'mailboxes',
  'annotations',
] as const satisfies readonly (keyof Limits)[];
const inOctets = (kind: keyof Limits): boolean => kind === 'storage' || kind === 'annotations';

/** `tamis quota show|set`: what accounts use, and what they may use. */
export const addQuotaCommand: AddCommand = (program, io, exit) => {
  const quota = program
    .command('quota')
    .description('show and set what accounts may keep; a running server sees changes at once');
  quota
    .command('show')
    .description('what an account uses and may use; without one, all accounts that have mail')
    .argument('[account]', 'address of the account')
    .option('--json', 'one JSON object an account and limited mailbox')
    .option('--config <file>', CONFIG_OPTION)
    .action((account: string | undefined, options: Options) =>
      withMail(options, io, exit, async (mail) => {
        const accounts = account === undefined ? await mail.users.accounts() : [await mail.account(account)];
        const rows: [Root, Usage][] = [];
        for (const name of accounts)
          for (const root of await rootsOf(mail, name)) rows.push([root, await mail.users.quota.usage(root)]);
        print(rows, options, io);
      }),
    );
  quota
    .command('set')
    .description('change limits; those that are not named stay')
    .argument('<account>', 'address of the account')
    .argument(
      '<limit...>',
      'storage=10G, messages=100000, mailboxes=50, annotations=1M; none in place of a number: no limit; ' +
        'the word default alone: those of the settings again',
    )
    .option('--mailbox <name>', 'of this mailbox with all below it, beside those of the account')
    .option('--json', 'as JSON')
    .option('--config <file>', CONFIG_OPTION)
    .action((account: string, words: string[], options: Options) =>
      withMail(options, io, exit, async (mail) => {
        const name = await mail.account(account);
        const mailbox =
          options.mailbox === undefined ? undefined : canonicalMailbox(options.mailbox, mail.config.store);
        const { quota: quotas } = mail.users;
        const before = (await quotas.roots(name, mailbox)).find((root) => root.mailbox === mailbox);
        const limits =
          words.length === 1 && words[0] === 'default' ? undefined : limitsOf(words, before?.limits ?? {});
        await quotas.set(name, mailbox, limits);
        const rows: [Root, Usage][] = [];
        for (const root of await quotas.roots(name, mailbox))
          if (root.mailbox === mailbox) rows.push([root, await quotas.usage(root)]);
        print(rows, options, io);
      }),
    );
};

/** The account's, and those of its mailboxes that have limits of their own. */
async function rootsOf({ store, users }: Mail, account: string): Promise<readonly Root[]> {
  const roots = [...(await users.quota.roots(account))];
  for (const { name } of await (await store.account(account)).mailboxes())
    roots.push(...(await users.quota.roots(account, name)).filter(({ mailbox }) => mailbox === name));
  return roots;
}

function limitsOf(words: readonly string[], before: Limits): Limits {
  const limits: Limits = { ...before };
  for (const word of words) {
    const [, name = '', value = ''] = /^(\w+)=(\w+)$/.exec(word) ?? [];
    const kind = KINDS.find((known) => known === name);
    const limit = kind !== undefined && !inOctets(kind) && !/^\d+$/.test(value) ? undefined : octetsOf(value);
    if (kind === undefined || (value !== 'none' && limit === undefined))
      throw new UsageFault(`"${word}" is no limit such as storage=10G, messages=100000 or mailboxes=none`);
    if (limit === undefined) delete limits[kind];
    else limits[kind] = limit;
  }
  return limits;
}

function print(rows: readonly [Root, Usage][], { json }: Options, io: Io): void {
  if (json) {
    for (const [{ account, mailbox, limits }, usage] of rows)
      io.stdout(`${JSON.stringify({ account, mailbox, usage: usedOf(limits, usage), limits })}\n`);
    return;
  }
  const lines = rows.flatMap(([{ account, mailbox, limits }, usage]) =>
    KINDS.filter((kind) => kind === 'storage' || kind === 'messages' || limits[kind] !== undefined).map(
      (kind) => {
        const text = (value: number): string => (inOctets(kind) ? octetsText(value) : String(value));
        const limit = limits[kind];
        return [
          mailbox === undefined ? account : `${account} ${mailbox}`,
          kind,
          text(usage[kind]),
          limit === undefined ? 'none' : text(limit),
          limit === undefined || limit === 0 ? '' : `${Math.round((100 * usage[kind]) / limit)} %`,
        ];
      },
    ),
  );
  if (lines.length > 0) io.stdout(`${table([['account', '', 'used', 'limit', ''], ...lines])}\n`);
}

/** Annotations are only counted where they are limited. */
const usedOf = (limits: Limits, { annotations, ...usage }: Usage): Partial<Usage> =>
  limits.annotations === undefined ? usage : { ...usage, annotations };
