import type {
  AggregateReport,
  DkimAuthResult,
  OverrideReason,
  PublishedPolicy,
  ReportMetadata,
  ReportRecord,
  SpfAuthResult,
} from '../types.ts';
import { ReportError, type ReadLimits, readLimits } from './limits.ts';
import { readXml, type XmlElement } from './xml-tree.ts';

/** A report of somebody else, and where it is not as it should be. */
export interface ReadReport {
  report: AggregateReport;
  /** Of RFC 9990 when it has its namespace, else of RFC 7489. */
  format: 'RFC 9990' | 'RFC 7489';
  defects: string[];
}

/** Defects told of one report: the hundredth like it says nothing new. */
const MAX_DEFECTS = 20;
const NAMESPACE = 'urn:ietf:params:xml:ns:dmarc-2.0';

/**
 * Reads an aggregate report of RFC 9990 §3.1.1 or RFC 7489, with the deviations that are common: any namespace or
 * none, elements in any order, words of old drafts, dates in milliseconds. Throws {@link ReportError} when it is no
 * report.
 */
export function readReport(xml: Uint8Array, limits: ReadLimits = readLimits): ReadReport {
  const defects: string[] = [];
  const note = (defect: string): void => {
    if (defects.length < MAX_DEFECTS && !defects.includes(defect)) defects.push(defect);
  };
  const records: ReportRecord[] = [];
  let metadata: XmlElement | undefined;
  let policy: XmlElement | undefined;
  const root = readXml(xml, limits, (child) => {
    if (child.name === 'record') {
      if (records.length >= limits.records) throw new ReportError(`has more than ${limits.records} records`);
      const record = recordOf(child, note);
      if (record !== undefined) records.push(record);
    } else if (child.name === 'report_metadata') metadata ??= child;
    else if (child.name === 'policy_published') policy ??= child;
  });
  if (root.name !== 'feedback') throw new ReportError(`is no aggregate report: its root is <${root.name}>`);
  if (metadata === undefined) throw new ReportError('has no report_metadata');
  if (policy === undefined) note('there is no policy_published');
  if (records.length === 0) note('there are no records');
  return {
    report: { metadata: metadataOf(metadata, note), policy: policyOf(policy), records },
    format: root.namespace === NAMESPACE ? 'RFC 9990' : 'RFC 7489',
    defects,
  };
}

type Note = (defect: string) => void;

function metadataOf(element: XmlElement, note: Note): ReportMetadata {
  const range = child(element, 'date_range');
  const metadata: ReportMetadata = {
    organization: textOf(element, 'org_name') ?? '',
    email: textOf(element, 'email') ?? '',
    reportId: textOf(element, 'report_id') ?? '',
    begin: secondsOf(textOf(range, 'begin'), note),
    end: secondsOf(textOf(range, 'end'), note),
    errors: all(element, 'error').map(({ text }) => text),
  };
  if (metadata.organization === '') note('org_name is missing');
  if (metadata.reportId === '') note('report_id is missing');
  if (metadata.end < metadata.begin) note('date_range ends before it begins');
  return defined(metadata, {
    contact: textOf(element, 'extra_contact_info'),
    generator: textOf(element, 'generator'),
  });
}

function policyOf(element: XmlElement | undefined): PublishedPolicy {
  const policy: PublishedPolicy = {
    domain: wordOf(element, 'domain') ?? '',
    p: wordOf(element, 'p') ?? '',
  };
  return defined(policy, {
    discovery: wordOf(element, 'discovery_method'),
    sp: wordOf(element, 'sp'),
    np: wordOf(element, 'np'),
    fo: wordOf(element, 'fo'),
    adkim: wordOf(element, 'adkim'),
    aspf: wordOf(element, 'aspf'),
    testing: wordOf(element, 'testing'),
    pct: wordOf(element, 'pct'),
  });
}

function recordOf(element: XmlElement, note: Note): ReportRecord | undefined {
  const row = child(element, 'row');
  const evaluated = child(row, 'policy_evaluated');
  // Drafts called it identities.
  const identifiers = child(element, 'identifiers') ?? child(element, 'identities');
  const results = child(element, 'auth_results');
  const source = textOf(row, 'source_ip') ?? '';
  const count = textOf(row, 'count') ?? '';
  if (!/^\d{1,15}$/.test(count)) {
    note('a record without a count was left out');
    return undefined;
  }
  if (source === '') note('a record has no source_ip');
  if (evaluated === undefined) note('a record has no policy_evaluated');
  const record: ReportRecord = {
    source,
    count: Number(count),
    disposition: wordOf(evaluated, 'disposition') ?? 'none',
    dkim: wordOf(evaluated, 'dkim') ?? 'fail',
    spf: wordOf(evaluated, 'spf') ?? 'fail',
    reasons: all(evaluated, 'reason').map(reasonOf),
    headerFrom: wordOf(identifiers, 'header_from') ?? '',
    dkimResults: all(results, 'dkim').map(dkimOf),
    spfResults: all(results, 'spf').map(spfOf),
  };
  if (record.headerFrom === '') note('a record has no header_from');
  return defined(record, {
    envelopeFrom: wordOf(identifiers, 'envelope_from'),
    envelopeTo: wordOf(identifiers, 'envelope_to'),
  });
}

const reasonOf = (element: XmlElement): OverrideReason =>
  defined<OverrideReason>({ type: wordOf(element, 'type') ?? '' }, { comment: textOf(element, 'comment') });

const dkimOf = (element: XmlElement): DkimAuthResult =>
  defined<DkimAuthResult>(
    {
      domain: wordOf(element, 'domain') ?? '',
      selector: textOf(element, 'selector') ?? '',
      result: resultOf(element),
    },
    { comment: textOf(element, 'human_result') },
  );

const spfOf = (element: XmlElement): SpfAuthResult =>
  defined<SpfAuthResult>(
    { domain: wordOf(element, 'domain') ?? '', result: resultOf(element) },
    { scope: wordOf(element, 'scope'), comment: textOf(element, 'human_result') },
  );

/** Words that programs of before RFC 7208 still write. */
const OLD_WORDS: Readonly<Record<string, string>> = {
  hardfail: 'fail',
  unknown: 'temperror',
  error: 'permerror',
};

function resultOf(element: XmlElement): string {
  const word = wordOf(element, 'result') ?? '';
  return OLD_WORDS[word] ?? word;
}

/** Seconds since the epoch, also of milliseconds, fractions and dates; 0 with a note otherwise. */
function secondsOf(text: string | undefined, note: Note): number {
  const number = Number(text === undefined || text === '' ? Number.NaN : text);
  const seconds = Number.isNaN(number) ? Date.parse(text ?? '') / 1000 : number;
  if (!Number.isFinite(seconds) || seconds < 0) {
    note('date_range cannot be read');
    return 0;
  }
  // Beyond the year 5000 they are milliseconds.
  const plain = Math.floor(seconds > 1e11 ? seconds / 1000 : seconds);
  return plain > 1e11 ? 0 : plain;
}

const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name);

const all = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.filter((one) => one.name === name) ?? [];

const textOf = (element: XmlElement | undefined, name: string): string | undefined =>
  child(element, name)?.text;

const wordOf = (element: XmlElement | undefined, name: string): string | undefined =>
  child(element, name)?.text.toLowerCase();

/** Adds the members that have a value. */
function defined<T extends object>(base: T, more: Partial<{ [K in keyof T]: T[K] | undefined }>): T {
  for (const [name, value] of Object.entries(more))
    if (value !== undefined) Object.assign(base, { [name]: value });
  return base;
}
