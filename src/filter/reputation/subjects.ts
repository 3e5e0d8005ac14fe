/** Who has sent a message, as far as it is proved: a reputation that can be borrowed by a forged name is worth nothing. */
import { isIP } from 'node:net';
import { normalDomain, organizationalDomain } from '../../authentication/organizational-domain.ts';
import { parseResults } from '../../authentication/results/parse.ts';
import type { Authentication } from '../../authentication/types.ts';
import type { Envelope } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import { plainAddress } from '../../net/networks.ts';
import { isRemote } from '../checks/support/client.ts';
import { domainOf, mailboxes } from '../checks/support/domains.ts';
import type { ReputationSettings } from './settings.ts';
import type { Subject } from './types.ts';

/** Signatures that count: honest mail has one or two. */
const MOST_SIGNATURES = 3;
/** Longer names are no senders one meets again, and keys are bounded. */
const MOST_NAME = 255;

type Prefixes = Pick<ReputationSettings, 'prefix4' | 'prefix6'>;

/** What is proved of a sender. */
interface Proof {
  /** Domains of valid signatures. */
  dkim: readonly string[];
  /** Envelope domain that SPF allows. */
  spf: string | undefined;
  /** From domain that DMARC has proved. */
  dmarc: string | undefined;
  /** Address of the client. */
  client: string | undefined;
}

/** Of a message that is being scanned. Nothing for who logged in. */
export function subjectsOf(
  message: Message,
  { client }: Envelope,
  { dkim, spf, dmarc }: Authentication,
  prefixes: Prefixes,
): Subject[] {
  if (client.user !== undefined) return [];
  const proof: Proof = {
    dkim: dkim.filter(({ result }) => result === 'pass').map(({ domain }) => domain),
    spf: spf.result === 'pass' && spf.identity === 'mailfrom' ? spf.domain : undefined,
    dmarc: dmarc.result === 'pass' ? dmarc.domain : undefined,
    client: isRemote(client) ? client.address : undefined,
  };
  return subjects(message, proof, prefixes);
}

/**
 * Of a message that was delivered, by the Authentication-Results field we have written above it: fields that claim to be
 * ours are taken out of all mail (RFC 8601 §5). Nothing without it.
 *
 * @param authservId ours, as `normalDomain` writes it
 */
export function deliveredSubjects(message: Message, authservId: string, prefixes: Prefixes): Subject[] {
  const field = message.header.get('authentication-results');
  const results = field === undefined ? undefined : parseResults(field.rawValue);
  if (results === undefined || normalDomain(results.authservId) !== authservId) return [];
  const passed = results.methods.filter(({ result }) => result === 'pass');
  const property = (method: string, name: string): string[] =>
    passed.filter((one) => one.method === method).flatMap(({ properties }) => properties.get(name) ?? []);
  const iprev = results.methods.find(({ method }) => method === 'iprev');
  const client = iprev?.properties.get('policy.iprev');
  const domain = (value: string | undefined): string | undefined => value?.slice(value.lastIndexOf('@') + 1);
  const proof: Proof = {
    dkim: property('dkim', 'header.d'),
    spf: domain(property('spf', 'smtp.mailfrom')[0]),
    dmarc: domain(property('dmarc', 'header.from')[0]),
    client: client !== undefined && isRemote({ address: client }) ? client : undefined,
  };
  return subjects(message, proof, prefixes);
}

function subjects(message: Message, proof: Proof, prefixes: Prefixes): Subject[] {
  const found: Subject[] = [];
  const add = (kind: Subject['kind'], name: string): void => {
    // A lone surrogate has no place in a key.
    if (name === '' || name.length > MOST_NAME || !name.isWellFormed()) return;
    if (!found.some((one) => one.kind === kind && one.name === name)) found.push({ kind, name });
  };
  const domain = (name: string): string => organizationalDomain(normalDomain(name));
  const network = proof.client === undefined ? undefined : networkOf(proof.client, prefixes);
  const from = mailboxes(message.header.get('from'))[0]?.address.toLowerCase() ?? '';
  const signers = proof.dkim.slice(0, MOST_SIGNATURES).map(domain);
  if (from !== '') {
    // The same address by another way is somebody else: nobody can lend himself its name.
    const own = domain(domainOf(from));
    const proved =
      proof.dmarc !== undefined || signers.includes(own)
        ? own
        : (signers[0] ?? network?.replace(/\/.*$/, ''));
    if (proved !== undefined) add('address', `${from} ${proved}`);
  }
  for (const signer of signers) add('dkim', signer);
  if (proof.dmarc !== undefined) add('domain', domain(proof.dmarc));
  if (proof.spf !== undefined) add('domain', domain(proof.spf));
  if (network !== undefined) add('network', network);
  return found;
}

/** `192.0.2.77` → `192.0.2.0/24`, `2001:db8::1` → `2001:db8:0::/48`; undefined for what is no address. */
export function networkOf(address: string, { prefix4, prefix6 }: Prefixes): string | undefined {
  const plain = plainAddress(address);
  const family = isIP(plain);
  if (family === 0) return undefined;
  if (family === 4) {
    const number = plain.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const size = 2 ** (32 - prefix4);
    const first = Math.floor(number / size) * size;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${prefix4}`;
  }
  const groups = ipv6Groups(plain);
  const kept = groups.map((group, index) => {
    const bits = Math.min(Math.max(prefix6 - index * 16, 0), 16);
    return (group & (0xffff << (16 - bits)) & 0xffff).toString(16);
  });
  return `${kept.slice(0, Math.max(1, Math.ceil(prefix6 / 16))).join(':')}::/${prefix6}`;
}

function ipv6Groups(address: string): number[] {
  const [bare = ''] = address.split('%');
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare);
  const plain =
    dotted === null
      ? bare
      : `${dotted[1]}${(Number(dotted[2]) * 256 + Number(dotted[3])).toString(16)}:${(Number(dotted[4]) * 256 + Number(dotted[5])).toString(16)}`;
  const [head = '', tail] = plain.split('::');
  const read = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((part) => parseInt(part, 16));
  const first = read(head);
  const last = tail === undefined ? [] : read(tail);
  const missing = Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array.from({ length: tail === undefined ? 0 : missing }, () => 0), ...last].slice(
    0,
    8,
  );
}
