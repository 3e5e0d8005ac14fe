import { EMPTY, failure, utf8 } from './text.ts';
import type { ClientCertificate, Mechanism, MechanismContext } from './types.ts';

/**
 * EXTERNAL (RFC 4422, appendix A): who the client is, its certificate says. A response names the account that is wanted, which
 * must be one of those the certificate is for; an empty one means the only or first of them.
 */
export const external: Mechanism = {
  name: 'EXTERNAL',
  available: ({ channel }) => channel.tls?.certificate !== undefined,
  async *exchange(context) {
    const authorization = utf8(yield EMPTY);
    const certificate = context.channel.tls?.certificate;
    if (authorization === undefined || authorization.includes('\0') || certificate === undefined)
      return failure('malformed');
    const accounts = await accountsOf(certificate, context);
    const [first] = accounts;
    if (first === undefined) return failure('credentials', certificate.subject);
    const wanted = authorization === '' ? undefined : await context.accounts.owner(authorization);
    const user = wanted !== undefined && accounts.includes(wanted) ? wanted : first;
    return context.admit(user, authorization);
  },
};

async function accountsOf(
  { subject, addresses }: ClientCertificate,
  { accounts, subjects }: MechanismContext,
): Promise<string[]> {
  const mapped = subjects.get(subject);
  const names = mapped === undefined ? addresses : [mapped, ...addresses];
  const found = await Promise.all(names.map((name) => accounts.owner(name)));
  return found.filter((account) => account !== undefined);
}
