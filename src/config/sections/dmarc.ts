import { z } from 'zod';
import { defaultBimiSettings, type BimiSettings } from '../../authentication/bimi/settings.ts';
import { defaultDmarcSettings, type DmarcSettings } from '../../authentication/dmarc/settings.ts';
import {
  defaultDmarcReportSettings,
  type DmarcReportSettings,
} from '../../authentication/reports/settings.ts';
import { networkFault } from '../../net/networks.ts';
import { choice, custom, domainName, domains, flag, networks, settings } from '../settings.ts';
import { dmarcReportsSection } from './reports.ts';

const networkOrDomain = z
  .string()
  .max(253)
  .refine((entry) => networkFault(entry) === undefined || domainName.safeParse(entry).success, {
    error: 'this is neither an address, a range nor a domain name',
  });

export const dmarcSection = settings<DmarcSettings & { reports: DmarcReportSettings }>(
  { ...defaultDmarcSettings, reports: defaultDmarcReportSettings },
  {
    organizationalDomain: choice(
      ['tree-walk', 'psl'],
      'How the organizational domain is found: as RFC 9989 or as RFC 7489 says.',
    ),
    apply: choice(
      ['score', 'quarantine', 'reject'],
      'The most that is done when DMARC fails and the domain asks for it.',
    ),
    overrides: custom(
      z.record(domainName, z.enum(['none', 'quarantine', 'reject'])),
      'What is done with failing mail from a domain and those below it, whatever it asks for.',
    ),
    exemptNetworks: networks('Clients whose mail may fail DMARC.'),
    trustedForwarders: custom(
      z.array(networkOrDomain).max(10_000),
      'Forwarders whose mail may fail DMARC: networks, or domains that SPF or DKIM proves.',
    ),
    mailingLists: domains('Lists whose mail may fail DMARC: domains of List-Id that SPF or DKIM proves.'),
    reports: () => dmarcReportsSection,
  },
  'What is done when DMARC fails, and what is told to the owners of domains.',
);

export const bimiSection = settings<BimiSettings>(
  defaultBimiSettings,
  { enabled: flag('Look up the indicators of senders and write BIMI-Location.') },
  'Indicators of senders.',
);
