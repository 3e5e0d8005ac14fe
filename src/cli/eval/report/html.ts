import type { Summary } from '../measure/summary.ts';
import type { SymbolLine } from '../measure/symbols.ts';
import type { EngineReport } from '../report.ts';
import { escapeMarkup, plot, thin, type Axis, type Series } from './plots.ts';
import { percent } from './text.ts';

/** Points of a curve: more than the plot has pixels show nothing. */
const MAX_POINTS = 500;
/** The left end of the ROC's axis: below one in ten thousand no corpus of this size can tell. */
const LEAST_HAM_LOST = 1e-4;

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1d1f22; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; margin-top: 2.5rem } h3 { font-size: 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap }
th:first-child, td:first-child { text-align: left } tr.total td { font-weight: 600 }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem }
figure { margin: 0 } figcaption { font-size: .85rem; color: #555 }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: #333 } svg .grid { stroke: #e3e3e3 }
`;

/** The reports as one page that needs nothing else: tables, ROC curves, calibration. */
export function htmlReport(reports: readonly EngineReport[]): string {
  const body = [
    '<h1>How well spam and ham are told apart</h1>',
    '<div class="plots">',
    figure(
      rocPlot(reports),
      'ROC: spam caught for the ham lost at each threshold. The further up and left, the better.',
    ),
    figure(
      calibrationPlot(reports),
      'Calibration: share of spam among messages of about the same score, were both classes equally many; the line is the logistic curve nearest to it. Scores count from the threshold of spam.',
    ),
    '</div>',
    ...reports.map(engineSection),
  ];
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>tamis eval</title><style>${STYLE}</style></head>\n<body>\n${body.join('\n')}\n</body></html>\n`;
}

const figure = (svg: string, caption: string): string =>
  `<figure>${svg}<figcaption>${escapeMarkup(caption)}</figcaption></figure>`;

function rocPlot(reports: readonly EngineReport[]): string {
  const x: Axis = {
    label: 'ham lost',
    from: LEAST_HAM_LOST,
    to: 1,
    ticks: [1e-4, 1e-3, 1e-2, 1e-1, 1],
    scale: 'log',
    format: (value) => `${Number((value * 100).toPrecision(3))} %`,
  };
  const series = reports.map(({ engine, roc }, color): Series => {
    const points = roc.map(({ hamLost, spamCaught }) => ({ x: hamLost, y: spamCaught }));
    return { name: engine, points: thin(points, MAX_POINTS), kind: 'line', color };
  });
  return plot(series, x, shareAxis('spam caught'));
}

/** Scores from the threshold, in units of the threshold: engines count in points of their own. */
function calibrationPlot(reports: readonly EngineReport[]): string {
  const middle = ({ low, high }: { low: number; high: number }): number => (low + high) / 2;
  const series = reports.flatMap(({ engine, bins, logistic, required }, color): Series[] => {
    const unit = Math.abs(required) || 1;
    const from = (score: number): number => (score - required) / unit;
    const marks: Series = {
      name: engine,
      points: bins.map((bin) => ({ x: from(middle(bin)), y: bin.spamShare })),
      kind: 'marks',
      color,
    };
    if (logistic === undefined) return [marks];
    const curve = Array.from({ length: 101 }, (_, index) => {
      const x = -2 + index * 0.04;
      const score = required + x * unit;
      return { x, y: 1 / (1 + Math.exp(-(logistic.slope * score + logistic.offset))) };
    });
    return [marks, { name: `${engine}, logistic`, points: curve, kind: 'line', color }];
  });
  const x: Axis = {
    label: 'score, in thresholds above the threshold',
    from: -2,
    to: 2,
    ticks: [-2, -1, 0, 1, 2],
    scale: 'linear',
    format: String,
  };
  return plot(series, x, shareAxis('share of spam'));
}

const shareAxis = (label: string): Axis => ({
  label,
  from: 0,
  to: 1,
  ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
  scale: 'linear',
  format: (value) => `${Math.round(value * 100)} %`,
});

function engineSection(report: EngineReport): string {
  const { engine, version, summary, seconds, cpuPerMessage, folds, symbols } = report;
  const facts = [
    `${summary.total.ham + summary.total.spam} messages in ${seconds.toFixed(1)} s`,
    ...(cpuPerMessage === undefined ? [] : [`${cpuPerMessage.toFixed(2)} ms CPU a message`]),
    ...(folds.length === 0 ? [] : [`each judged without having learned its part: ${folds.join(', ')}`]),
    ...(summary.total.faults === 0 ? [] : [`${summary.total.faults} without a judgement`]),
  ];
  return [
    `<h2>${escapeMarkup(`${engine} ${version ?? ''}`)}</h2>`,
    `<p>${escapeMarkup(facts.join('; '))}</p>`,
    summaryTable(report),
    ...(symbols.length === 0 ? [] : ['<h3>Symbols</h3>', symbolTable(symbols)]),
  ].join('\n');
}

function summaryTable({ summary }: EngineReport): string {
  const row = (name: string, one: Summary, total = false): string =>
    `<tr${total ? ' class="total"' : ''}>${cells([
      name,
      String(one.ham),
      `${one.hamLostCount}`,
      percent(one.hamLost),
      String(one.spam),
      `${one.spamMissedCount}`,
      percent(one.spamMissed),
      percent(one.rocError, 3),
      percent(one.caughtAtBudget, 1),
    ])}</tr>`;
  return `<table><thead><tr>${['source', 'ham', 'lost', '', 'spam', 'missed', '', '1−ROC area', 'caught at 0.5 % ham lost'].map((name) => `<th>${name}</th>`).join('')}</tr></thead><tbody>${[
    ...[...summary.sources].map(([name, one]) => row(name, one)),
    ...(summary.commercial === undefined ? [] : [row('commercial ham', summary.commercial)]),
    row('total', summary.total, true),
  ].join('')}</tbody></table>`;
}

function symbolTable(symbols: readonly SymbolLine[]): string {
  const rows = symbols.map(
    (line) =>
      `<tr>${cells([
        line.symbol,
        line.score.toFixed(2),
        percent(line.hamShare),
        percent(line.spamShare),
        line.purity.toFixed(3),
        line.lift.toFixed(2),
        String(line.hamBlamed),
        String(line.spamBlamed),
        String(line.sources),
      ])}</tr>`,
  );
  return `<table><thead><tr>${['symbol', 'score', 'ham', 'spam', 'S/O', 'lift', 'ham blamed', 'spam blamed', 'sources'].map((name) => `<th>${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const cells = (values: readonly string[]): string =>
  values.map((value) => `<td>${escapeMarkup(value.trim())}</td>`).join('');
