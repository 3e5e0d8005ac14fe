/** Runs a program on the views of one message. */
import type { CheckContext } from '../../types.ts';
import type { Views } from '../../views/types.ts';
import type { EvalContext, RuleSettingValues } from '../evals/types.ts';
import { runMimeStep } from './mime-rules.ts';
import type { RunObserver, RunState } from './patterns.ts';
import type { EvalStep, Program } from './program.ts';
import { matchUriDetail } from './uri-rules.ts';

export interface RuleHit {
  /** Index in `Program.rules`. */
  readonly rule: number;
  /** How often it hit, or the value of a meta. */
  readonly value: number;
  /** Text it matched first, as bytes. */
  readonly evidence: string | undefined;
}

export interface RunResult {
  /** Rules that are reported, in the order of the files. */
  readonly hits: readonly RuleHit[];
  /** By rule: hits of all rules, or values of metas. */
  readonly values: Float64Array;
}

/** Never throws for what the message holds. */
export async function runProgram(
  program: Program,
  context: CheckContext,
  views: Views,
  settings: RuleSettingValues,
  observer: RunObserver,
): Promise<RunResult> {
  const state: RunState = {
    values: new Float64Array(program.rules.length),
    evidence: new Map(),
    reports: program.reports,
    observer,
  };
  runHeaders(program, views, state);
  runBodies(program, views, state);
  const waiting = runEvals(program, context, views, settings, state);
  if (waiting.length > 0) await Promise.all(waiting);
  program.metas.evaluate(state.values);
  return { hits: hitsOf(program, state), values: state.values };
}

function runHeaders(program: Program, views: Views, state: RunState): void {
  for (const { field, set } of program.headers) {
    const text = views.headerText(field);
    if (text === undefined) set.runEmpty(state);
    else set.run([text], state);
  }
  for (const { field, value, set } of program.unset) set.run([views.headerText(field) ?? value], state);
  for (const { rule, field, negated } of program.exists)
    if (views.header(field).length > 0 !== negated) state.values[rule] = 1;
  for (const step of program.mime) runMimeStep(step, views.mimeHeaders, state);
}

function runBodies(program: Program, views: Views, state: RunState): void {
  if (program.body.count > 0) program.body.run(views.body, state);
  if (program.rawbody.count > 0) program.rawbody.run(views.rawbody, state);
  if (program.full.count > 0) program.full.run([views.full], state);
  if (program.uri.count > 0) program.uri.run(views.uris, state);
  const { observer } = state;
  for (const rule of program.uriDetails) {
    observer.before(rule.rule);
    const found = matchUriDetail(rule, views.uriDetails);
    observer.after(rule.rule);
    if (found === undefined) continue;
    state.values[rule.rule] = 1;
    if (state.reports[rule.rule] === 1) state.evidence.set(rule.rule, found.raw.slice(0, 80));
  }
}

/** Runs the eval functions; gives what they have not answered yet. */
function runEvals(
  program: Program,
  context: CheckContext,
  views: Views,
  settings: RuleSettingValues,
  state: RunState,
): Promise<void>[] {
  const waiting: Promise<void>[] = [];
  const made = new Map<unknown, unknown>();
  const indexOf = program.ruleIndex;
  const common: EvalContext = {
    ...context,
    views,
    settings,
    derived<T>(make: (context: EvalContext) => T): T {
      if (!made.has(make)) made.set(make, make(common));
      return made.get(make) as T;
    },
    hits: (name) => state.values[indexOf.get(name) ?? -1] ?? 0,
  };
  for (const step of program.evals) {
    const answer = runEval(step, common, state);
    if (answer !== undefined) waiting.push(answer);
  }
  return waiting;
}

function runEval(
  { rule, about, run, args }: EvalStep,
  common: EvalContext,
  { values, observer }: RunState,
): Promise<void> | undefined {
  const take = (answer: boolean | number): void => {
    values[rule] = Number(answer);
  };
  observer.before(rule);
  try {
    const answer = run(common, args, about);
    if (!(answer instanceof Promise)) take(answer);
    else return answer.then(take).catch((error: unknown) => observer.failed(rule, error));
  } catch (error) {
    observer.failed(rule, error);
  } finally {
    observer.after(rule);
  }
  return undefined;
}

function hitsOf(program: Program, { values, evidence, reports }: RunState): RuleHit[] {
  const hits: RuleHit[] = [];
  for (let rule = 0; rule < values.length; rule++)
    if (reports[rule] === 1 && values[rule] !== 0)
      hits.push({ rule, value: values[rule]!, evidence: evidence.get(rule) });
  return hits;
}
