import { z } from 'zod';
import {
  defaultDmarcReportSettings,
  type DmarcReportSettings,
} from '../../authentication/reports/settings.ts';
import { custom, domainName, duration, flag, settings, size, text, whole } from '../settings.ts';

/** An address that may stand in commands and header fields as it is; '' for none. */
const address = z
  .string()
  .max(320)
  .regex(
    /^(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)?$/,
    'this is no address',
  );

export const dmarcReportsSection = settings<DmarcReportSettings>(
  defaultDmarcReportSettings,
  {
    enabled: flag('Count mail for the owners of its domains, and send them a report of each day.'),
    organization: text('Name of the organization that reports.', 200),
    email: custom(address, 'Address the reports come from; mail of its domain should pass DMARC.'),
    contact: text('Further contact, such as a web page; empty: none.', 500),
    domain: custom(
      z.union([z.literal(''), domainName]),
      'Domain that stands for this receiver in file names and subjects; empty: that of email.',
    ),
    spread: duration('s', '0s', '20h', 'Time after 00:00 UTC within which reports go out'),
    keepDays: whole(1, 30, 'Days that may be reported late.'),
    domains: whole(1, 1_000_000, 'Policy domains counted in a day.'),
    rows: whole(1, 100_000, "Rows of one domain's report."),
    totalRows: whole(1, 10_000_000, 'Rows of all reports of a day.'),
    destinations: whole(1, 50, "Addresses one domain's report is sent to."),
    mailBytes: size('64K', '100M', "Octets of one report's mail"),
  },
  'DMARC aggregate reports to the owners of domains.',
);
