/** Domain whose unknown addresses all go to one account. */
export interface CatchAll {
  domain: string;
  /** Address of the account. */
  account: string;
}

export interface RelaySettings {
  /** Clients that may send to anywhere: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. */
  networks: string[];
  /** Domains anyone may send to although they are not ours: we are their backup MX or stand before their server. */
  domains: string[];
  /** Whether a client that logged in may send to anywhere. */
  authenticated: boolean;
}

export interface AccountSettings {
  /** Memory of one password hash, KiB. */
  hashMemory: number;
  /** Passes over that memory. */
  hashPasses: number;
  /** Password hashes computed at the same time. */
  hashConcurrency: number;
  /** Logins that may wait for their turn; the next ones are told to try later. */
  hashQueue: number;
  /** Shortest password `add` and `passwd` take, in characters. */
  passwordLength: number;
  /** Seconds for which an address that was found is not looked up again; 0: always look. */
  cacheSeconds: number;
}

export interface PolicySettings {
  /** Domains whose accounts are here. */
  domains: string[];
  /** Account for `postmaster` without a domain, and at each of `domains` where no such account or alias exists. */
  postmaster: string;
  catchAll: CatchAll[];
  /** Character that divides `local+detail`; '' for none. */
  subaddressSeparator: string;
  relay: RelaySettings;
  /**
   * Per server: whether Tamis judges the envelope's addresses (syntax, relaying, existence). Where it does not, the
   * program in front of it has done so.
   */
  checkAddresses: { milter: boolean; smtp: boolean; lmtp: boolean };
  /** Refuses clients whose HELO is no full domain and no address literal. */
  strictHelo: boolean;
  /** Clients that are turned away when they connect. */
  blockedNetworks: string[];
  /** Largest message taken, octets. */
  messageBytes: number;
  /** Recipients of one message. */
  recipients: number;
  accounts: AccountSettings;
}

export const defaultPolicySettings: PolicySettings = {
  // Nothing is ours until the admin says so.
  domains: [],
  // RFC 5321 §4.5.1 wants postmaster to be read by somebody; who that is only the admin knows.
  postmaster: '',
  catchAll: [],
  // The separator Postfix, Cyrus and most providers document (RFC 5233 §1).
  subaddressSeparator: '+',
  // An open relay is found within hours: nobody relays unless named. Who logged in has been named.
  relay: { networks: [], domains: [], authenticated: true },
  // A milter's MTA has its own tables of recipients and relays; the other two servers have nobody before them.
  checkAddresses: { milter: false, smtp: true, lmtp: true },
  // Printers, scripts and badly set up, honest servers send `localhost` or a bare name.
  strictHelo: false,
  blockedNetworks: [],
  // 50 MB: twice what the big providers take from each other, so the limit is met here last.
  messageBytes: 50 * 1024 * 1024,
  // RFC 5321 §4.5.3.1.8 asks for 100 at least; 1000 is what Postfix sends at most.
  recipients: 1000,
  accounts: {
    // OWASP's argon2id parameters (19 MiB, 2 passes): some 30 ms of one core.
    hashMemory: 19_456,
    hashPasses: 2,
    // argon2 runs in libuv's four threads, which files and DNS need too.
    hashConcurrency: 2,
    // At 30 ms each in two threads the last of 64 waits one second.
    hashQueue: 64,
    passwordLength: 8,
    // A burst of mail to one mailbox costs one look-up; a removed account stops within this time.
    cacheSeconds: 5,
  },
};
