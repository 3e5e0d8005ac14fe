import type { HeaderField } from '../../message/types.ts';
import type { AuthenticationLimits } from '../settings.ts';
import { readSignature } from './signature.ts';
import type { ReadSignature, Refusal } from './signature.ts';
import type { SignedHeader } from './signed-header.ts';

/** Reads a signature field; one that would cost more than the limits allow is `policy`, with the limit. */
export function readBounded(
  field: HeaderField,
  kind: 'dkim' | 'arc',
  header: SignedHeader,
  limits: AuthenticationLimits,
): ReadSignature {
  const refused = (reason: string): Refusal => ({ result: 'policy', reason });
  const unread = (reason: string): ReadSignature => ({
    label: { domain: '', selector: '' },
    signature: refused(reason),
  });
  if (!header.isWhole) return unread('the header has more fields than are read');
  if (field.end - field.start > limits.signatureBytes)
    return unread(`larger than ${limits.signatureBytes} bytes`);
  const read = readSignature(field, kind);
  const { label, signature } = read;
  if ('reason' in signature) return read;
  if (signature.names.length > limits.signedNames)
    return { label, signature: refused(`more than ${limits.signedNames} names in h=`) };
  if (header.size(signature.names) > limits.signedHeaderBytes)
    return { label, signature: refused(`covers more than ${limits.signedHeaderBytes} bytes of header`) };
  return read;
}
