import { organizationalDomain } from '../../../authentication/organizational-domain.ts';
import type { Address, HeaderField } from '../../../message/types.ts';

/** `Local@Example.ORG` → `example.org`; '' when there is no domain. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : address.slice(at + 1).toLowerCase();
}

/** The mailboxes of an address field, those of groups included. */
export function mailboxes(field: HeaderField | undefined): Address[] {
  if (field === undefined) return [];
  return field.addresses.flatMap((one) => one.group ?? [one]).filter(({ address }) => address !== '');
}

/** Organizational domain of the first From address, or ''. */
export function fromDomain(field: HeaderField | undefined): string {
  return organizationalDomain(domainOf(mailboxes(field)[0]?.address ?? ''));
}
