import { calibration, fitLogistic, type Logistic, type ScoreBin } from './measure/calibration.ts';
import { rocCurve, type RocPoint } from './measure/roc.ts';
import { scoresOf, summarize, type EvalSummary } from './measure/summary.ts';
import { symbolTable, type SymbolLine } from './measure/symbols.ts';
import type { Outcome } from './types.ts';

/** What is known of a run before it is measured. */
export interface Run {
  readonly engine: string;
  readonly version: string | undefined;
  readonly required: number;
  readonly outcomes: readonly Outcome[];
  /** Names of the parts that were judged by what was learned from the others; empty: nothing was left out. */
  readonly folds: readonly string[];
  /** Seconds the judging took, and CPU milliseconds a message (undefined where they are not known). */
  readonly seconds: number;
  readonly cpuPerMessage: number | undefined;
  /** Messages learned on the way, in on-line order. */
  readonly learned?: number;
}

/** A run and all that is measured of it. */
export interface EngineReport extends Omit<Run, 'outcomes'> {
  readonly summary: EvalSummary;
  readonly symbols: readonly SymbolLine[];
  readonly roc: readonly RocPoint[];
  readonly bins: readonly ScoreBin[];
  readonly logistic: Logistic | undefined;
  readonly faults: readonly { name: string; fault: string }[];
}

export function reportOf({ outcomes, ...run }: Run, commercialSources: readonly string[]): EngineReport {
  const scores = scoresOf(outcomes);
  return {
    ...run,
    summary: summarize(outcomes, commercialSources),
    symbols: symbolTable(outcomes, run.required),
    roc: rocCurve(scores),
    bins: calibration(scores),
    logistic: fitLogistic(scores),
    faults: outcomes.flatMap(({ message, fault }) =>
      fault === undefined ? [] : [{ name: message.name, fault }],
    ),
  };
}

/** For `--json`: one object an engine, without the points of the curve. */
export function reportJson(report: EngineReport): object {
  const { summary, roc: _, ...rest } = report;
  return {
    ...rest,
    total: summary.total,
    ...(summary.commercial === undefined ? {} : { commercial: summary.commercial }),
    sources: Object.fromEntries(summary.sources),
  };
}
