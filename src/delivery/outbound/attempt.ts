import { readFile } from 'node:fs/promises';
import type { Resolver } from '../../net/resolver.ts';
import { parseEndpoint } from '../../net/endpoint.ts';
import { normaliseDomain } from '../../policy/address.ts';
import { replyText } from '../../policy/replies.ts';
import { isPositive, isTemporary, replyLine } from '../../policy/reply.ts';
import type { OutboundSettings } from '../settings.ts';
import type { LocalRoute } from '../types.ts';
import type { SpoolEntry } from './entry.ts';
import { route } from './route.ts';
import { type SendResult, sendBySmtp, type SmtpTarget } from './smtp-client.ts';

export interface AttemptContext {
  settings: OutboundSettings;
  hostname: string;
  resolver: Resolver;
  local?: LocalRoute;
  /** 0 ≤ n < 1. */
  random: () => number;
  signal: AbortSignal;
}

const LOCAL = 'local';
const RELAY = 'relay';

/** Recipients by where they are sent: `local`, `relay`, or a domain. Rejects when that cannot be known now. */
export async function byDestination(
  recipients: readonly string[],
  context: Pick<AttemptContext, 'settings' | 'local'>,
): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>();
  for (const address of recipients) {
    const isLocal = (await context.local?.isLocal(address)) ?? false;
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const remote = context.settings.relay === '' ? `@${normaliseDomain(domain) || domain}` : RELAY;
    const destination = isLocal ? LOCAL : remote;
    const group = groups.get(destination);
    if (group === undefined) groups.set(destination, [address]);
    else group.push(address);
  }
  return groups;
}

/** Sends a mail to one destination. Never rejects; what is not known to have worked is `deferred`. */
export async function attempt(
  mail: SpoolEntry,
  path: string,
  destination: string,
  recipients: readonly string[],
  context: AttemptContext,
): Promise<Map<string, SendResult>> {
  try {
    if (destination === LOCAL) return await submit(mail, path, recipients, context);
    return await sendAway(mail, path, destination, recipients, context);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return everyone(recipients, { state: 'deferred', reply: `451 4.3.0 ${replyText(text)}` });
  }
}

async function submit(
  mail: SpoolEntry,
  path: string,
  recipients: readonly string[],
  { local }: AttemptContext,
): Promise<Map<string, SendResult>> {
  const raw = await readFile(path);
  const outcomes = (await local?.submit({ id: mail.id, sender: mail.sender, recipients, raw })) ?? [];
  const results = new Map<string, SendResult>();
  for (const { recipient, reply } of outcomes) {
    const refused = isTemporary(reply) ? 'deferred' : 'failed';
    results.set(recipient, {
      state: isPositive(reply) ? 'sent' : refused,
      reply: replyText(replyLine(reply)),
    });
  }
  return results;
}

async function sendAway(
  mail: SpoolEntry,
  path: string,
  destination: string,
  recipients: readonly string[],
  context: AttemptContext,
): Promise<Map<string, SendResult>> {
  const found =
    destination === RELAY ? relayTarget(context.settings) : await targets(destination.slice(1), context);
  if (!Array.isArray(found)) return everyone(recipients, found);
  let reply = '451 4.4.1 No server to send to';
  for (const target of found) {
    const { size, eightBit, sender, dsn } = mail;
    const options = { hostname: context.hostname, signal: context.signal, ...context.settings };
    const outcome = await sendBySmtp({ path, size, eightBit, sender, recipients, dsn }, target, options);
    if (outcome.kind === 'answered') return outcome.results;
    reply = outcome.reply;
    if (context.signal.aborted) break;
  }
  return everyone(recipients, { state: 'deferred', reply });
}

function relayTarget(settings: OutboundSettings): SmtpTarget[] {
  const endpoint = parseEndpoint(settings.relay);
  if ('path' in endpoint) throw new TypeError('outbound.relay is host:port');
  const login =
    settings.relayUser === '' ? undefined : { user: settings.relayUser, password: settings.relayPassword };
  return [{ ...endpoint, name: endpoint.host, tls: settings.relayTls, login }];
}

async function targets(domain: string, context: AttemptContext): Promise<SmtpTarget[] | SendResult> {
  const { settings, resolver, hostname, random } = context;
  const found = await route(domain, { resolver, hostname, random, ...settings });
  if (found.kind !== 'hosts') return { state: found.kind, reply: found.reply };
  return found.hosts.map(({ name, address }) => ({
    host: address,
    name,
    port: settings.port,
    tls: 'opportunistic',
  }));
}

const everyone = (recipients: readonly string[], result: SendResult): Map<string, SendResult> =>
  new Map(recipients.map((address) => [address, result]));
