import type { ResultEdits } from '../authentication/results/edits.ts';
import type { Authenticator } from '../authentication/types.ts';
import type { Log } from '../log.ts';
import type { Message } from '../message/types.ts';
import type { FullResolver } from '../net/resolver.ts';
import type { Bayes } from './bayes/bayes.ts';
import { checks as allChecks, scoresOf } from './checks/index.ts';
import { applyComposites, compileComposites } from './composites/evaluate.ts';
import { CpuMeter } from './cpu-meter.ts';
import { verdictEdits } from './fields.ts';
import type { Fuzzy } from './fuzzy/scan.ts';
import type { Judge } from './model/types.ts';
import type { Reputation } from './reputation/scan.ts';
import type { RuleNetwork } from './rules/evals/types.ts';
import type { FilterSettings } from './settings.ts';
import {
  ScanError,
  type Check,
  type CheckContext,
  type CheckHit,
  type Scanner,
  type ScanRequest,
  type Verdict,
} from './types.ts';
import { decide, scoreHits } from './verdict.ts';

/** Symbol of a check that threw: a fault of ours, never of the message, so it has no score. */
const CHECK_ERROR = 'CHECK_ERROR';

export interface InlineScannerOptions {
  settings: Omit<FilterSettings, 'pool'>;
  authenticator: Authenticator;
  /** Parses a message; never throws for what it holds. */
  parse: (raw: Uint8Array) => Message;
  /** Edits that remove what claims to be a result of ours (RFC 8601 §5), and add what goes beside our results. */
  resultEdits: ResultEdits;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Log;
  /** Judges by what was learned. */
  bayes?: Bayes;
  /** Asks the trained model. */
  model?: Judge;
  /** Compares with what was learned. */
  fuzzy?: Fuzzy;
  /** Knows who sent what. */
  reputation?: Reputation;
  /** Makes the resolver of one message, with its budget; absent: the authenticator has its own, checks have none. */
  dns?: () => FullResolver;
  /** Answers rules that ask lists in the DNS. */
  ruleNetwork?: RuleNetwork;
  /** Default: all of `checks/index.ts`. */
  checks?: readonly Check[];
}

/**
 * Scans on the thread it is called on: parse, authenticate, check, combine, decide. For the workers, the command line
 * and tests. Throws `CompositeError` for composites that cannot be used.
 */
export function createInlineScanner(options: InlineScannerOptions): Scanner {
  const {
    settings,
    authenticator,
    parse,
    resultEdits,
    now,
    log,
    bayes,
    model,
    fuzzy,
    reputation,
    dns,
    ruleNetwork,
    checks = allChecks,
  } = options;
  const defaults = scoresOf(checks);
  const composites = compileComposites(settings.composites, new Set(defaults.keys()));
  for (const { composite, symbol } of composites.unknown)
    log.warn({ composite, symbol }, 'composite names a symbol that no check gives');
  const disabled = new Set(settings.disabled);
  const meter = new CpuMeter();
  const running = new Set<Promise<Verdict>>();

  async function runChecks(context: CheckContext, id: string): Promise<CheckHit[]> {
    const hits: CheckHit[] = [];
    for (const check of checks) {
      try {
        const found = check.run(context);
        // Most checks answer at once; awaiting them all would cost a turn of the queue each.
        hits.push(...(Array.isArray(found) ? (found as readonly CheckHit[]) : await found));
      } catch (error) {
        log.error(
          { id, check: check.name, error: String(error), stack: (error as Error).stack },
          'check failed',
        );
        hits.push({ symbol: CHECK_ERROR, detail: check.name });
      }
    }
    return disabled.size === 0 ? hits : hits.filter(({ symbol }) => !disabled.has(symbol));
  }

  async function scan({ id, raw, envelope, received, clamd }: ScanRequest): Promise<Verdict> {
    const started = performance.now();
    const cpu = meter.start();
    const resolver = dns?.();
    try {
      const message = parse(raw);
      // Asked before the DNS is, and waited for after it.
      const comparing = fuzzy?.find(message);
      const authentication = await authenticator.verify(message, envelope, resolver);
      // Only counts that other nodes keep are waited for.
      const judging = bayes?.judge(message, envelope);
      const judgement = judging instanceof Promise ? await judging : judging;
      const subjects = reputation?.subjects(message, envelope, authentication) ?? [];
      const looking = reputation?.look(subjects);
      const copies = comparing === undefined ? undefined : await comparing;
      const standings = looking === undefined ? undefined : await looking;
      const found = await runChecks(
        {
          message,
          envelope,
          authentication,
          ...(judgement === undefined ? {} : { bayes: judgement }),
          ...(model === undefined ? {} : { model }),
          ...(clamd === undefined ? {} : { clamd }),
          ...(copies === undefined ? {} : { fuzzy: copies }),
          ...(standings === undefined ? {} : { reputation: standings }),
          ...(resolver === undefined ? {} : { resolver }),
          ...(ruleNetwork === undefined ? {} : { ruleNetwork }),
          now: received ?? now(),
        },
        id,
      );
      const scored = scoreHits(found, defaults, settings.scores);
      const hits = applyComposites(scored, composites, settings.scores, disabled);
      const decision = decide(hits, settings);
      bayes?.observe(message, hits);
      fuzzy?.observe(message, envelope);
      reputation?.observe(subjects, { ...decision, hits });
      const verdict = { ...decision, hits, authenticationResults: authentication.field, authentication };
      const edits = verdictEdits(message, verdict, settings, resultEdits(message, envelope, authentication));
      return { ...verdict, edits, cpu: meter.stop(cpu), elapsed: performance.now() - started };
    } catch (error) {
      meter.stop(cpu);
      log.error({ id, error: String(error), stack: (error as Error).stack }, 'scan failed');
      throw new ScanError('crash', `scan failed: ${String(error)}`);
    } finally {
      // Nobody waits for what was not answered by now.
      resolver?.close();
    }
  }

  return {
    scan(request) {
      const verdict = scan(request).finally(() => running.delete(verdict));
      running.add(verdict);
      return verdict;
    },
    async close() {
      await Promise.allSettled(running);
    },
  };
}
