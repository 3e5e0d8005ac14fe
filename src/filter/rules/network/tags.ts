/** Tags in the names that `askdns` rules ask for: `_DKIMDOMAIN_.list.example`. */
import { domainOf, envelopeSender, senders } from '../evals/support/addresses.ts';
import { backwards, lastExternal, relayAddresses } from './addresses.ts';
import type { Asking } from './types.ts';

/** Values of a tag that are asked for. */
const MOST_VALUES = 10;
/** Names a template with several tags makes. */
const MOST_NAMES = 20;

const passed = ({ context: { authentication } }: Asking) =>
  authentication.dkim.filter(({ result }) => result === 'pass');
const hosts = ({ context: { views } }: Asking): Map<string, string> =>
  new Map(views.uriDetails.flatMap((detail) => [...detail.hosts]));

const TAGS: Readonly<Record<string, (asking: Asking) => readonly string[]>> = {
  AUTHORDOMAIN: ({ context }) => context.views.header('From:addr').map(domainOf),
  SENDERDOMAIN: ({ context }) => [domainOf(envelopeSender(context))],
  FROMDOMAIN: ({ context }) => senders(context).map(domainOf),
  DKIMDOMAIN: (asking) => passed(asking).map(({ domain }) => domain),
  DKIMSELECTOR: (asking) => passed(asking).map(({ selector }) => selector),
  DKIMIDENTITY: (asking) => passed(asking).map(({ identity, domain }) => identity ?? `@${domain}`),
  LASTEXTERNALIP: (asking) => [lastExternal(asking).ip],
  LASTEXTERNALREVIP: (asking) => [backwards(lastExternal(asking).ip) ?? ''],
  LASTEXTERNALRDNS: (asking) => [lastExternal(asking).rdns],
  LASTEXTERNALHELO: (asking) => [lastExternal(asking).helo],
  FIRSTTRUSTEDIP: (asking) => relayAddresses('-firsttrusted', asking),
  FIRSTTRUSTEDREVIP: (asking) => relayAddresses('-firsttrusted', asking).flatMap((ip) => backwards(ip) ?? []),
  URIHOSTS: (asking) => [...hosts(asking).keys()],
  URIDOMAINS: (asking) => [...new Set(hosts(asking).values())],
};

/** Values of a tag, without doubles and without empty ones; none for a tag that is not known. */
export function tagValues(tag: string, asking: Asking): string[] {
  const field = /^HEADER\(([\w.:-]+)\)$/.exec(tag)?.[1];
  const values =
    field === undefined
      ? Object.hasOwn(TAGS, tag)
        ? TAGS[tag]?.(asking)
        : undefined
      : asking.context.views.header(field).map((value) => value.trim());
  const plain = (values ?? []).map((value) => value.toLowerCase()).filter((value) => value !== '');
  return [...new Set(plain)].slice(0, MOST_VALUES);
}

/** The names a template stands for: one for each value of its tags; none when a tag has no value. */
export function expand(template: string, asking: Asking): string[] {
  const [whole, tag = ''] = /_([A-Z][A-Z\d]*(?:\([\w.:-]+\))?)_/.exec(template) ?? [];
  if (whole === undefined) return [template];
  return tagValues(tag, asking)
    .flatMap((value) =>
      expand(
        template.replace(whole, () => value.replaceAll('_', '-')),
        asking,
      ),
    )
    .slice(0, MOST_NAMES);
}
