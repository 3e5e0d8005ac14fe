import { z } from 'zod';
import { defaultPolicySettings, type PolicySettings } from '../../policy/settings.ts';
import { logins } from './logins.ts';
import {
  custom,
  domainName,
  domains,
  duration,
  flag,
  networks,
  settings,
  size,
  text,
  whole,
} from '../settings.ts';

export const policySection = settings<PolicySettings>(
  defaultPolicySettings,
  {
    domains: domains('Domains whose accounts are here.'),
    postmaster: text('Account that reads mail to postmaster; empty: nobody.', 320),
    catchAll: custom(
      z.array(z.strictObject({ domain: domainName, account: z.string().max(320) })).max(10_000),
      'Accounts that get the mail to unknown addresses of a domain: {domain, account}.',
    ),
    subaddressSeparator: text('Character between local part and detail (user+detail); empty: none.', 1),
    relay: {
      networks: networks('Clients that may send to anywhere.'),
      domains: domains('Domains anyone may send to although they are not ours (backup MX).'),
      authenticated: flag('Whether a client that logged in may send to anywhere.'),
    },
    checkAddresses: {
      milter: flag('Judge addresses of mail that comes by milter (the MTA has done so).'),
      smtp: flag('Judge addresses of mail that comes by SMTP.'),
      lmtp: flag('Judge addresses of mail that comes by LMTP.'),
    },
    strictHelo: flag('Refuse clients whose HELO is no full domain name and no address literal.'),
    blockedNetworks: networks('Clients that are turned away when they connect.'),
    messageBytes: size('1K', '1G', 'Largest message taken, by every server'),
    recipients: whole(1, 100_000, 'Recipients of one message, at every server.'),
    accounts: {
      hashMemory: whole(8, 4_194_304, 'Memory of one password hash (argon2id), KiB.'),
      hashPasses: whole(1, 100, 'Passes over that memory.'),
      hashConcurrency: whole(1, 64, 'Password hashes computed at the same time.'),
      hashQueue: whole(1, 10_000, 'Logins that may wait for their turn.'),
      scramIterations: whole(0, 10_000_000, 'Rounds of PBKDF2 in the keys kept for SCRAM; 0: none are kept.'),
      passwordLength: whole(1, 256, 'Shortest password taken, characters.'),
      cacheSeconds: duration(
        's',
        '0s',
        '1h',
        'Time for which an address that was found is not looked up again',
      ),
      verifiedSeconds: duration(
        's',
        '0s',
        '1h',
        'Time for which a password that was right need not be hashed again, unless another was set; 0: always hash',
      ),
    },
    logins,
  },
  'Who may do what: domains, relaying, limits, accounts.',
);
