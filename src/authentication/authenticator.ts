import type { Log } from '../log.ts';
import { silentLog } from '../log.ts';
import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';
import { withBudget } from '../net/budget.ts';
import { Networks, plainAddress } from '../net/networks.ts';
import type { Resolver } from '../net/resolver.ts';
import { authorsOf, checkDmarc } from './dmarc.ts';
import { checkReverseName } from './iprev.ts';
import { formatResults } from './results/format.ts';
import type { AuthenticationSettings } from './settings.ts';
import { verifySignatures } from './signatures.ts';
import { checkSpf } from './spf.ts';
import type { Authentication, Authenticator, DmarcResult, SpfResult } from './types.ts';

export interface AuthenticatorOptions {
  /** Asked for every message within a budget of its own, unless `verify` is handed one. */
  resolver: Resolver;
  /** What one message may ask (`DnsSettings.queries`, `time` in milliseconds). */
  budget: { queries: number; time: number };
  settings: AuthenticationSettings;
  /** Milliseconds since the epoch; default `Date.now`. */
  now?: () => number;
  log?: Log;
}

/** Verifies who sent a message: SPF, DKIM, ARC, DMARC and the client's reverse name. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { settings, log = silentLog, now = Date.now } = options;
  const authservId = settings.authservId ?? 'localhost';
  const local = new Networks(settings.localNetworks);

  /** A fault of the verifier, not of the message: logged, and a temporary error as result. */
  async function guarded<T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      log.error({ err: error, method: what }, 'authentication failed to run');
      return otherwise;
    }
  }

  async function clientResults(envelope: Envelope, resolver: Resolver) {
    const { address, name, helo = '', user } = envelope.client;
    const domain = envelope.sender === '' ? helo : domainOf(envelope.sender);
    const identity = envelope.sender === '' ? 'helo' : 'mailfrom';
    const silent: SpfResult = { result: 'none', domain, identity };
    if (address === undefined || user !== undefined || local.has(address))
      return { known: false, spf: silent, spfHelo: undefined, iprev: 'none' as const };
    const request = { address: plainAddress(address), helo, sender: envelope.sender, receiver: authservId };
    const failed: SpfResult = { ...silent, result: 'temperror' };
    const [spf, spfHelo, iprev] = await Promise.all([
      guarded('spf', () => checkSpf(request, resolver, settings.limits), failed),
      settings.spfHelo && envelope.sender !== '' && helo.includes('.')
        ? guarded('spf', () => checkSpf({ ...request, sender: '' }, resolver, settings.limits), {
            ...failed,
            domain: helo,
            identity: 'helo' as const,
          })
        : undefined,
      name === undefined
        ? guarded('iprev', () => checkReverseName(request.address, resolver), 'temperror' as const)
        : ('pass' as const),
    ]);
    return { known: true, spf, spfHelo, iprev };
  }

  return {
    async verify(message: Message, envelope: Envelope, shared?: Resolver): Promise<Authentication> {
      const resolver =
        shared ??
        withBudget(options.resolver, {
          queries: options.budget.queries,
          milliseconds: options.budget.time,
        });
      const nobody = { fields: 0, addresses: [], domain: '', tooMany: false };
      const authors = await guarded('dmarc', async () => authorsOf(message), nobody);
      const [client, { dkim, arc }] = await Promise.all([
        clientResults(envelope, resolver),
        guarded(
          'dkim',
          () => verifySignatures({ message, resolver, settings, now: now(), author: authors.domain }),
          failedSignatures(message),
        ),
      ]);
      const failed: DmarcResult = { result: 'temperror', domain: authors.domain, policy: undefined };
      const dmarc = await guarded('dmarc', () => checkDmarc(authors, client.spf, dkim, resolver), failed);
      // Where SPF had no say, for want of a client's address in public, DMARC cannot fail.
      if (!client.known && dmarc.result === 'fail')
        Object.assign(dmarc, { result: 'none', policy: undefined });
      const results: Omit<Authentication, 'field'> = {
        spf: client.spf,
        dkim,
        dmarc,
        arc,
        iprev: client.iprev,
      };
      if (client.spfHelo !== undefined) results.spfHelo = client.spfHelo;
      const { user, address } = envelope.client;
      const field = formatResults(results, {
        authservId,
        authenticated: user !== undefined,
        login: settings.showLogin ? user : undefined,
        clientAddress: address,
      });
      return { ...results, field };
    },
  };
}

function domainOf(address: string): string {
  return address
    .slice(address.lastIndexOf('@') + 1)
    .slice(0, 320)
    .toLowerCase();
}

/** When the verifier broke: the message has signatures, and what they are worth is not known now. */
function failedSignatures(message: Message): Pick<Authentication, 'dkim' | 'arc'> {
  const signed = message.header.get('dkim-signature') !== undefined;
  const sealed = message.header.get('arc-seal') !== undefined;
  return {
    dkim: signed ? [{ result: 'temperror', domain: '', selector: '', aligned: false }] : [],
    arc: { result: sealed ? 'temperror' : 'none', instances: 0 },
  };
}
