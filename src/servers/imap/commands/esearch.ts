import { sendExtended } from '../search/answer.ts';
import type { Naming } from '../search/answer.ts';
import { onlySelected, otherMailboxes, parseFilters } from '../search/mailbox-scopes.ts';
import { parseProgram } from '../search/parse.ts';
import { parseReturn, returnAll } from '../search/return-options.ts';
import { find, selectedSets } from '../search/run.ts';
import { mailboxScope, selectedScope } from '../search/scope.ts';
import type { Scope } from '../search/scope.ts';
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
    if (options.save || options.update) throw new BadArgument('SAVE and UPDATE are for SEARCH');
    const alone = onlySelected(filters);
    const uidOnly = session.enabled.has('UIDONLY');
    const now = session.options.now();
    const program = parseProgram(
      args,
      alone ? selectedSets(session) : { last: undefined, saved: [], uidOnly, now },
    );
    const indexes = session.options.search;
    const utf8 = session.enabled.has('IMAP4REV2') || session.enabled.has('UTF8=ACCEPT');
    const open = session.isOpen ? session.selected : undefined;
    if (withSelected && open !== undefined) await answer(open.ref.name, selectedScope(open, indexes));
    for (const { name, mailbox } of await otherMailboxes(session, filters)) {
      if (withSelected && mailbox.mailboxId === open?.mailbox.mailboxId) continue;
      await mailbox.sync();
      await answer(name, mailboxScope(mailbox, indexes));
    }
    return ok('Search completed');

    async function answer(name: string, scope: Scope): Promise<void> {
      const results = await find(session, program, scope, tag);
      if (results.uids.length === 0) return;
      const where = `MAILBOX ${mailboxName(name, utf8)} UIDVALIDITY ${scope.mailbox.uidValidity}`;
      await sendExtended(session, tag, results, options, byUid, where);
    }
  },
};
