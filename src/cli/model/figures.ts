import type { HeldOut } from '../../filter/model/training/cross-validate.ts';
import { hamThreshold, rocLoss, shareAbove } from '../../filter/model/training/metrics.ts';
import type { Model } from '../../filter/model/types.ts';
import { table } from '../io.ts';

/** The share of ham that may be lost where figures say what spam is caught. */
const HAM_LOST = 0.005;

interface Line {
  readonly source: string;
  readonly ham: number;
  readonly spam: number;
  /** 1 − ROC area of the source's own messages; of its spam against all ham where it has no ham, and the reverse. */
  readonly rocLoss: number | null;
  /** At the threshold at which {@link HAM_LOST} of all ham is lost. */
  readonly hamLost: number | null;
  readonly spamCaught: number | null;
  /** At probability 0.5. */
  readonly hamAtHalf: number | null;
  readonly spamAtHalf: number | null;
}

interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** What a trained model is worth on mail it has not seen. */
export interface Figures {
  readonly features: number;
  readonly slope: number;
  readonly intercept: number;
  readonly sections: readonly Section[];
}

export function figures(
  model: Model,
  { bySource, byGroup, tests }: Record<'bySource' | 'byGroup' | 'tests', readonly HeldOut[]>,
): Figures {
  const half = -model.intercept / model.slope;
  const sections = [
    { title: 'each source left out in turn', judged: bySource, hamOf: bySource },
    { title: 'each fifth of the mail left out in turn', judged: byGroup, hamOf: byGroup },
    // Sources of spam alone say nothing without ham; that of the other sources was judged as unseen mail too.
    {
      title: 'sources not trained on, beside the ham left out',
      judged: tests,
      hamOf: [...tests, ...bySource],
    },
  ];
  return {
    features: model.marks.filter((mark) => mark >= 0).length,
    slope: model.slope,
    intercept: model.intercept,
    sections: sections
      .filter(({ judged }) => judged.length > 0)
      .map(({ title, judged, hamOf }) => ({ title, lines: linesOf(judged, hamOf, half) })),
  };
}

function linesOf(judged: readonly HeldOut[], hamOf: readonly HeldOut[], half: number): Line[] {
  const threshold = hamThreshold(hamOf, HAM_LOST);
  const sources = [...new Set(judged.map(({ example }) => example.source))];
  const line = (source: string, some: readonly HeldOut[]): Line => {
    const ham = some.filter(({ spam }) => !spam);
    const spam = some.filter((one) => one.spam);
    const against = (own: readonly HeldOut[], isSpam: boolean) =>
      own.length > 0 ? own : hamOf.filter((one) => one.spam === isSpam);
    return {
      source,
      ham: ham.length,
      spam: spam.length,
      rocLoss: known(rocLoss([...against(ham, false), ...against(spam, true)])),
      hamLost: known(shareAbove(some, false, threshold)),
      spamCaught: known(shareAbove(some, true, threshold)),
      hamAtHalf: known(shareAbove(some, false, half)),
      spamAtHalf: known(shareAbove(some, true, half)),
    };
  };
  return [
    ...sources.map((source) =>
      line(
        source,
        judged.filter(({ example }) => example.source === source),
      ),
    ),
    line('all', judged),
  ];
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
const percent = (value: number | null): string => (value === null ? '-' : `${(value * 100).toFixed(2)} %`);

export function figuresText({ features, slope, intercept, sections }: Figures): string {
  const head = [
    'source',
    'ham',
    'spam',
    '1-ROC area',
    'ham lost',
    'spam caught',
    'ham at 0.5',
    'spam at 0.5',
  ];
  const texts = sections.map(({ title, lines }) => {
    const rows = lines.map((one) => [
      one.source,
      one.ham,
      one.spam,
      ...[one.rocLoss, one.hamLost, one.spamCaught, one.hamAtHalf, one.spamAtHalf].map(percent),
    ]);
    return `${title}\n${table([head, ...rows])}\n`;
  });
  const note = `ham lost and spam caught: at the threshold that loses ${HAM_LOST * 100} % of all ham\n`;
  const model = `${features} features; calibration: slope ${slope.toFixed(3)}, intercept ${intercept.toFixed(3)}\n`;
  return [...texts, note, model].join('\n');
}
