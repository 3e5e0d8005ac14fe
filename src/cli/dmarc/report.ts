import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { daysBefore, startOfDay } from '../../authentication/reports/days.ts';
import { refusalText, type ReportPreview, type Reports } from '../../authentication/reports/reporter.ts';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/read.ts';
import { openConfiguredState } from '../../daemon/accounts.ts';
import { openReports } from '../../daemon/dmarc-reports.ts';
import { silentLog } from '../../log.ts';
import { StateError } from '../../state/types.ts';
import { EXIT, type Io, paint, table } from '../io.ts';

interface Options {
  day?: string;
  domain?: string;
  dryRun: boolean;
  out?: string;
  json: boolean;
  config?: string;
}

/**
 * `tamis dmarc report`: shows the reports of a day and asks the server to send them; with `dryRun` it only shows them,
 * with `out` it writes them into a folder.
 */
export async function dmarcReport(options: Options, io: Io): Promise<number> {
  const day = options.day ?? daysBefore(Date.now(), 1);
  const start = startOfDay(day);
  const complain = (text: string, code: number): number => {
    io.stderr(`${paint(io, 'red', `tamis: ${text}`)}\n`);
    return code;
  };
  if (start === undefined) return complain(`--day ${day}: a day is written as 2026-03-02`, EXIT.usage);
  const send = !options.dryRun && options.out === undefined;
  if (send && start + 86_400_000 > Date.now())
    return complain(
      `${day} is not over in UTC: only --dry-run and --out show what there is so far`,
      EXIT.input,
    );
  try {
    const loaded = loadConfig(options.config, process.env);
    if (send && !loaded.config.dmarc.reports.enabled)
      return complain('dmarc.reports.enabled is off: no server would send them', EXIT.input);
    const state = await openConfiguredState(loaded.config, silentLog);
    try {
      const outbound = { stage: () => Promise.reject(new Error('the command line sends nothing itself')) };
      const reports = openReports(loaded, { state, outbound, log: silentLog });
      const wanted = options.domain?.toLowerCase();
      const shown = await show(reports, day, wanted, options, io);
      if (shown === 0)
        return complain(
          `nothing was counted on ${day}${wanted === undefined ? '' : ` for ${wanted}`}`,
          EXIT.input,
        );
      if (!send) return EXIT.ok;
      if (!(await reports.request(day, wanted)))
        return complain('another request waits for the server: try again in a minute', EXIT.input);
      if (!options.json)
        io.stdout('\nThe server sends them within a minute of now, or when it is started.\n');
      return EXIT.ok;
    } finally {
      await state.close();
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StateError || isFileError(error))) throw error;
    return complain(error.message, EXIT.input);
  }
}

/** Prints the reports, and writes them where that is wanted; how many there are. */
async function show(
  reports: Reports,
  day: string,
  domain: string | undefined,
  { out, json }: Options,
  io: Io,
): Promise<number> {
  const lines: (string | number)[][] = [];
  if (out !== undefined) mkdirSync(out, { recursive: true });
  for (const each of domain === undefined ? await reports.counts.domains(day) : [domain]) {
    const preview = await reports.preview(day, each);
    if (preview === undefined) continue;
    const sent = await reports.isClosed(day, each);
    const { composed } = preview;
    if (out !== undefined) writeFileSync(join(out, composed.fileName), composed.gzipped);
    if (json) io.stdout(`${JSON.stringify(asJson(preview, sent))}\n`);
    lines.push([
      each,
      messagesOf(preview),
      composed.report.records.length,
      composed.gzipped.length,
      sent ? 'closed' : preview.undecided ? 'undecided' : preview.addresses.length > 0 ? 'ready' : 'nobody',
      preview.addresses.join(' ') || preview.refused.map(refusalText).join('; '),
    ]);
  }
  if (!json && lines.length > 0)
    io.stdout(`${table([['DOMAIN', 'MESSAGES', 'ROWS', 'OCTETS', 'STATE', 'TO'], ...lines])}\n`);
  return lines.length;
}

function asJson(
  { day, domain, composed, addresses, refused, undecided }: ReportPreview,
  closed: boolean,
): object {
  const { report, fileName, gzipped, left } = composed;
  return {
    day,
    domain,
    to: addresses,
    refused,
    undecided,
    closed,
    file: fileName,
    octets: gzipped.length,
    left,
    report,
  };
}

const messagesOf = ({ composed }: ReportPreview): number =>
  composed.report.records.reduce((all, { count }) => all + count, 0);

/** What the system says of a folder that cannot be written. */
const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;
