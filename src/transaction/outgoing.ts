import type { SealingSettings, SigningSettings } from '../authentication/signing/settings.ts';
import type { SealFacts, Senders, SigningResult } from '../authentication/signing/types.ts';
import type { SigningPool } from '../filter/pool.ts';
import type { Log } from '../log.ts';
import type { Client } from '../message/envelope.ts';
import type { HeaderEdit } from '../message/types.ts';
import { Networks } from '../net/networks.ts';
import type { Accounts } from '../policy/accounts.ts';
import { normaliseAddress } from '../policy/address.ts';
import type { PolicySettings } from '../policy/settings.ts';
import type { Protocol } from '../policy/types.ts';

export interface OutgoingOptions {
  signing: SigningSettings;
  sealing: SealingSettings;
  accounts: Pick<Accounts, 'owner' | 'aliases'>;
  policy: Pick<PolicySettings, 'catchAll' | 'subaddressSeparator'>;
  pool: SigningPool;
  /** Our name in Authentication-Results. */
  authservId: string;
}

/** A message about to leave. */
export interface OutgoingMessage {
  id: string;
  raw: Uint8Array;
  edits: readonly HeaderEdit[];
  protocol: Protocol;
  client: Client;
  /** What verifying it gave; undefined when nobody has. */
  received: SealFacts | undefined;
}

/** Whose mail is signed and sealed when it leaves, and with whose name. */
export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #signed: Networks;
  readonly #sealed: Networks;

  /** Throws a TypeError when the settings name a network that is none. */
  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#signed = new Networks(options.signing.networks);
    this.#sealed = new Networks(options.sealing.networks);
  }

  /** What becomes of mail that could not be signed. */
  get onFailure(): SigningSettings['onFailure'] {
    return this.#options.signing.onFailure;
  }

  /**
   * The fields to put on top of a message from a client, `undefined` when there is nothing to do. Rejects when that
   * cannot be known now.
   */
  async sign(message: OutgoingMessage, log: Log): Promise<readonly HeaderEdit[] | undefined> {
    // What comes in by LMTP goes to mailboxes, whoever the client is: nothing leaves.
    if (message.protocol === 'lmtp') return undefined;
    const senders = await this.#senders(message.client);
    const { id, raw, edits, received } = message;
    const seals = this.#options.sealing.seal !== undefined && this.#sealed.has(message.client.address);
    if (senders === undefined && !seals) return undefined;
    const result = await this.#options.pool.sign({
      id,
      raw,
      edits,
      ...(senders === undefined ? {} : { dkim: { senders } }),
      ...(seals && received !== undefined
        ? { seal: { ...received, believed: this.#options.authservId } }
        : {}),
    });
    tell(log, result);
    return result.edits;
  }

  /** Fields on top of a mail that we made: `account` did, or with undefined the server itself. Rejects likewise. */
  async signOwn(
    mail: Pick<OutgoingMessage, 'id' | 'raw'>,
    account: string | undefined,
    log: Log,
  ): Promise<readonly HeaderEdit[]> {
    if (this.#options.signing.keys.length === 0) return [];
    const senders: Senders = account === undefined ? { any: true } : await this.#addressesOf(account);
    const result = await this.#options.pool.sign({ ...mail, edits: [], dkim: { senders } });
    tell(log, result);
    return result.edits;
  }

  /** Fields on top of a mail of somebody else that we send on. Rejects likewise. */
  async seal(
    mail: Pick<OutgoingMessage, 'id' | 'raw'>,
    received: SealFacts,
    log: Log,
  ): Promise<readonly HeaderEdit[]> {
    if (this.#options.sealing.seal === undefined || !this.#options.sealing.redirects) return [];
    const result = await this.#options.pool.sign({ ...mail, edits: [], seal: received });
    tell(log, result);
    return result.edits;
  }

  /** Undefined: nothing of this client is signed. */
  async #senders(client: Client): Promise<Senders | undefined> {
    const { keys, authenticated, senders } = this.#options.signing;
    if (keys.length === 0) return undefined;
    if (this.#signed.has(client.address)) return { any: true };
    const { user = '' } = client;
    if (!authenticated || user === '') return undefined;
    if (senders === 'any') return { any: true };
    const allowed = await this.#addressesOf((await this.#options.accounts.owner(user)) ?? user);
    if (senders === 'own') return allowed;
    const domains = allowed.addresses.map((address) => address.slice(address.lastIndexOf('@') + 1));
    return { ...allowed, domains: [...allowed.domains, ...domains] };
  }

  /** Addresses whose mail an account gets. A login that is no account here, but an address, is that address. */
  async #addressesOf(account: string): Promise<Extract<Senders, { any: false }>> {
    const { accounts, policy } = this.#options;
    const all = [account, ...(await accounts.aliases(account))].map(normaliseAddress);
    const addresses = all.filter((address) => address !== undefined);
    const domains = policy.catchAll
      .filter((rule) => addresses.includes(normaliseAddress(rule.account) ?? ''))
      .map(({ domain }) => domain);
    return { any: false, addresses, domains, separator: policy.subaddressSeparator };
  }
}

function tell(log: Log, { signatures, sealed, author, unsigned, unsealed }: SigningResult): void {
  if (signatures.length > 0 || sealed !== undefined) log.info({ author, signatures, sealed }, 'signed');
  if (unsigned !== undefined) log.info({ author, reason: unsigned }, 'not signed');
  if (unsealed !== undefined) log.info({ reason: unsealed }, 'not sealed');
}
