import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * SMTP addresses. The grammar of RFC 5321 §4.1.2, with the UTF-8 of RFC 6531 §3.3:
 *
 *     Mailbox        = Local-part "@" ( Domain / address-literal )
 *     Local-part     = Dot-string / Quoted-string
 *     Dot-string     = Atom *("."  Atom)
 *     Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
 *     Domain         = sub-domain *("." sub-domain)
 *
 * Two things are taken that the grammar does not have, because honest mail has them: dots doubled or at the end of a
 * Dot-string (Japanese mobile providers gave such addresses out) and `_` in domains (Windows host names).
 */
export interface Mailbox {
  /** Quoting undone. */
  local: string;
  /** As written; `[…]` for an address literal. */
  domain: string;
  literal: boolean;
}

/** RFC 5321 §4.5.3.1.1 says 64, but VERP and SRS senders are longer; RFC 5321 §4.5.3.1 allows to take more. */
const MAX_LOCAL_OCTETS = 256;
/** RFC 5321 §4.5.3.1.2. */
const MAX_DOMAIN_OCTETS = 255;
/** RFC 1035 §2.3.4. */
const MAX_LABEL_OCTETS = 63;

const ATOM = /^[\w!#$%&'*+\-/=?^`{|}~.\u{80}-\u{10ffff}]+$/u;
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e\u{80}-\u{10ffff}]|\\[\x20-\x7e])*)"$/u;
const LABEL = /^[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}_])?$/u;

/** A Mailbox as it stands between angle brackets; undefined when it is none. A source route is none: see {@link hasRoute}. */
export function parseMailbox(text: string): Mailbox | undefined {
  const at = text.lastIndexOf('@');
  if (at <= 0) return undefined;
  const written = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (Buffer.byteLength(written) > MAX_LOCAL_OCTETS || !isWellFormed(text)) return undefined;
  const local = parseLocal(written);
  if (local === undefined) return undefined;
  if (domain.startsWith('[')) return isAddressLiteral(domain) ? { local, domain, literal: true } : undefined;
  return isDomain(domain) ? { local, domain, literal: false } : undefined;
}

const isWellFormed = (text: string): boolean => text.isWellFormed() && !/[\x7f-\x9f]/.test(text);

function parseLocal(written: string): string | undefined {
  if (ATOM.test(written)) return written.startsWith('.') ? undefined : written;
  const quoted = QUOTED.exec(written)?.[1];
  return quoted?.replace(/\\(.)/g, '$1');
}

/** `@a,@b:user@c` (RFC 5321 §4.1.2, A-d-l): the old source route. */
export const hasRoute = (text: string): boolean => text.startsWith('@') && text.includes(':');

/** Domain of LDH labels (or U-labels), at most 255 octets; one label is enough. No trailing dot. */
export function isDomain(text: string): boolean {
  if (text === '' || Buffer.byteLength(text) > MAX_DOMAIN_OCTETS) return false;
  return text
    .split('.')
    .every(
      (label) =>
        Buffer.byteLength(label) <= MAX_LABEL_OCTETS * 4 &&
        label.length <= MAX_LABEL_OCTETS &&
        LABEL.test(label),
    );
}

/** `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3). General-address-literals have no registered tag: none pass. */
export function isAddressLiteral(text: string): boolean {
  const inside = /^\[(.{1,64})\]$/.exec(text)?.[1];
  if (inside === undefined) return false;
  return /^IPv6:/i.test(inside) ? isIP(inside.slice(5)) === 6 && !inside.includes('%') : isIP(inside) === 4;
}

export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);

/**
 * A domain as it is compared: lower case, U-labels as A-labels (RFC 5890 §2.3.2.1), no trailing dot. '' when it cannot
 * be a domain. ASCII is only lower-cased: `domainToASCII` would take `0x7f.1` for an IPv4 address.
 */
export function normaliseDomain(domain: string): string {
  const bare = domain.endsWith('.') ? domain.slice(0, -1) : domain;
  const ascii = isAscii(bare) ? bare.toLowerCase() : domainToASCII(bare);
  return isDomain(ascii) && isIP(ascii) === 0 ? ascii : '';
}

/**
 * An address as accounts are named and looked up: local part and domain lower-cased, the domain in A-labels, quoting
 * undone. Undefined for what is no Mailbox or has an address literal. (RFC 5321 §2.4: only the host that holds the
 * mailbox may do this to the local part. It is us.)
 */
export function normaliseAddress(address: string): string | undefined {
  const mailbox = parseMailbox(address);
  if (mailbox === undefined || mailbox.literal) return undefined;
  const domain = normaliseDomain(mailbox.domain);
  const local = mailbox.local.normalize('NFC').toLowerCase();
  // Both may make a text longer.
  return domain === '' || Buffer.byteLength(local) > MAX_LOCAL_OCTETS ? undefined : `${local}@${domain}`;
}

/** `local+detail` → `local` and `detail` (RFC 5233 §1): at the first separator; no detail when nothing is before it. */
export function splitSubaddress(local: string, separator: string): { user: string; detail?: string } {
  const at = separator === '' ? -1 : local.indexOf(separator);
  return at <= 0 ? { user: local } : { user: local.slice(0, at), detail: local.slice(at + separator.length) };
}
