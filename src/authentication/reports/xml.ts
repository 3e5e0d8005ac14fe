import { escapeXml } from '../../message/xml.ts';
import type { AggregateReport, DkimAuthResult, ReportRecord, SpfAuthResult } from './types.ts';

/** Namespace of the root element (RFC 9990 §6). */
const NAMESPACE = 'urn:ietf:params:xml:ns:dmarc-2.0';

/** An element: its text, or its children; undefined values are left out. */
type Element = readonly [name: string, content: string | number | undefined | readonly Element[]];

/**
 * An aggregate report as an XML document (RFC 9990 §3.1.1). The order of the elements also fits the schema of
 * RFC 7489. What XML cannot hold (control characters, lone surrogates) is replaced.
 */
export function reportXml({ metadata, policy, records }: AggregateReport): string {
  const parts = [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<feedback xmlns="${NAMESPACE}">\n`,
    write(['version', '1.0'], 1),
    write(
      [
        'report_metadata',
        [
          ['org_name', metadata.organization],
          ['email', metadata.email],
          ['extra_contact_info', metadata.contact],
          ['report_id', metadata.reportId],
          [
            'date_range',
            [
              ['begin', metadata.begin],
              ['end', metadata.end],
            ],
          ],
          ['error', metadata.errors.length === 0 ? undefined : metadata.errors.join('; ')],
          ['generator', metadata.generator],
        ],
      ],
      1,
    ),
    write(
      [
        'policy_published',
        [
          ['domain', policy.domain],
          ['discovery_method', policy.discovery],
          ['adkim', policy.adkim],
          ['aspf', policy.aspf],
          ['p', policy.p],
          ['sp', policy.sp],
          ['np', policy.np],
          ['testing', policy.testing],
          ['fo', policy.fo],
        ],
      ],
      1,
    ),
    ...records.map((record) => write(recordElement(record), 1)),
    '</feedback>\n',
  ];
  return parts.join('');
}

function recordElement(record: ReportRecord): Element {
  const reasons = record.reasons.map(({ type, comment }): Element => {
    return [
      'reason',
      [
        ['type', type],
        ['comment', comment],
      ],
    ];
  });
  return [
    'record',
    [
      [
        'row',
        [
          ['source_ip', record.source],
          ['count', record.count],
          [
            'policy_evaluated',
            [['disposition', record.disposition], ['dkim', record.dkim], ['spf', record.spf], ...reasons],
          ],
        ],
      ],
      [
        'identifiers',
        [
          ['header_from', record.headerFrom],
          ['envelope_from', record.envelopeFrom],
          ['envelope_to', record.envelopeTo],
        ],
      ],
      ['auth_results', [...record.dkimResults.map(dkimElement), ...record.spfResults.map(spfElement)]],
    ],
  ];
}

const dkimElement = ({ domain, selector, result, comment }: DkimAuthResult): Element => [
  'dkim',
  [
    ['domain', domain],
    ['selector', selector],
    ['result', result],
    ['human_result', comment],
  ],
];

const spfElement = ({ domain, scope, result, comment }: SpfAuthResult): Element => [
  'spf',
  [
    ['domain', domain],
    ['scope', scope],
    ['result', result],
    ['human_result', comment],
  ],
];

function write([name, content]: Element, depth: number): string {
  if (content === undefined) return '';
  const indent = '  '.repeat(depth);
  if (typeof content !== 'object')
    return `${indent}<${name}>${escapeXml(String(content).replace(/[\r\n\t]+/g, ' '))}</${name}>\n`;
  return `${indent}<${name}>\n${content.map((child) => write(child, depth + 1)).join('')}${indent}</${name}>\n`;
}
