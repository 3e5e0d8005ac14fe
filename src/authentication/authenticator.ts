import type { Log } from '../log.ts';
import { silentLog } from '../log.ts';
import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';
import { withBudget } from '../net/budget.ts';
import type { Resolver } from '../net/resolver.ts';
import { checkBimi } from './bimi/check.ts';
import { createClientCheck } from './client.ts';
import { authorsOf } from './dmarc/authors.ts';
import type { Authors } from './dmarc/authors.ts';
import { createDmarcCheck } from './dmarc/check.ts';
import type { Evaluation } from './dmarc/evaluate.ts';
import { KeyCache } from './dkim/keys.ts';
import { formatResults } from './results/format.ts';
import type { AuthenticationSettings } from './settings.ts';
import { verifySignatures } from './signatures.ts';
import type { Authentication, Authenticator } from './types.ts';

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
  const keyCache = new KeyCache(settings.keyCacheEntries);

  /** A fault of the verifier, not of the message: logged, and a temporary error as result. */
  async function guarded<T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      log.error({ err: error, method: what }, 'authentication failed to run');
      return otherwise;
    }
  }

  const checkClient = createClientCheck(settings, authservId, guarded);
  const checkDmarc = createDmarcCheck(settings.dmarc, settings.arc, log);

  return {
    async verify(message: Message, envelope: Envelope, shared?: Resolver): Promise<Authentication> {
      const resolver =
        shared ??
        withBudget(options.resolver, {
          queries: options.budget.queries,
          milliseconds: options.budget.time,
        });
      const nobody: Authors = { domain: '', fault: 'no-author-domain' };
      const authors = await guarded('dmarc', async () => authorsOf(message), nobody);
      const [client, { dkim, arc }] = await Promise.all([
        checkClient(message, envelope, resolver),
        guarded(
          'dkim',
          () =>
            verifySignatures({ message, resolver, keyCache, settings, now: now(), author: authors.domain }),
          failedSignatures(message),
        ),
      ]);
      const failed: Evaluation = {
        result: { result: 'temperror', domain: authors.domain, policy: undefined },
        alignedSigners: new Set(),
        organizational: undefined,
        lookup: () => Promise.resolve(undefined),
      };
      const evaluation = await guarded(
        'dmarc',
        () => checkDmarc({ message, authors, client: envelope.client, results: client, dkim, arc, resolver }),
        failed,
      );
      const dmarc = evaluation.result;
      const results: Omit<Authentication, 'field'> = {
        spf: client.spf,
        dkim,
        dmarc,
        arc,
        iprev: client.iprev,
      };
      if (client.spfHelo !== undefined) results.spfHelo = client.spfHelo;
      if (client.upstream !== undefined) results.upstream = client.upstream.authservId;
      if (settings.bimi.enabled)
        results.bimi = await guarded(
          'bimi',
          () =>
            checkBimi({
              message,
              dmarc,
              organizational: evaluation.organizational,
              dkim,
              resolver,
            }),
          { result: 'temperror', domain: dmarc.domain, selector: 'default' },
        );
      const { user, address } = envelope.client;
      const field = formatResults(results, {
        authservId,
        authenticated: user !== undefined,
        login: settings.showLogin ? user : undefined,
        // Of a relay of ours the address is not the one the result is about.
        clientAddress: client.upstream === undefined ? address : undefined,
      });
      return { ...results, field };
    },
  };
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
