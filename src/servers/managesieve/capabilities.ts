import type { Session } from './session.ts';
import type { Capability } from './wire/types.ts';

/** RFC 5804 §1.7, a line each; none is ever empty but SASL. */
export function capabilities({ options, channel, account, link }: Session): Capability[] {
  const sieve = options.capabilities();
  const list: Capability[] = [
    ['IMPLEMENTATION', 'Tamis'],
    ['SIEVE', sieve.join(' ')],
    // Empty until TLS is up, by which clients know that they must begin it.
    ['SASL', options.sasl.mechanisms(channel).join(' ')],
    ['VERSION', '1.0'],
  ];
  if (sieve.includes('enotify')) list.push(['NOTIFY', 'mailto']);
  if (channel.tls === undefined && link.startTls) list.push(['STARTTLS']);
  if (account !== undefined)
    list.push(
      ['MAXREDIRECTS', String(options.redirects)],
      ['OWNER', account],
      ['LANGUAGE', 'en'],
      ['UNAUTHENTICATE'],
    );
  return list;
}
