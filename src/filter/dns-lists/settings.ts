/** Settings of the lists asked by DNS (DNSBL, DNSWL, URIBL), with their defaults and the reason of each. */

/**
 * What of a message a list is asked about. `client`, `received`, `link_addresses` and `link_servers` (where the names of
 * links lead to) are addresses, `emails` mail addresses, the others names.
 */
export const DNS_LIST_SUBJECTS = [
  'client',
  'received',
  'link_addresses',
  'link_servers',
  'links',
  'helo',
  'reverse_name',
  'sender',
  'from',
  'reply_to',
  'dkim',
  'emails',
] as const;

export type DnsListSubject = (typeof DNS_LIST_SUBJECTS)[number];

/** The symbol an answer gives. */
export interface DnsListAnswer {
  symbol: string;
  score: number;
  description?: string | undefined;
}

export interface DnsListSettings {
  /** Where the list is in the DNS: `zen.spamhaus.org`, with the key before it where one is needed. Never logged. */
  zone: string;
  ask: DnsListSubject[];
  /** What answers mean: by address (`127.0.0.2`), range (`127.0.0.4/30`) or bit of the last octet (`&8`). */
  answers: Record<string, DnsListAnswer>;
  /** For answers within 127.0.0.0/8 that `answers` does not name. */
  otherwise?: DnsListAnswer | undefined;
  /** Further answers by which the operator refuses to answer, as in {@link BLOCKED_ANSWERS}. */
  blocked?: string[] | undefined;
  /** Ask for names as they are, not for the domain an organization registered. */
  whole?: boolean | undefined;
  /** How the list knows mail addresses; default `sha1`. */
  hash?: 'md5' | 'sha1' | 'sha256' | undefined;
  /** Ask for IPv6 addresses too. */
  ipv6?: boolean | undefined;
}

export interface DnsListsSettings {
  /** By the name they have in the log and in the details of symbols. */
  lists: Record<string, DnsListSettings>;
  /** Domains that are never asked for, with what is below them. */
  exempt: string[];
  /** Networks of our own relays: Received fields are believed down to the first host outside them. */
  trustedNetworks: string[];
  /** Addresses taken from Received fields, newest first. */
  hops: number;
  /** Names, and addresses, taken from links. */
  links: number;
  /** Names of links that are resolved for lists of where they lead to. */
  linkServers: number;
  /** Mail addresses of fields and text, taken for lists that know them. */
  emails: number;
  /** Milliseconds a message waits for all lists together. */
  timeLimit: number;
  /** Seconds a list is left alone that refuses to answer, or that does not answer at all. */
  pause: number;
}

export const defaultDnsListsSettings: DnsListsSettings = {
  // None: every list of use has terms that its user must agree to (volume, commerce, an own resolver), and one that
  // refuses the resolver of a provider says nothing of any message. Examples are in deploy/.
  lists: {},
  // Lists do not have them, and half of all mail names one.
  exempt: ['w3.org', 'google.com', 'gmail.com', 'microsoft.com', 'apple.com', 'facebook.com', 'youtube.com'],
  trustedNetworks: [],
  // What is behind the first few was most likely written by the sender.
  hops: 3,
  // What SpamAssassin asks for; a message with more names than that is not about any of them.
  links: 20,
  // Each is a question of its own, to servers of the sender's choice.
  linkServers: 5,
  // Letters of fraud have two or three; who names more is no drop box.
  emails: 10,
  // Lists are made to be answered from memory in milliseconds; a resolver that has to walk needs a second or two.
  timeLimit: 5_000,
  // Operators who refuse block for hours and count the questions meanwhile.
  pause: 600,
};

/**
 * Answers by which operators say that they do not answer us: 127.255.255.0/24 at Spamhaus and others who took it over
 * (public resolver, too many questions, misspelt zone), 127.0.0.1 at URIBL and SURBL. No list means a listing by them
 * (RFC 5782 §5).
 */
export const BLOCKED_ANSWERS: readonly string[] = ['127.255.255.0/24', '127.0.0.1'];
