import { open } from 'node:fs/promises';
import { openReport } from '../../authentication/reports/read/container.ts';
import { type ReadReport, readReport } from '../../authentication/reports/read/aggregate.ts';
import { readLimits } from '../../authentication/reports/read/limits.ts';
import type { ReportRecord } from '../../authentication/reports/types.ts';
import { EXIT, type Io, paint, table } from '../io.ts';
import { printable } from '../sieve/trace.ts';

/**
 * `tamis dmarc read FILE…`: the reports within the files, added up: a line for each source and result, then one for
 * each reporter; with `json` one object a report and line. 1 when something could not be read.
 */
export async function dmarcRead(
  files: readonly string[],
  { json }: { json: boolean },
  io: Io,
): Promise<number> {
  const rows = new Map<string, Row>();
  const reporters = new Map<string, Totals>();
  const seen = new Set<string>();
  let code: number = EXIT.ok;
  const complain = (name: string, text: string): void => {
    io.stderr(`${paint(io, 'red', printable(`${name}: ${text}`))}\n`);
  };
  for (const file of files) {
    for await (const found of readFile(file)) {
      let read: ReadReport;
      try {
        if ('fault' in found) throw new Error(found.fault);
        read = readReport(found.xml);
      } catch (error) {
        code = EXIT.input;
        complain(found.name, (error as Error).message);
        continue;
      }
      const { metadata, policy } = read.report;
      const id = JSON.stringify([metadata.organization, metadata.email, policy.domain, metadata.reportId]);
      const duplicate = metadata.reportId !== '' && seen.has(id);
      seen.add(id);
      if (json) {
        const { report, format, defects } = read;
        io.stdout(`${JSON.stringify({ file: found.name, format, defects, duplicate, ...report })}\n`);
        continue;
      }
      for (const defect of read.defects) complain(found.name, defect);
      if (duplicate) complain(found.name, 'is a report that was read before, and is not counted again');
      else addUp(read, rows, reporters);
    }
  }
  if (!json && reporters.size > 0) io.stdout(summary(rows, reporters, io));
  return code;
}

interface Row {
  source: string;
  count: number;
  spf: string;
  dkim: string;
  dmarc: string;
  disposition: string;
  from: string;
}

interface Totals {
  organization: string;
  reports: number;
  messages: number;
  passed: number;
  begin: number;
  end: number;
}

function addUp({ report }: ReadReport, rows: Map<string, Row>, reporters: Map<string, Totals>): void {
  const { organization, email, begin, end } = report.metadata;
  const name = organization === '' ? email : organization;
  const totals = reporters.get(name) ?? {
    organization: name,
    reports: 0,
    messages: 0,
    passed: 0,
    begin,
    end,
  };
  reporters.set(name, totals);
  totals.reports++;
  totals.begin = Math.min(totals.begin, begin);
  totals.end = Math.max(totals.end, end);
  for (const record of report.records) {
    const dmarc = passes(record) ? 'pass' : 'fail';
    totals.messages += record.count;
    if (dmarc === 'pass') totals.passed += record.count;
    const { source, spf, dkim, disposition, headerFrom } = record;
    const key = JSON.stringify([source, spf, dkim, disposition, headerFrom]);
    const row = rows.get(key);
    if (row === undefined)
      rows.set(key, { source, count: record.count, spf, dkim, dmarc, disposition, from: headerFrom });
    else row.count += record.count;
  }
}

/** One aligned identifier that passed is enough (RFC 9989 §5.3.3). */
const passes = ({ spf, dkim }: ReportRecord): boolean => spf === 'pass' || dkim === 'pass';

function summary(rows: ReadonlyMap<string, Row>, reporters: ReadonlyMap<string, Totals>, io: Io): string {
  const sorted = [...rows.values()].sort((one, other) => other.count - one.count);
  const lines = sorted.map((row) => {
    const { source, count, spf, dkim, dmarc, disposition, from } = row;
    return [cell(source), count, cell(spf), cell(dkim), dmarc, cell(disposition), cell(from)];
  });
  const who = [...reporters.values()].sort((one, other) => other.messages - one.messages);
  const totals = who.map(({ organization, reports, messages, passed, begin, end }) => [
    cell(organization),
    reports,
    messages,
    passed,
    messages - passed,
    `${dayText(begin)} to ${dayText(end)}`,
  ]);
  const heading = (names: string): string => paint(io, 'bold', names);
  const [first = '', ...rest] = table([
    ['SOURCE', 'COUNT', 'SPF', 'DKIM', 'DMARC', 'DISPOSITION', 'FROM'],
    ...lines,
  ]).split('\n');
  const [second = '', ...more] = table([
    ['REPORTER', 'REPORTS', 'MESSAGES', 'PASS', 'FAIL', 'DAYS'],
    ...totals,
  ]).split('\n');
  return `${[heading(first), ...rest, '', heading(second), ...more].join('\n')}\n`;
}

/** A word of a stranger, for a terminal: nothing that moves the cursor, and no endless column. */
const cell = (text: string): string => {
  const plain = printable(text);
  return plain === '' ? '-' : plain.slice(0, 100);
};

function dayText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

async function* readFile(file: string): ReturnType<typeof openReport> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(file);
  } catch (error) {
    yield { name: file, fault: (error as Error).message };
    return;
  }
  yield* openReport(file, bytes);
}

/** A file or standard input, no more than one octet beyond the limit: the reader says that it is too large. */
async function readBytes(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  const handle = file === '-' ? undefined : await open(file);
  const stream: AsyncIterable<Buffer> =
    handle?.createReadStream() ?? (process.stdin as AsyncIterable<Buffer>);
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > readLimits.fileBytes) break;
  }
  return Buffer.concat(chunks);
}
