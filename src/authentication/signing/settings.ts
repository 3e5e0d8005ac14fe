import type { Canonicalization } from '../dkim/canonical.ts';

/** A key that signs mail of a domain. Several keys of one domain may be in force at once: each makes a signature. */
export interface SigningKeySettings {
  /** `d=`, a domain of ours. */
  domain: string;
  /** `s=`; the key is published at `SELECTOR._domainkey.DOMAIN`. */
  selector: string;
  /** File of the private key: PEM, or an Ed25519 seed in base64. */
  file: string;
  /** Not used before, and from then on no more: `2027-01-01` (midnight UTC) or a whole RFC 3339 time; '' for no bound. */
  notBefore: string;
  notAfter: string;
  /** Also signs mail from domains below `domain` that have no keys of their own. */
  subdomains: boolean;
}

/** Whose mail gets a DKIM signature of ours, and how. */
export interface SigningSettings {
  keys: SigningKeySettings[];
  /** Sign what clients send that logged in. */
  authenticated: boolean;
  /**
   * Which From addresses a login may have signed: those whose mail the account gets (`own`), all of the login's own
   * domain (`domain`), all of our domains (`any`).
   */
  senders: 'own' | 'domain' | 'any';
  /** Clients that need no login, for all of our domains: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. */
  networks: string[];
  headerCanonicalization: Canonicalization;
  bodyCanonicalization: Canonicalization;
  /** Fields signed when they are there; From always is. */
  fields: string[];
  /** Fields named once more than they occur, so that nobody can add one to the signed message; absent ones too. */
  oversign: string[];
  /** The same, only for those that are there. */
  oversignPresent: string[];
  /** Seconds after which a signature is no longer valid (`x=`); 0: never. */
  expiry: number;
  /** Refuse key files that others than their owner may read or write. */
  safeKeys: boolean;
  /** What becomes of mail whose signature could not be made: it goes unsigned, or the sender tries again. */
  onFailure: 'unsigned' | 'tempfail';
}

/** The key of our ARC-Seal fields. */
export interface SealKeySettings {
  domain: string;
  selector: string;
  file: string;
}

/** Which mail gets an ARC set of ours when it goes on. */
export interface SealingSettings {
  /** Nothing is sealed without it. */
  seal?: SealKeySettings;
  /** Seal what users' scripts redirect. */
  redirects: boolean;
  /**
   * Hosts of ours that send on mail which came in through us (list servers, forwarders). Authentication-Results fields
   * with our name are believed from them.
   */
  networks: string[];
}

export const defaultSigningSettings: SigningSettings = {
  keys: [],
  authenticated: true,
  // Who may log in as one user must not sign as another: From is what the reader sees and DMARC protects.
  senders: 'own',
  networks: [],
  // `simple` breaks with every server on the way that folds a field anew or takes a blank off a line's end.
  headerCanonicalization: 'relaxed',
  bodyCanonicalization: 'relaxed',
  // What a reader sees, answers to or is grouped by (RFC 6376 §5.4.1), and the List- fields that RFC 8058 §4 wants
  // signed. No trace fields: they are added and changed on the way.
  fields: [
    'From',
    'Sender',
    'Reply-To',
    'Subject',
    'Date',
    'Message-ID',
    'To',
    'Cc',
    'MIME-Version',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Content-ID',
    'Content-Description',
    'In-Reply-To',
    'References',
    'Resent-Date',
    'Resent-From',
    'Resent-Sender',
    'Resent-To',
    'Resent-Cc',
    'Resent-Message-ID',
    'List-Id',
    'List-Help',
    'List-Unsubscribe',
    'List-Unsubscribe-Post',
    'List-Subscribe',
    'List-Post',
    'List-Owner',
    'List-Archive',
    'Feedback-ID',
    'Autocrypt',
  ],
  // A second one of these is what a reader may be shown in place of the signed one (RFC 6376 §8.15), and no honest
  // server adds one where there was none.
  oversign: ['From', 'Subject', 'To', 'Cc', 'Reply-To'],
  // The same, but servers on the way do add a Date or Message-ID, and MIME fields, that are missing.
  oversignPresent: [
    'Date',
    'Message-ID',
    'Sender',
    'MIME-Version',
    'Content-Type',
    'Content-Transfer-Encoding',
  ],
  // Signed mail is replayed within hours; an expiry that leaves every queue its five days stops none of it, and makes
  // good mail fail for who verifies it later.
  expiry: 0,
  // Whoever reads the key can send as the domain.
  safeKeys: true,
  // Mail without a signature is still mail, and SPF may carry it; a fault of ours must not stop a whole company.
  onFailure: 'unsigned',
};

export const defaultSealingSettings: SealingSettings = {
  // SPF fails behind a redirect, and DKIM where a script changed the mail: the next server has only our word.
  redirects: true,
  networks: [],
};
