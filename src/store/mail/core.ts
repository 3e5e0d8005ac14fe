import type { AccountIndex } from '../index/account-index.ts';
import type { IndexDatabase } from '../index/database.ts';
import { mailboxRow } from '../index/mailboxes.ts';
import type { StoreContext } from './context.ts';
import type { MailboxFiles } from './files.ts';
import { addKeywords, type KeywordNames, rememberedKeywords, writeKeywordsFile } from './keywords.ts';
import type { Flags, MailEvent, UidRange } from './types.ts';
import type { TakenUids } from './uid-list.ts';

/** Rows that one transaction changes: less than 10 ms, so that others get their turn. */
export const CHUNK = 500;

/** What the operations on one mailbox work with. */
export interface MailboxCore {
  readonly account: string;
  readonly mailboxId: string;
  /** Within the account, as it is called now. */
  readonly name: string;
  readonly context: StoreContext;
  readonly index: AccountIndex;
  readonly files: MailboxFiles;
  /** UIDs of an earlier index, while it is made anew. */
  readonly taken: TakenUids | undefined;
  /** See `Mailbox.describe`. */
  describe(uids: readonly UidRange[]): Promise<void>;
  /** We have changed its folders ourselves. */
  touched(): void;
  /** Tells those who watch. */
  tell(kind: MailEvent['kind']): void;
  /** Has file names follow the flags soon. */
  writeFlags(): void;
  /** Has files of expunged messages removed soon. */
  removeFiles(
    files: readonly { readonly name: string; readonly cur: boolean; readonly info: string }[],
  ): void;
}

export const keywordNamesOf = (core: MailboxCore): KeywordNames =>
  core.index.read((db) => rememberedKeywords(db, core.mailboxId));

/** The flags with their keywords as the mailbox spells them, without doubles; new ones get their place. */
export async function knownFlags(
  core: MailboxCore,
  flags: Flags | undefined,
): Promise<{ flags: Flags; names: KeywordNames }> {
  const { context, index, mailboxId, files } = core;
  const wanted = flags?.keywords ?? [];
  let names = keywordNamesOf(core);
  if (wanted.some((keyword) => names.number(keyword) === undefined)) {
    const lettered = await index.write((db) =>
      addKeywords(db, mailboxId, wanted, context.settings.index.maxKeywords),
    );
    names = keywordNamesOf(core);
    if (lettered) {
      const unique = `keywords-${Buffer.from(context.random(12)).toString('base64url')}`;
      await writeKeywordsFile(context.disk, files.folder, names, unique);
    }
  }
  const keywords = [...new Set(wanted.map((keyword) => names.spelt(keyword)))];
  return { flags: { system: flags?.system ?? 0, keywords }, names };
}

/** Reads one row with the mailbox's. */
export const readMailbox = <T>(
  core: MailboxCore,
  work: (db: IndexDatabase, row: ReturnType<typeof mailboxRow>) => T,
): T => core.index.read((db) => work(db, mailboxRow(db, core.mailboxId)));
