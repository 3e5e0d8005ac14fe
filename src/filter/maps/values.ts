/** What of a message is looked for in lists. */
import { createHash } from 'node:crypto';
import { plainAddress } from '../../net/networks.ts';
import { allLinks } from '../checks/support/all-links.ts';
import { mailboxes } from '../checks/support/domains.ts';
import type { CheckContext } from '../types.ts';
import { HASHES } from './entries.ts';
import { MAP_LIMITS, type MapKind, type MapSettings, type MapSubject } from './settings.ts';

type Source = (
  context: CheckContext,
  list: Pick<MapSettings, 'header' | 'kind'>,
) => readonly string[] | Promise<readonly string[]>;

const addresses =
  (field: string): Source =>
  ({ message }, { kind }) =>
    // An expression may be about the name that is shown, too.
    kind === 'regex'
      ? message.header.all(field).map(({ text }) => text)
      : mailboxes(message.header.get(field)).map(({ address }) => address);

const some = (value: string | undefined): string[] => (value === undefined || value === '' ? [] : [value]);

const SOURCES: Readonly<Record<MapSubject, Source>> = {
  client: ({ envelope: { client } }) => some(client.address).map(plainAddress),
  helo: ({ envelope: { client } }) => some(client.helo),
  reverse_name: ({ envelope: { client } }) => some(client.name),
  sender: ({ envelope: { sender } }) => some(sender),
  from: addresses('from'),
  reply_to: addresses('reply-to'),
  recipient: ({ envelope: { recipients } }) => recipients.map(({ address }) => address),
  dkim: ({ authentication: { dkim } }) =>
    dkim.filter(({ result }) => result === 'pass').map(({ domain }) => domain),
  async links({ message }, { kind }) {
    const links = await allLinks(message);
    return kind === 'regex' || kind === 'exact'
      ? links.map(({ url }) => url.href)
      : links.map(({ host }) => host);
  },
  header: ({ message }, { header = '' }) => message.header.all(header).map(({ text }) => text),
  text: ({ message }) => [message.text],
  file_name: ({ message }) => message.attachments.flatMap(({ filename }) => some(filename)),
  file_hash: ({ message }) => message.derived(hashes),
};

/** Digests of all attachments, of each kind: a list may mix them. */
function hashes(message: CheckContext['message']): readonly string[] {
  return message.attachments
    .slice(0, MAP_LIMITS.attachments)
    .flatMap(({ content }) =>
      [...HASHES.values()].map((name) => createHash(name).update(content).digest('hex')),
    );
}

/** The values of a subject, without doubles. A value is bounded by what a message may hold. */
export async function valuesOf(
  subject: MapSubject,
  context: CheckContext,
  list: { header?: string | undefined; kind: MapKind },
): Promise<readonly string[]> {
  const values = await SOURCES[subject](context, list);
  return values.length > 1 ? [...new Set(values)] : values;
}
