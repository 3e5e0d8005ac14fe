import { createPublicKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type LoginSettings, MECHANISMS } from '../../policy/settings.ts';
import { custom, duration, flag, networks, text, texts, whole, type Described } from '../settings.ts';

/** PEM text that node:crypto can read. */
const pem = (what: string, read: (text: string) => unknown) =>
  z
    .string()
    .max(1_000_000)
    .superRefine((written, context) => {
      try {
        if (written !== '') read(written);
      } catch {
        context.addIssue(`this is no ${what} in PEM`);
      }
    });

const webAddress = z.literal('').or(z.url({ protocol: /^https?$/ }));

/** `policy.logins`: who may log in, how, and how often wrongly. */
export const logins: Described<LoginSettings> = {
  mechanisms: custom(
    z.array(z.enum(MECHANISMS)).max(MECHANISMS.length),
    'SASL mechanisms offered, where what they need is there.',
  ),
  clearOnLoopback: flag('Whether clients on this machine may log in without TLS.'),
  proxyUsers: texts('Accounts that may log in for others, with their own password.'),
  failureWindow: duration('s', '1s', '7d', 'Time for which a failed login counts'),
  freeFailures: whole(0, 1000, 'Failed logins of an address, or of a user, that cost nothing.'),
  firstDelay: duration('ms', '0ms', '1m', 'Time the next login waits; each further failure doubles it'),
  maxDelay: duration('ms', '0ms', '1m', 'Longest time a login waits'),
  addressFailures: whole(
    0,
    1_000_000,
    'Failed logins after which an address is turned away until they no longer count; 0: never.',
  ),
  exemptNetworks: networks('Clients whose address is not counted: web mail servers and proxies.'),
  oauth: {
    introspectionUrl: custom(webAddress, 'Where bearer tokens are asked about (RFC 7662); empty: nowhere.'),
    clientId: text('Our name there; empty: none.', 256),
    clientSecret: text('Our password there.'),
    timeout: duration('ms', '100ms', '1m', 'Time for its answer'),
    jwtKeys: custom(
      z.array(pem('public key', createPublicKey)).max(32),
      'Public keys (PEM) that sign tokens in the form of a JWT; empty: not looked at.',
    ),
    issuer: text('Issuer (iss) a token must have; empty: any.'),
    audience: text('Audience (aud) a token must have; empty: any.'),
    scope: text('Scope a token must have; empty: any.'),
    userClaim: text("Claim that holds the account's address.", 100),
    openidConfiguration: custom(
      webAddress,
      "URL of the provider's metadata, told to clients whose token fails; empty: none.",
    ),
  },
  certificates: {
    authorities: custom(
      pem('certificate', (text) => new X509Certificate(text)),
      'Certificates (PEM) of those who may sign certificates of clients; empty: no login by certificate.',
    ),
    subjects: custom(
      z.array(z.strictObject({ subject: z.string().max(1000), account: z.string().max(320) })).max(100_000),
      'Accounts by the subject of a certificate: {subject: "CN=anna,O=Example", account}.',
    ),
  },
};
