import { sendExtended } from '../search/answer.ts';
import type { Naming } from '../search/answer.ts';
import { onlySelected, otherMailboxes, parseFilters } from '../search/mailbox-scopes.ts';
import { parseProgram } from '../search/parse.ts';
import { parseReturn, returnAll } from '../search/return-options.ts';
import { find, keep, onlySaves, otherSets, saving, selectedSets } from '../search/run.ts';
import { mailboxScope, selectedScope } from '../search/scope.ts';
import type { Scope } from '../search/scope.ts';
import { takesUtf8 } from '../text.ts';
import type { Command } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import { mailboxName } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';

const byUid: Naming = { byUid: true, number: (uid) => uid };

/** RFC 7377 §2: a search in several mailboxes. What has no matches is not mentioned. */
export const esearch: Command = {
  name: 'ESEARCH',
  states: LOGGED_IN,
  expunges: true,
  async run(session, args, tag) {
    args.space();
    const filters = parseFilters(args) ?? [{ kind: 'selected' as const, names: [] }];
    const options = parseReturn(args) ?? returnAll;
    const withSelected = filters.some(({ kind }) => kind === 'selected');
    if (withSelected && !session.isOpen) throw new BadArgument('No mailbox is open');
    const alone = onlySelected(filters);
    // RFC 7377 §2: `$` is of the open mailbox, and so are updates.
    if (options.save && !alone) throw new BadArgument('SAVE is for the open mailbox alone');
    if (options.update && !session.isOpen) throw new BadArgument('UPDATE is for the open mailbox');
    const kept = options.save ? options : undefined;
    const program = await saving(session, kept, async () =>
      parseProgram(args, alone ? selectedSets(session) : otherSets(session)),
    );
    const indexes = session.options.search;
    const utf8 = takesUtf8(session);
    const open = session.isOpen ? session.selected : undefined;
    if (withSelected && open !== undefined)
      await saving(session, kept, () => answer(open.ref.name, selectedScope(open, indexes), true));
    for (const { name, mailbox } of await otherMailboxes(session, filters)) {
      const isOpen = mailbox.mailboxId === open?.mailbox.mailboxId;
      if (isOpen && withSelected) continue;
      if (isOpen && options.update) await answer(name, selectedScope(open, indexes), true);
      else {
        await mailbox.sync();
        await answer(name, mailboxScope(mailbox, indexes), false);
      }
    }
    return ok('Search completed');

    async function answer(name: string, scope: Scope, selected: boolean): Promise<void> {
      const results = await find(session, program, scope, tag);
      const where = `MAILBOX ${mailboxName(name, utf8)} UIDVALIDITY ${scope.mailbox.uidValidity}`;
      const search = { tag, program, byUid: true, criteria: undefined, mailbox: where };
      if (selected) keep(session, search, options, results.uids);
      if (results.uids.length > 0 && !onlySaves(options))
        await sendExtended(session, tag, results, options, byUid, where);
    }
  },
};
