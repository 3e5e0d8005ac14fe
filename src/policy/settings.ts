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
  /**
   * Rounds of PBKDF2 in the keys kept for SCRAM; 0: none are kept. Who steals the state may guess at these instead of at
   * the argon2id hash, and they are cheaper to guess.
   */
  scramIterations: number;
  /** Shortest password `add` and `passwd` take, in characters. */
  passwordLength: number;
  /** Seconds for which an address that was found is not looked up again; 0: always look. */
  cacheSeconds: number;
  /** Seconds for which a password that was right need not be hashed again, unless another was set; 0: always hash. */
  verifiedSeconds: number;
}

/** SASL mechanisms Tamis has, in the order they are announced. */
export const MECHANISMS = [
  'SCRAM-SHA-256-PLUS',
  'SCRAM-SHA-1-PLUS',
  'SCRAM-SHA-256',
  'SCRAM-SHA-1',
  'OAUTHBEARER',
  'XOAUTH2',
  'EXTERNAL',
  'PLAIN',
  'LOGIN',
] as const;
export type MechanismName = (typeof MECHANISMS)[number];

/** Bearer tokens (RFC 6750 §1) of an identity provider as logins. Off while there is neither a URL nor a key. */
export interface OAuthSettings {
  /** Where a token is asked about (RFC 7662 §2); '' for not at all. */
  introspectionUrl: string;
  clientId: string;
  clientSecret: string;
  /** Milliseconds for the answer. */
  timeout: number;
  /** Public keys (PEM) that sign tokens in the form of a JWT (RFC 7519 §3); none: not looked at. */
  jwtKeys: string[];
  /** `iss` a token must have; '' for any (introspection), and to be set for JWT. */
  issuer: string;
  /** `aud` a token must have; '' for any. */
  audience: string;
  /** A scope a token must have; '' for any. */
  scope: string;
  /** The claim that holds the account's address. */
  userClaim: string;
  /** URL of the provider's metadata, told to clients whose token fails (RFC 7628 §3.2.2). */
  openidConfiguration: string;
}

/** Client certificates as logins (EXTERNAL). Off while there are no authorities. */
export interface CertificateSettings {
  /** Certificates (PEM) of those who may sign certificates of clients. */
  authorities: string;
  /**
   * Accounts by the subject of a certificate, as in `CN=anna,O=Example`. A mail address among the alternative names
   * names its account by itself.
   */
  subjects: { subject: string; account: string }[];
}

export interface LoginSettings {
  /** Mechanisms that are offered, where what they need is there. */
  mechanisms: MechanismName[];
  /** Whether clients on this machine may log in without TLS. */
  clearOnLoopback: boolean;
  /** Accounts that may log in for others, with their own password. */
  proxyUsers: string[];
  /** Seconds for which a failed login counts. */
  failureWindow: number;
  /** Failed logins of an address, or of a user, that cost nothing. */
  freeFailures: number;
  /** Milliseconds the next login waits; each further failure doubles it up to `maxDelay`. */
  firstDelay: number;
  maxDelay: number;
  /** Failed logins after which an address is turned away until they no longer count; 0: never. */
  addressFailures: number;
  /** Clients whose address is not counted: web mail servers and proxies, behind which all users are. */
  exemptNetworks: string[];
  oauth: OAuthSettings;
  certificates: CertificateSettings;
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
  logins: LoginSettings;
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
    // Cyrus SASL's clients take 65536 at most; RFC 7677 §4 asks for 4096 at least.
    scramIterations: 50_000,
    passwordLength: 8,
    // A burst of mail to one mailbox costs one look-up; a removed account stops within this time.
    cacheSeconds: 5,
    // Mail programs look for mail every few minutes and open several connections, web mail logs in for each page.
    verifiedSeconds: 300,
  },
  logins: {
    mechanisms: [...MECHANISMS],
    // Passwords in clear are read by whoever may watch the interface; on a machine with one user that is nobody.
    clearOnLoopback: false,
    proxyUsers: [],
    // A guesser from one address gets some 250 tries an hour at most, a person forgets the morning's mistakes by noon.
    failureWindow: 3600,
    // A person mistypes a password twice.
    freeFailures: 3,
    firstDelay: 1000,
    // Longer, and mail programs give up and ask for the password again.
    maxDelay: 15_000,
    // A household with an old password in each phone stays below it.
    addressFailures: 100,
    // Roundcube and its like log their users in from this machine.
    exemptNetworks: ['127.0.0.0/8', '::1'],
    oauth: {
      introspectionUrl: '',
      clientId: '',
      clientSecret: '',
      // The client waits meanwhile; providers answer in some hundred milliseconds.
      timeout: 5000,
      jwtKeys: [],
      issuer: '',
      audience: '',
      scope: '',
      // OpenID Connect's name of it.
      userClaim: 'email',
      openidConfiguration: '',
    },
    certificates: { authorities: '', subjects: [] },
  },
};
