import { writeFileSync } from 'node:fs';
import { groupBy } from '../eval/index-file.ts';
import { bestWithin, rocError } from '../eval/measure/roc.ts';
import { HAM_BUDGET } from '../eval/measure/summary.ts';
import { OutcomesError, readOutcomes, type OutcomeLine } from '../eval/outcomes-file.ts';
import { EXIT, table, type Io } from '../io.ts';
import {
  defaultFitSettings,
  fitScores,
  scoreWith,
  stretchTo,
  type FitSettings,
  type FittedScore,
} from './fit.ts';
import { scoresText } from './write.ts';

export interface FitOptions {
  out?: string;
  without?: string[];
  judge?: string[];
  keep?: string[];
  required?: number;
  maximum?: number;
  growth?: number;
  minimum?: number;
  hamCost?: number;
  prior?: number;
  leastHits?: number;
  hamLost?: number;
  json?: true;
}

/** The most a classifier may score: less than makes spam, so that some sign must stand beside it. */
const JUDGE_MOST = 5;
/**
 * Symbols of our own classifiers, with the most each may score. What the site itself has taught may make spam alone when it is
 * sure. The model has never seen the site's mail: it was surest of newsletters of shops that it did not know.
 */
const JUDGES: readonly (readonly [symbol: string, most: number])[] = [
  ['BAYES_SPAM', 7],
  ['BAYES_HAM', JUDGE_MOST],
  ['MODEL_SPAM', JUDGE_MOST],
  ['MODEL_HAM', JUDGE_MOST],
];

/** Least and most by which all scores are multiplied at the end. */
const MOST_STRETCH = [0.8, 1.2] as const;

/** How scores do on messages. Shares are 0 to 1. */
interface Result {
  name: string;
  hamLost: number;
  spamCaught: number;
  rocError: number;
  caughtAtBudget: number;
}

/** Fits, tells what came of it (also on each source that the fit had not seen), and writes the file; the exit code. */
export async function fitCommand(files: readonly string[], options: FitOptions, io: Io): Promise<number> {
  let outcomes: OutcomeLine[];
  try {
    outcomes = (await Promise.all(files.map(readOutcomes))).flat();
  } catch (error) {
    if (!(error instanceof OutcomesError)) throw error;
    io.stderr(`tamis: ${error.message}\n`);
    return EXIT.input;
  }
  outcomes = outcomes.filter(({ source }) => options.without?.includes(source) !== true);
  const ham = outcomes.filter(({ label }) => label === 'ham').length;
  const spam = outcomes.length - ham;
  if (ham === 0 || spam === 0) {
    io.stderr(`tamis: ${ham} ham and ${spam} spam messages: both are needed\n`);
    return EXIT.input;
  }
  const settings = settingsOf(options);
  const unseen = unseenScores(outcomes, settings);
  const factor = stretchFactor(outcomes, unseen, settings);
  const fitted = stretchTo(fitScores(outcomes, settings), factor);
  const results = [
    resultOf('before', outcomes, (outcome) => outcome.score, settings),
    resultOf('fitted', outcomes, scoring(fitted), settings),
    resultOf('source unseen', outcomes, (outcome) => (unseen.get(outcome) ?? 0) * factor, settings),
  ];
  const text = scoresText(fitted, {
    ham,
    spam,
    required: settings.required,
    command: `tamis scores fit ${commandLine(options)}VERDICTS`,
    results: results.map(sentence),
  });
  if (options.out === undefined) {
    if (options.json !== true) io.stdout(text);
  } else {
    try {
      writeFileSync(options.out, text);
    } catch (error) {
      io.stderr(`tamis: ${(error as Error).message}\n`);
      return EXIT.input;
    }
  }
  if (options.json) io.stdout(`${JSON.stringify({ ham, spam, results, scores: fitted })}\n`);
  else io.stderr(`${resultTable(results)}\n`);
  return EXIT.ok;
}

function settingsOf(options: FitOptions): FitSettings {
  const { required, maximum, growth, minimum, hamCost, prior, leastHits, hamLost } = options;
  const given = Object.fromEntries(
    Object.entries({ required, maximum, growth, minimum, hamCost, prior, leastHits, hamLost }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return {
    ...defaultFitSettings,
    ...given,
    judges: new Map([...JUDGES, ...(options.judge ?? []).map(judgeOf)]),
    keep: new Set(options.keep),
  };
}

/** `SYMBOL` or `SYMBOL=POINTS`. */
function judgeOf(text: string): [symbol: string, most: number] {
  const [symbol = '', most] = text.split('=');
  return [symbol, most === undefined ? JUDGE_MOST : Number(most)];
}

/** The options that make a difference, as they are typed. */
function commandLine(options: FitOptions): string {
  const { out: _out, json: _json, without = [], judge = [], keep = [], ...numbers } = options;
  return [
    ...without.map((source) => `--without ${source}`),
    ...judge.map((symbol) => `--judge ${symbol}`),
    ...keep.map((symbol) => `--keep ${symbol}`),
    ...Object.entries(numbers).map(
      ([name, value]) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`,
    ),
  ]
    .map((part) => `${part} `)
    .join('');
}

function scoring(fitted: readonly FittedScore[]): (outcome: OutcomeLine) => number {
  const scores = new Map(fitted.map(({ symbol, score }) => [symbol, score]));
  return (outcome) => scoreWith(outcome, scores);
}

/** Each source scored by a fit on the others. */
function unseenScores(outcomes: readonly OutcomeLine[], settings: FitSettings): Map<OutcomeLine, number> {
  const scores = new Map<OutcomeLine, number>();
  for (const [source, some] of groupBy(outcomes, (outcome) => outcome.source)) {
    const others = outcomes.filter((outcome) => outcome.source !== source);
    const score = scoring(fitScores(others, settings));
    for (const outcome of some) scores.set(outcome, score(outcome));
  }
  return scores;
}

/**
 * By what all scores are to be multiplied, so that no more ham is lost than may be, and no less. The fit weighs sources and
 * classes by what they teach; what a filter loses is counted in messages. Bounded: beyond, it is the fit that is wrong.
 */
function stretchFactor(
  outcomes: readonly OutcomeLine[],
  scores: ReadonlyMap<OutcomeLine, number>,
  { required, hamLost }: FitSettings,
): number {
  const ham = outcomes
    .filter(({ label }) => label === 'ham')
    .map((outcome) => scores.get(outcome) ?? 0)
    .toSorted((one, other) => other - one);
  const least = ham[Math.floor(ham.length * hamLost)] ?? required;
  return Math.min(Math.max(required / Math.max(least, 1), MOST_STRETCH[0]), MOST_STRETCH[1]);
}

function resultOf(
  name: string,
  outcomes: readonly OutcomeLine[],
  score: (outcome: OutcomeLine) => number,
  { required }: FitSettings,
): Result {
  const ham: number[] = [];
  const spam: number[] = [];
  for (const outcome of outcomes) (outcome.label === 'ham' ? ham : spam).push(score(outcome));
  const atLeast = (scores: number[]): number =>
    scores.filter((one) => one >= required).length / Math.max(scores.length, 1);
  return {
    name,
    hamLost: atLeast(ham),
    spamCaught: atLeast(spam),
    rocError: rocError({ ham, spam }) ?? 0,
    caughtAtBudget: bestWithin({ ham, spam }, HAM_BUDGET)?.spamCaught ?? 0,
  };
}

const percent = (share: number, digits = 2): string => `${(share * 100).toFixed(digits)} %`;

const sentence = ({ name, hamLost, spamCaught, rocError: error, caughtAtBudget }: Result): string =>
  `${name}: ham lost ${percent(hamLost)}, spam caught ${percent(spamCaught)}, 1-ROC area ${percent(error, 3)}, caught at ${percent(HAM_BUDGET, 1)} of ham lost ${percent(caughtAtBudget)}`;

const resultTable = (results: readonly Result[]): string =>
  table([
    ['', 'ham lost', 'spam caught', '1-ROC area', 'caught at 0.5 % ham lost'],
    ...results.map((one) => [
      one.name,
      percent(one.hamLost).padStart(8),
      percent(one.spamCaught).padStart(8),
      percent(one.rocError, 3).padStart(9),
      percent(one.caughtAtBudget).padStart(8),
    ]),
  ]);
