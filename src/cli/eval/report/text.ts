import { paint, table, type Io } from '../../io.ts';
import type { EngineReport } from '../report.ts';
import type { Summary } from '../measure/summary.ts';

type Cell = string | number;

/** The tables a person reads. `symbols`: lines of the table of symbols. */
export function textReport(reports: readonly EngineReport[], symbols: number, io: Pick<Io, 'color'>): string {
  return reports.map((report) => engineText(report, symbols, io)).join('\n');
}

function engineText(report: EngineReport, symbols: number, io: Pick<Io, 'color'>): string {
  const { summary, folds } = report;
  const lines = [
    paint(io, 'bold', heading(report)),
    table([
      ['source', 'ham', 'lost', '', 'spam', 'missed', '', '1-ROC area', 'caught at 0.5 % ham lost'],
      ...[...summary.sources].map(([source, one]) => row(source, one)),
      ...(summary.commercial === undefined ? [] : [row('commercial ham', summary.commercial)]),
      row('total', summary.total),
    ]),
  ];
  if (folds.length > 0) lines.push('', `trained without what is judged: ${folds.join(', ')}`);
  const { faults } = report;
  if (faults.length > 0) {
    lines.push('', `${faults.length} messages without a judgement, the first:`);
    for (const { name, fault } of faults.slice(0, 5)) lines.push(`  ${name}: ${fault}`);
  }
  if (symbols > 0 && report.symbols.length > 0) lines.push('', symbolText(report, symbols));
  return `${lines.join('\n')}\n`;
}

function heading({ engine, version, cpuPerMessage, seconds, summary, learned }: EngineReport): string {
  const count = summary.total.ham + summary.total.spam;
  return [
    `${engine}${version === undefined ? '' : ` ${version}`}: ${count} messages in ${seconds.toFixed(1)} s`,
    cpuPerMessage === undefined ? '' : `${cpuPerMessage.toFixed(2)} ms CPU a message`,
    learned === undefined ? '' : `${learned} learned`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function row(name: string, summary: Summary): Cell[] {
  const { ham, hamLostCount, hamLost, spam, spamMissedCount, spamMissed, rocError, caughtAtBudget } = summary;
  return [
    name,
    ham,
    hamLostCount,
    percent(hamLost),
    spam,
    spamMissedCount,
    percent(spamMissed),
    percent(rocError, 3),
    percent(caughtAtBudget, 1),
  ];
}

/** Right-aligned in its column by leading blanks, empty where there is nothing. */
export const percent = (value: number | undefined, digits = 2): string =>
  value === undefined ? '' : `${(value * 100).toFixed(digits)} %`.padStart(digits + 6);

function symbolText({ symbols }: EngineReport, most: number): string {
  const shown = symbols
    .toSorted((one, other) => other.ham + other.spam - one.ham - one.spam)
    .slice(0, most)
    .toSorted((one, other) => other.lift - one.lift);
  return table([
    ['symbol', 'score', 'ham', 'spam', 'S/O', 'lift', 'ham blamed', 'spam blamed', 'sources'],
    ...shown.map((line): Cell[] => [
      line.symbol,
      line.score.toFixed(2).padStart(6),
      percent(line.hamShare),
      percent(line.spamShare),
      line.purity.toFixed(3),
      line.lift.toFixed(2).padStart(8),
      line.hamBlamed,
      line.spamBlamed,
      line.sources,
    ]),
  ]);
}

/** Engines or configurations beside each other, one line each. */
export function comparison(reports: readonly EngineReport[]): string {
  return `${table([
    [
      '',
      'ham lost',
      'spam caught',
      '1-ROC area',
      'caught at 0.5 % ham lost',
      'commercial ham lost',
      'ms CPU',
    ],
    ...reports.map(({ engine, summary: { total, commercial }, cpuPerMessage }): Cell[] => [
      engine,
      percent(total.hamLost),
      percent(total.spamMissed === undefined ? undefined : 1 - total.spamMissed),
      percent(total.rocError, 3),
      percent(total.caughtAtBudget, 1),
      percent(commercial?.hamLost),
      cpuPerMessage === undefined ? '' : cpuPerMessage.toFixed(2).padStart(7),
    ]),
  ])}\n`;
}
