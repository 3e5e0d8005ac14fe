import { enableCondstore } from '../condstore.ts';
import { evaluate } from '../search/evaluate.ts';
import { Pace } from '../search/pace.ts';
import { parseCharset, parseKeys } from '../search/parse.ts';
import { selectedSets } from '../search/run.ts';
import { selectedScope } from '../search/scope.ts';
import type { Scope } from '../search/scope.ts';
import { loadFacts, loadKeys, paced } from '../sort/load.ts';
import type { Steps } from '../sort/steps.ts';
import type { Result, Session } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { orderedSubject } from './ordered-subject.ts';
import { references, refs } from './references.ts';
import type { ThreadInput, ThreadNode } from './types.ts';
import { threadText } from './write.ts';

const ALGORITHMS: Readonly<
  Record<string, (messages: readonly ThreadInput[]) => Steps<readonly ThreadNode[]>>
> = {
  REFERENCES: references,
  REFS: refs,
  ORDEREDSUBJECT: orderedSubject,
};

/** THREAD and UID THREAD (RFC 5256 §3). */
export async function runThread(
  session: Session,
  args: Cursor,
  tag: string,
  byUid: boolean,
): Promise<Result> {
  args.space();
  if (!byUid && session.enabled.has('UIDONLY'))
    throw new Refusal('Messages are named by their UIDs only', 'UIDREQUIRED', 'BAD');
  const algorithm = ALGORITHMS[args.astring().toUpperCase()];
  if (algorithm === undefined) throw new BadArgument('There is no such threading algorithm');
  args.space();
  const charset = parseCharset(args);
  const program = parseKeys(args, selectedSets(session), charset);
  if (program.usesModseq) enableCondstore(session);
  const { selected, options } = session;
  const pace = new Pace(session, tag);
  const scope = selectedScope(selected, options.search);
  const found = await evaluate(program, scope, pace);
  const messages = await threadInputs(scope, found.uids, pace);
  const threads = await paced(algorithm(messages), pace);
  const pieces = ['THREAD'];
  for (const piece of threadText(threads, (uid) => (byUid ? uid : selected.uids.sequence(uid)))) {
    pieces.push(pieces.length === 1 ? ` ${piece}` : piece);
    if (pace.due) await pace.rest(pieces.length);
  }
  session.send(...pieces);
  await session.flush();
  return { status: 'OK', text: 'Thread completed' };
}

async function threadInputs(
  scope: Scope,
  uids: readonly number[],
  pace: Pace,
): Promise<readonly ThreadInput[]> {
  const keys = await loadKeys(scope, uids, ['sent', 'subject', 'reply', 'messageId', 'references'], pace);
  const facts = await loadFacts(scope, uids, pace);
  const inputs: ThreadInput[] = [];
  for (const uid of uids) {
    const [key, fact] = [keys.get(uid), facts.get(uid)];
    if (key === undefined || fact === undefined) continue;
    const { sent, subject, reply, messageId, references: list } = key;
    inputs.push({
      uid,
      sent: sent ?? fact.internalDate,
      subject,
      reply,
      messageId,
      references: list,
    });
  }
  return inputs;
}
