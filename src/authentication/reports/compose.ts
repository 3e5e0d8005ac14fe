import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DomainCounts } from './counts.ts';
import { periodOf } from './days.ts';
import type { DmarcReportSettings } from './settings.ts';
import type { AggregateReport, ReportRecord } from './types.ts';
import { reportXml } from './xml.ts';

/** Who reports: what is the same in all reports. */
export interface Reporter {
  settings: Pick<DmarcReportSettings, 'organization' | 'email' | 'contact' | 'domain' | 'mailBytes'>;
  /** Name and version of this program. */
  generator: string;
  /** Tells this installation from others of the same domain: they must not make the same Report-IDs. */
  instance: string;
}

/** A report ready to be mailed. */
export interface ComposedReport {
  report: AggregateReport;
  xml: string;
  gzipped: Uint8Array;
  /** RFC 9990 §3.5.2 */
  fileName: string;
  /** Messages that are in no record, for want of room. */
  left: number;
}

const compress = promisify(gzip);
/** Octets of the mail's header and text: the rest is for the attachment. */
const MAIL_OVERHEAD = 4096;

/**
 * The report of a domain for a day. The same counts give the same bytes, the same Report-ID and the same file name, so
 * that a report sent again is known to be the same (RFC 9990 §3.5.1). Rows with the most messages come first; what does
 * not fit into `mailBytes` is left out from the end, and the report says how many messages that are.
 */
export async function composeReport(
  day: string,
  counts: DomainCounts,
  { settings, generator, instance }: Reporter,
): Promise<ComposedReport> {
  const { begin, end } = periodOf(day);
  const domain = reporterDomain(settings);
  const reportId = createHash('sha256')
    .update(`${instance}\n${domain}\n${counts.policy.domain}\n${begin}`)
    .digest('hex')
    .slice(0, 32);
  const records = counts.records.toSorted(
    (one, other) => other.count - one.count || compare(JSON.stringify(one), JSON.stringify(other)),
  );
  const make = async (kept: readonly ReportRecord[]): Promise<ComposedReport> => {
    const left = counts.uncounted + sum(records) - sum(kept);
    const report: AggregateReport = {
      metadata: {
        organization: settings.organization,
        email: settings.email,
        ...(settings.contact === '' ? {} : { contact: settings.contact }),
        reportId,
        begin,
        end,
        errors:
          left === 0
            ? []
            : [`${left} further messages are not in this report: it is as large as we make them`],
        generator,
      },
      policy: counts.policy,
      records: [...kept],
    };
    const xml = reportXml(report);
    const gzipped = await compress(xml);
    const fileName = `${domain}!${counts.policy.domain}!${begin}!${end}!${reportId}.xml.gz`;
    return { report, xml, gzipped, fileName, left };
  };
  let composed = await make(records);
  for (let kept = records.length; encodedSize(composed) > settings.mailBytes && kept > 1; ) {
    const share = settings.mailBytes / encodedSize(composed);
    // A little less than the share, so that it is soon small enough.
    kept = Math.max(1, Math.min(kept - 1, Math.floor(kept * share * 0.95)));
    composed = await make(records.slice(0, kept));
  }
  return composed;
}

/** The domain that stands for us. */
export const reporterDomain = ({ domain, email }: Pick<DmarcReportSettings, 'domain' | 'email'>): string =>
  domain === '' ? email.slice(email.lastIndexOf('@') + 1).toLowerCase() : domain;

/** Base64 in lines of 76 octets, and what stands around it. */
const encodedSize = ({ gzipped }: ComposedReport): number =>
  Math.ceil(gzipped.length / 57) * 78 + MAIL_OVERHEAD;

const sum = (records: readonly ReportRecord[]): number => records.reduce((all, { count }) => all + count, 0);

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
