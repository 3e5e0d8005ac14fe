import { Networks } from '../net/networks.ts';
import type { Accounts } from './accounts.ts';
import { hasRoute, isAddressLiteral, isAscii, isDomain, normaliseDomain, parseMailbox } from './address.ts';
import type { Mailbox } from './address.ts';
import type { Reply } from './reply.ts';
import { replies } from './replies.ts';
import type { PolicySettings } from './settings.ts';
import type { Peer, Policy } from './types.ts';

/** What policy has to know of accounts: does somebody read mail for this address? */
export type RecipientLookup = Pick<Accounts, 'resolve'>;

export interface PolicyOptions {
  settings: PolicySettings;
  accounts: RecipientLookup;
  /** The address a bounce to one of ours goes on to: we made it for a mail that was redirected (SRS). */
  reversePath?(address: string): string | undefined;
}

/** Longest HELO name taken, octets: a domain and a little room (RFC 5321 §4.5.3.1.2). */
const MAX_HELO = 300;

/** Builds the policy. Throws a TypeError when the settings name a network that is none. */
export function createPolicy(options: PolicyOptions): Policy {
  const { settings, accounts } = options;
  const blocked = new Networks(settings.blockedNetworks);
  const relayNetworks = new Networks(settings.relay.networks);
  const localDomains = new Set(settings.domains.map(normaliseDomain));
  const relayDomains = new Set(settings.relay.domains.map(normaliseDomain));
  const checks = (peer: Peer): boolean => settings.checkAddresses[peer.protocol];

  const mayRelay = ({ client }: Peer): boolean =>
    (settings.relay.authenticated && client.user !== undefined && client.user !== '') ||
    relayNetworks.has(client.address);

  const known = async (address: string): Promise<Reply | undefined> =>
    (await accounts.resolve(address)) === undefined ? replies.unknownRecipient : undefined;

  /** Where the recipient's domain is not ours. */
  function foreign(peer: Peer, mailbox: Mailbox, domain: string): Reply | undefined {
    // LMTP is handed what is to be put into mailboxes here (RFC 2033 §2): there is no way on from it.
    if (peer.protocol === 'lmtp') return replies.relayDenied;
    if (mayRelay(peer)) return undefined;
    if (!relayDomains.has(domain)) return replies.relayDenied;
    // `user%elsewhere@relayed`, `elsewhere!user@relayed`: the server behind us, which trusts us, might follow it.
    return /[%!@]/.test(mailbox.local) ? replies.relayDenied : undefined;
  }

  return {
    async connection({ client }) {
      return blocked.has(client.address) ? replies.blocked : undefined;
    },

    async helo(peer, name) {
      // A milter hears HELO after the MTA has taken it.
      if (
        checks(peer) &&
        (name === '' || name.length > MAX_HELO || !/^[\x21-\x7e\u{a0}-\u{10ffff}]+$/u.test(name))
      )
        return replies.badHelo;
      if (!settings.strictHelo) return undefined;
      const full = isAddressLiteral(name) || (isDomain(name) && name.includes('.'));
      return full ? undefined : replies.strictHelo;
    },

    async mail(peer, mail) {
      if (mail.size !== undefined && mail.size > settings.messageBytes) return replies.sizeExceeded;
      if (!checks(peer) || mail.sender === '') return undefined;
      if (!isAscii(mail.sender) && mail.smtputf8 !== true) return replies.needsSmtputf8;
      // RFC 5321 §4.1.1.2: a source route is taken and ignored; it could only matter to bounces.
      const sender = hasRoute(mail.sender) ? mail.sender.slice(mail.sender.indexOf(':') + 1) : mail.sender;
      return parseMailbox(sender) === undefined ? replies.badSender : undefined;
    },

    async rcpt(peer, envelope, { address }) {
      if (envelope.recipients.length >= settings.recipients) return replies.tooManyRecipients;
      if (!checks(peer)) return undefined;
      // RFC 5321 §4.1.1.3: `postmaster` alone is the one recipient without a domain.
      if (address.toLowerCase() === 'postmaster') return known('postmaster');
      // RFC 5321 §3.6.1 lets us decline the relaying a source route asks for.
      if (hasRoute(address)) return replies.relayDenied;
      if (!isAscii(address) && envelope.smtputf8 !== true) return replies.needsSmtputf8;
      const mailbox = parseMailbox(address);
      if (mailbox === undefined) return replies.badRecipient;
      const domain = mailbox.literal ? '' : normaliseDomain(mailbox.domain);
      if (domain === '' || !localDomains.has(domain)) return foreign(peer, mailbox, domain);
      // RFC 5321 §4.5.5: bounces have the null sender; nothing else goes back that way.
      if (envelope.sender === '' && options.reversePath?.(address) !== undefined) return undefined;
      return known(address);
    },

    async data(peer, envelope) {
      return checks(peer) && envelope.recipients.length === 0 ? replies.noRecipients : undefined;
    },

    message(_peer, size) {
      return size > settings.messageBytes ? replies.sizeExceeded : undefined;
    },
  };
}
