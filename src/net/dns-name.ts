/** RFC 1035 §2.3.4: 255 octets on the wire are 253 characters of text. */
const MAX_NAME = 253;
const MAX_LABEL = 63;

/** A name as a key: lower case, without the root's dot. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/**
 * Whether a name can be in the DNS at all (RFC 1035 §2.3.4): no empty or long labels, visible ASCII and spaces only.
 * What cannot be is answered ENOTFOUND without asking anybody.
 */
export function isPossibleName(name: string): boolean {
  const plain = normalName(name);
  return (
    plain.length <= MAX_NAME &&
    /^[\x20-\x7e]+$/.test(plain) &&
    plain.split('.').every((label) => label.length > 0 && label.length <= MAX_LABEL)
  );
}
