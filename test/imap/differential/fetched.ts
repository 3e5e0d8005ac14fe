import type { ImapReply } from '../../support/imap-client.ts';
import type { Difference } from './accepted.ts';
import { type Items, readFetched, type Value } from './responses.ts';
import type { TwoClients } from './two-servers.ts';

const FIELDS = 'SUBJECT TO RECEIVED CONTENT-TYPE';
const OF_ALL = [
  'BODY',
  'BODYSTRUCTURE',
  'ENVELOPE',
  'RFC822.SIZE',
  'BODY.PEEK[]',
  'BODY.PEEK[]<7.30>',
  'RFC822.HEADER',
  'BODY.PEEK[HEADER]',
  'BODY.PEEK[TEXT]',
  'BODY.PEEK[TEXT]<2>',
  `BODY.PEEK[HEADER.FIELDS (${FIELDS})]`,
  `BODY.PEEK[HEADER.FIELDS.NOT (${FIELDS})]`,
];
/** Parts looked at of one message, and those that are decoded. */
const MAX_PARTS = 30;
const MAX_BINARY = 5;
const MAX_SHOWN = 300;

/** Everything that both tell of the message with that number, compared. */
export async function differences(clients: TwoClients, number: number): Promise<Difference[]> {
  const found: Difference[] = [];
  const look = async (items: readonly string[]): Promise<Items> => {
    const both = await clients.command(`FETCH ${number} (${items.join(' ')})`);
    const said = [both.ours, both.theirs].map((reply) => saying(reply));
    const [ours, theirs] = [both.ours, both.theirs].map(
      (reply) => readFetched(reply).get(number) ?? new Map(),
    );
    if (said[0] !== said[1])
      found.push({ item: items[0] ?? '', path: 'status', ours: said[0], theirs: said[1] });
    // Of a refused FETCH it does not matter how far it went.
    else if (both.ours.status === 'OK')
      for (const item of new Set([...(theirs?.keys() ?? []), ...(ours?.keys() ?? [])]))
        found.push(...compare(item, item, ours?.get(item), theirs?.get(item)));
    return ours ?? new Map();
  };
  const structure = (await look(OF_ALL)).get('BODYSTRUCTURE') ?? null;
  const paths = [...new Set([...partPaths(structure), '1', '1.1', '2', '2.1'])].slice(0, MAX_PARTS);
  await look(
    paths.flatMap((path) =>
      ['', '.MIME', '.HEADER', '.TEXT', '.HEADER.FIELDS (SUBJECT)'].map(
        (text) => `BODY.PEEK[${path}${text}]`,
      ),
    ),
  );
  for (const path of ['', ...paths.slice(0, MAX_BINARY)])
    await look([`BINARY.PEEK[${path}]`, `BINARY.SIZE[${path}]`]);
  return found;
}

const saying = ({ status, code }: ImapReply): string => (code === '' ? status : `${status} ${code}`);

/** Where two values differ; long ones are cut around the place. */
function* compare(
  item: string,
  path: string,
  ours: Value | undefined,
  theirs: Value | undefined,
): Generator<Difference> {
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    for (const [index, value] of ours.entries())
      yield* compare(item, `${path}.${index}`, value, theirs[index] as Value);
  } else if (typeof ours === 'string' && typeof theirs === 'string') {
    if (ours === theirs) return;
    let same = 0;
    while (ours[same] === theirs[same]) same++;
    const from = Math.max(0, same - 20);
    // Short values are shown whole: what is accepted depends on them.
    const cut = (text: string): string =>
      text.length <= MAX_SHOWN ? text : text.slice(from, from + MAX_SHOWN);
    yield { item, path, ours: cut(ours), theirs: cut(theirs) };
  } else if (JSON.stringify(ours) !== JSON.stringify(theirs)) yield { item, path, ours, theirs };
}

/** Numbers of all parts of a BODYSTRUCTURE. */
function partPaths(structure: Value, before: readonly number[] = []): string[] {
  if (!Array.isArray(structure)) return [];
  if (!Array.isArray(structure[0])) return onePart(structure, [...before, 1]);
  return structure
    .filter((part) => Array.isArray(part) && part.length > 6)
    .flatMap((part, index) => onePart(part as Value, [...before, index + 1]));
}

function onePart(part: Value, path: readonly number[]): string[] {
  if (!Array.isArray(part)) return [];
  const inside = Array.isArray(part[0]) ? part : Array.isArray(part[8]) ? part[8] : null;
  return [path.join('.'), ...partPaths(inside as Value, path)];
}
