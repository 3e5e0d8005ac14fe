import { formatDate } from '../../message/date.ts';
import { formatPhrase } from '../../message/words.ts';
import { type ComposedReport, reporterDomain } from './compose.ts';
import type { DmarcReportSettings } from './settings.ts';

/**
 * The mail that carries a report (RFC 9990 §3.5.2): a short text and the compressed file. 7-bit, CRLF. `now` in
 * milliseconds since the epoch.
 */
export function reportMail(
  { report, gzipped, fileName, left }: ComposedReport,
  recipients: readonly string[],
  settings: Pick<DmarcReportSettings, 'organization' | 'email' | 'domain'>,
  now: number,
): Uint8Array {
  const { reportId, begin, end } = report.metadata;
  const { domain } = report.policy;
  const boundary = `=_${reportId}`;
  const messages = report.records.reduce((all, { count }) => all + count, 0);
  const lines = [
    `From: ${formatPhrase(settings.organization.replace(/[\x00-\x1f\x7f]+/g, ' '))} <${settings.email}>`,
    `To: ${recipients.map((address) => `<${address}>`).join(',\r\n ')}`,
    `Subject: Report Domain: ${domain}`,
    ` Submitter: ${reporterDomain(settings)}`,
    ` Report-ID: <${reportId}>`,
    `Date: ${formatDate(new Date(now))}`,
    `Message-ID: <${reportId}@${reporterDomain(settings)}>`,
    // RFC 3834 §5: nobody's holiday is to answer it.
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'This is a DMARC aggregate report.',
    '',
    `Policy domain:  ${domain}`,
    `From:           ${new Date(begin * 1000).toISOString()}`,
    `To:             ${new Date(end * 1000).toISOString()}`,
    `Messages:       ${messages}`,
    ...(left === 0 ? [] : [`Not included:   ${left} messages of the rarest sources`]),
    '',
    'It is sent because the DMARC record of the domain asks for it (rua=).',
    '',
    `--${boundary}`,
    `Content-Type: application/gzip; name="${fileName}"`,
    'Content-Transfer-Encoding: base64',
    ...foldedDisposition(fileName),
    '',
    ...base64Lines(gzipped),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}

const foldedDisposition = (fileName: string): string[] => [
  'Content-Disposition: attachment;',
  ` filename="${fileName}"`,
];

function base64Lines(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return text.match(/.{1,76}/g) ?? [];
}
