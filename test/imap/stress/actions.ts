import type { Random } from './random.ts';
import type { StressClient } from './client.ts';

/** One command with random arguments; what it may be answered is checked by whoever runs it. */
type Action = (client: StressClient, random: Random) => Promise<unknown>;

const ITEMS = [
  'FLAGS',
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'BODY.PEEK[]',
  'BODY[]',
  'BODY.PEEK[HEADER]',
  'BODY[TEXT]',
  'BODY.PEEK[1]',
  'BODY.PEEK[1.MIME]',
  'BODY.PEEK[2.HEADER]',
  'BODY.PEEK[HEADER.FIELDS (Subject X-Number)]',
  'BODY.PEEK[]<5.40>',
  'BINARY.PEEK[3]',
  'BINARY.SIZE[3]',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
  'PREVIEW',
];
const FLAGS = ['\\Seen', '\\Answered', '\\Flagged', '\\Draft', '$Forwarded', '$Junk', 'k1', 'k2', 'K3', 'k4'];
const KEYS = [
  'ALL',
  'SEEN',
  'UNSEEN',
  'DELETED',
  'UNDELETED',
  'FLAGGED',
  'KEYWORD k1',
  'UNKEYWORD $Junk',
  'SUBJECT lunch',
  'BODY ipsum',
  'TEXT tamis',
  'FROM example',
  'LARGER 500',
  'SINCE 1-Jan-2020',
  'SENTSINCE 10-Jan-2024',
  'HEADER X-Number 1',
  'NOT SEEN',
  'OR FLAGGED ANSWERED',
  'NEW',
  'RECENT',
];
const SORTS = ['DATE', 'REVERSE ARRIVAL', 'SUBJECT', 'SIZE', 'FROM REVERSE DATE', 'DISPLAYFROM'];
const THREADS = ['REFERENCES', 'ORDEREDSUBJECT', 'REFS'];

const keys = (client: StressClient, random: Random): string => {
  const some = [random.pick(KEYS), ...random.some(KEYS, 1)].join(' ');
  // RFC 9051 §6.4.4 has no keys of \Recent.
  const fitting = client.dialect.rev2 ? some.replaceAll(/\b(?:NEW|RECENT)\b/g, 'ALL') : some;
  return random.chance(0.2) && client.dialect.condstore ? `${fitting} MODSEQ 1` : fitting;
};

async function fetch(client: StressClient, random: Random): Promise<unknown> {
  const items = [...new Set([random.pick(ITEMS), ...random.some(ITEMS, 4)])];
  const peek = items.filter((item) => !(item === 'BODY[]' && items.includes('BODY.PEEK[]')));
  const named = client.some(random, 'FETCH');
  if (named === undefined) return undefined;
  const modseq = client.dialect.condstore && random.chance(0.3) ? ' MODSEQ' : '';
  return client.run(`${named.text} (${peek.join(' ')}${modseq})`, named.during);
}

/** What has changed, asked for as a client that comes back does. */
async function fetchChanged(client: StressClient, random: Random): Promise<unknown> {
  const { dialect, view } = client;
  if (!dialect.condstore || view.messages.length === 0) return undefined;
  const since = Math.max(1, view.modseq - random.below(30));
  const vanished = dialect.qresync ? ' VANISHED' : '';
  return client.run(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${since}${vanished})`, {
    expunges: true,
    earlier: dialect.qresync,
    withUid: true,
  });
}

async function storeFlags(client: StressClient, random: Random): Promise<unknown> {
  const named = client.some(random, 'STORE');
  if (named === undefined) return undefined;
  const mode = random.pick(['+', '+', '-', '-', '']);
  const flags = [...new Set([random.pick(FLAGS), ...random.some(FLAGS, 2)])];
  const silent = random.chance(0.4);
  const since =
    client.dialect.condstore && random.chance(0.2)
      ? ` (UNCHANGEDSINCE ${Math.max(0, client.view.modseq - random.below(5))})`
      : '';
  return client.store(named, since, mode, silent, flags);
}

async function deleteSome(client: StressClient, random: Random): Promise<unknown> {
  // A mailbox that is empty shows no faults.
  if (client.view.messages.length < client.plan.keep) return undefined;
  const named = client.some(random, 'STORE');
  if (named === undefined) return undefined;
  for (const uid of named.uids) client.ledger.doomed.add(uid);
  return client.store(named, '', '+', random.chance(0.4), ['\\Deleted']);
}

async function copy(client: StressClient, random: Random): Promise<unknown> {
  const named = client.some(random, 'COPY', 3);
  if (named === undefined || client.view.messages.length > client.plan.most) return undefined;
  return client.copy(named, random.chance(0.6) ? client.plan.mailbox : client.plan.other);
}

async function move(client: StressClient, random: Random): Promise<unknown> {
  if (client.view.messages.length < client.plan.keep) return undefined;
  const named = client.some(random, 'MOVE', 3);
  if (named === undefined) return undefined;
  for (const uid of named.uids) client.ledger.doomed.add(uid);
  return client.copy(named, random.chance(0.5) ? client.plan.mailbox : client.plan.other);
}

async function expunge(client: StressClient, random: Random): Promise<unknown> {
  if (random.chance(0.6)) return client.run('EXPUNGE', { expunges: true });
  const uids = client.view.uids.filter((uid) => uid !== 0);
  if (uids.length === 0) return undefined;
  return client.run(`UID EXPUNGE ${random.pick(uids)}:${random.pick(uids)}`, { expunges: true });
}

async function search(client: StressClient, random: Random): Promise<unknown> {
  const byUid = client.dialect.uidOnly || client.dialect.notify || random.chance(0.5);
  const result = random.pick(['', '', ' RETURN (ALL COUNT)', ' RETURN (MIN MAX)', ' RETURN (SAVE ALL)']);
  return client.run(`${byUid ? 'UID ' : ''}SEARCH${result} ${keys(client, random)}`, {
    expunges: byUid,
    byUid,
  });
}

async function sort(client: StressClient, random: Random): Promise<unknown> {
  const byUid = client.dialect.uidOnly || client.dialect.notify || random.chance(0.5);
  const command = random.chance(0.5)
    ? `SORT (${random.pick(SORTS)}) UTF-8`
    : `THREAD ${random.pick(THREADS)} UTF-8`;
  return client.run(`${byUid ? 'UID ' : ''}${command} ${keys(client, random)}`, { expunges: byUid, byUid });
}

async function elsewhere(client: StressClient, random: Random): Promise<unknown> {
  const { mailbox, other } = client.plan;
  const command = random.pick([
    `STATUS ${mailbox} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)`,
    `STATUS ${other} (MESSAGES SIZE DELETED)`,
    'LIST "" *',
    'LIST "" % RETURN (STATUS (MESSAGES UNSEEN))',
    'NAMESPACE',
    'GETQUOTAROOT INBOX',
    'CAPABILITY',
  ]);
  return client.run(command, { expunges: true });
}

/** With how often each is done, about. */
const TABLE: readonly (readonly [weight: number, action: Action])[] = [
  [20, fetch],
  [4, fetchChanged],
  [18, storeFlags],
  [5, deleteSome],
  [5, copy],
  [3, move],
  [12, (client, random) => client.append(random)],
  [1, (client, random) => client.replace(random)],
  [4, expunge],
  [8, search],
  [4, sort],
  [3, elsewhere],
  [6, (client) => client.run('NOOP', { expunges: true })],
  [2, (client) => client.run('CHECK', { expunges: true })],
  [4, (client, random) => client.idle(random)],
  [3, (client, random) => client.reopen(random)],
  [1, (client) => client.loginAgain()],
];
const TOTAL = TABLE.reduce((sum, [weight]) => sum + weight, 0);

export async function anyAction(client: StressClient, random: Random): Promise<void> {
  let at = random.below(TOTAL);
  for (const [weight, action] of TABLE) {
    at -= weight;
    if (at >= 0) continue;
    await action(client, random);
    return;
  }
}
