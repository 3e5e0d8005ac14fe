import { type FetchMessageObject, ImapFlow, type ListResponse } from 'imapflow';
import { type Flags, SystemFlag } from '../../store/mail/types.ts';
import { UsageFault } from '../mail/open.ts';
import { MAX_MESSAGE_BYTES, type SourceFacts, type SourceItem, type SourceMailbox } from './types.ts';

/** Messages that are fetched with one command, and what they may take in memory. */
const FETCH = 100;
const FETCH_OCTETS = 16 * 1024 * 1024;
/** Messages whose facts are asked for with one command. */
const FACTS = 5000;

export interface ImapSourceOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `tls`: from the first octet; `starttls`: or not at all; `none`: in clear. */
  readonly security: 'tls' | 'starttls' | 'none';
  /** Certificates (PEM) of those who may sign the server's; those of the system otherwise. */
  readonly authorities?: string;
}

export interface ImapSource {
  readonly mailboxes: readonly SourceMailbox[];
  close(): Promise<void>;
}

/** Connects and lists what the user has of his own. Throws {@link UsageFault} when that fails. */
export async function imapSource(options: ImapSourceOptions): Promise<ImapSource> {
  const { host, port, user, password, security, authorities } = options;
  const client = new ImapFlow({
    host,
    port,
    secure: security === 'tls',
    ...(security === 'tls' ? {} : { doSTARTTLS: security === 'starttls' }),
    auth: { user, pass: password },
    ...(authorities === undefined ? {} : { tls: { ca: authorities } }),
    logger: false,
    disableAutoIdle: true,
    // The octets as they are.
    disableBinary: true,
    maxLiteralSize: MAX_MESSAGE_BYTES,
  });
  // What fails is told by the command that waits for it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { namespaces = {} } = client as unknown as WithNamespaces;
    const foreign = foreignPrefixes(namespaces);
    const listed = (await client.list()).filter(
      ({ path, flags }) =>
        !flags.has('\\Noselect') &&
        !flags.has('\\NonExistent') &&
        !foreign.some((prefix) => path.startsWith(prefix)),
    );
    const prefix = personalPrefix(namespaces);
    return {
      mailboxes: listed.map((entry) => imapMailbox(client, entry, prefix)),
      close: () => client.logout().catch(() => client.close()),
    };
  } catch (error) {
    client.close();
    throw fault(error, `${host}:${port}`);
  }
}

/** What the library tells of a failure is in fields of the error. */
function fault(error: unknown, where: string): UsageFault {
  const { message, responseText } = error as Error & { responseText?: string };
  return new UsageFault(`${where}: ${responseText ?? message}`);
}

type Namespaces = Readonly<
  Partial<Record<'personal' | 'other' | 'shared', readonly { readonly prefix: string }[] | false>>
>;
/** What the library has learned, but does not declare. */
interface WithNamespaces {
  readonly namespaces?: Namespaces;
}

/** Names of mailboxes that others share begin with these: they are theirs to move. */
function foreignPrefixes({ other, shared }: Namespaces): string[] {
  return [...(other || []), ...(shared || [])].map(({ prefix }) => prefix).filter((prefix) => prefix !== '');
}

/** `INBOX.` where everything is below the inbox. */
const personalPrefix = ({ personal }: Namespaces): string => (personal || [])[0]?.prefix ?? '';

function imapMailbox(client: ImapFlow, entry: ListResponse, prefix: string): SourceMailbox {
  const { path, delimiter, specialUse, subscribed } = entry;
  const own = prefix !== '' && path.startsWith(prefix) ? path.slice(prefix.length) : path;
  const levels = delimiter === '' ? [own] : own.split(delimiter);
  return {
    // A slash is no delimiter there, but is one here.
    name: levels.map((level) => level.replaceAll('/', '_')).join('/'),
    specialUse: specialUse === undefined || specialUse === '\\Inbox' ? [] : [specialUse],
    subscribed,
    total: undefined,
    items: (isPresent) => items(client, path, isPresent),
  };
}

async function* items(
  client: ImapFlow,
  path: string,
  isPresent: (facts: SourceFacts) => Promise<boolean>,
): AsyncGenerator<SourceItem> {
  const lock = await client.getMailboxLock(path).catch((error: unknown) => {
    throw fault(error, path);
  });
  try {
    const exists = client.mailbox === false ? 0 : client.mailbox.exists;
    for (let first = 1; first <= exists; first += FACTS) {
      const range = `${first}:${Math.min(first + FACTS - 1, exists)}`;
      const query = { uid: true, flags: true, internalDate: true, size: true, envelope: true };
      const found = await client.fetchAll(range, query).catch((error: unknown) => {
        throw fault(error, path);
      });
      const wanted: FetchMessageObject[] = [];
      for (const one of found.sort((a, b) => a.uid - b.uid)) {
        const internalDate = dateOf(one);
        const size = one.size ?? 0;
        const messageId = one.envelope?.messageId ?? '';
        if (size > MAX_MESSAGE_BYTES) yield { fault: `${path}: message ${one.uid} is too large` };
        else if (internalDate !== undefined && (await isPresent({ internalDate, size, messageId })))
          yield 'present';
        else wanted.push(one);
      }
      yield* fetched(client, path, wanted);
    }
  } finally {
    lock.release();
  }
}

async function* fetched(
  client: ImapFlow,
  path: string,
  wanted: readonly FetchMessageObject[],
): AsyncGenerator<SourceItem> {
  for (let from = 0; from < wanted.length; ) {
    let octets = 0;
    let to = from;
    while (to < wanted.length && to - from < FETCH && (to === from || octets < FETCH_OCTETS))
      octets += wanted[to++]?.size ?? 0;
    const batch = wanted.slice(from, to);
    from = to;
    const sources = new Map<number, Buffer | undefined>();
    const uids = batch.map(({ uid }) => uid).join(',');
    const answers = await client
      .fetchAll(uids, { uid: true, source: true }, { uid: true })
      .catch((error: unknown) => {
        throw fault(error, path);
      });
    for (const { uid, source } of answers) sources.set(uid, source);
    for (const one of batch) {
      const source = sources.get(one.uid);
      if (source === undefined) yield { fault: `${path}: message ${one.uid} is not there any more` };
      else yield { message: { octets: source, flags: flagsOf(one.flags), internalDate: dateOf(one) } };
    }
  }
}

function dateOf({ internalDate }: FetchMessageObject): number | undefined {
  const time = internalDate === undefined ? Number.NaN : new Date(internalDate).getTime();
  return Number.isNaN(time) ? undefined : time;
}

const SYSTEM: Readonly<Record<string, number>> = {
  '\\seen': SystemFlag.seen,
  '\\answered': SystemFlag.answered,
  '\\flagged': SystemFlag.flagged,
  '\\deleted': SystemFlag.deleted,
  '\\draft': SystemFlag.draft,
};

function flagsOf(flags: ReadonlySet<string> = new Set()): Flags {
  let system = 0;
  const keywords: string[] = [];
  for (const flag of flags) {
    const bit = SYSTEM[flag.toLowerCase()];
    if (bit !== undefined) system |= bit;
    else if (!flag.startsWith('\\')) keywords.push(flag);
  }
  return { system, keywords };
}
