import type { SigningMaterial } from '../authentication/signing/signer.ts';
import type { LoadedConfig } from '../config/load.ts';
import { readModelFile } from '../config/model.ts';
import { readRules } from '../config/rules.ts';
import { readFittedScores } from '../config/scores.ts';
import { startRuntime } from '../filter/model/onnxruntime/host.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import { ClamdClient } from '../filter/clamd/client.ts';
import { filterFaults } from '../filter/faults.ts';
import { withClamd } from '../filter/clamd/pool.ts';
import { MapFiles } from '../filter/maps/files.ts';
import { createPool, type Pool, type PoolObserver } from '../filter/pool.ts';
import type { RecallHost } from '../filter/recall/types.ts';
import type { PreparedRules, RuleFault } from '../filter/rules/types.ts';
import type { ScannerSettings } from '../filter/worker-task.ts';
import type { Log } from '../log.ts';

/** What the workers of the pool are started with. */
function scannerSettings({ config, zone }: LoadedConfig, fitted: Record<string, number>): ScannerSettings {
  const { zone: _, ...dns } = config.dns;
  const { reports: _reports, ...dmarc } = config.dmarc;
  return {
    filter: { ...config.filter, scores: { ...fitted, ...config.filter.scores } },
    authentication: {
      ...config.authentication,
      authservId: config.authentication.authservId ?? config.hostname,
      dmarc,
      arc: { trustedSealers: config.arc.trustedSealers },
      bimi: config.bimi,
    },
    dns: zone === undefined ? dns : { ...dns, zone },
    message: config.message,
  };
}

/** Faults of rule files that are logged one by one; `tamis rules check` shows all. */
const MAX_RULE_FAULTS = 20;

function logRuleFaults(faults: readonly RuleFault[], log: Log): void {
  const errors = faults.filter(({ level }) => level === 'error');
  for (const { file, line, rule, text } of errors.slice(0, MAX_RULE_FAULTS))
    log.warn({ file, line, ...(rule === undefined ? {} : { rule }), error: text }, 'rule left out');
  if (errors.length > MAX_RULE_FAULTS)
    log.warn({ faults: errors.length }, 'more rules left out: see "tamis rules check"');
}

/** Settings without an effect, most likely misspelt: known only when the rules are. */
function logFilterFaults({ config }: LoadedConfig, { rules }: PreparedRules, log: Log): void {
  const names = rules.map(({ name }) => name);
  // Composites are spoken of by the scanner.
  for (const { path, text } of filterFaults(config.filter, names))
    if (!path.startsWith('composites.'))
      log.warn({ setting: `filter.${path}`, error: text }, 'setting has no effect');
}

/** The pool, with what it uses ended when no worker asks it any more. */
function closingWith(pool: Pool, parts: readonly { close(): Promise<void> }[]): Pool {
  return {
    scan: (request) => pool.scan(request),
    sign: (task) => pool.sign(task),
    statistics: () => pool.statistics(),
    async close() {
      await pool.close();
      for (const part of parts) await part.close();
    },
  };
}

/**
 * The filter of a configuration: a pool of workers, starting. They can sign when they are given `signing`, and judge by
 * what was learned when they are given its table, or who keeps it, who then learns what they want learned; and by what is
 * remembered when they are given who remembers.
 */
export function openScanner(
  loaded: LoadedConfig,
  log: Log,
  observer?: PoolObserver,
  signing?: SigningMaterial,
  bayes?: SharedArrayBuffer | BayesHost,
  recallHost?: RecallHost,
): Pool {
  const read = readModelFile(loaded.config.filter.model);
  const rules = readRules(loaded.config.filter.rules);
  logRuleFaults(rules.faults, log);
  logFilterFaults(loaded, rules, log);
  const settings = scannerSettings(loaded, readFittedScores(loaded.config.filter.rules, rules));
  const runtime =
    read !== undefined && loaded.config.filter.model.engine === 'onnxruntime'
      ? startRuntime(read.file, log)
      : undefined;
  const maps = new MapFiles(loaded.config.filter.maps, log);
  const parts = runtime === undefined ? [maps] : [maps, runtime];
  let pool: Pool;
  try {
    pool = createPool({
      ...settings,
      ...(rules.rules.length === 0 ? {} : { rules }),
      maps,
      log,
      ...(observer === undefined ? {} : { observer }),
      ...(signing === undefined ? {} : { signing }),
      ...(recallHost === undefined ? {} : { recallHost }),
      ...(bayes !== undefined && ('memory' in bayes ? { bayes: bayes.memory, bayesHost: bayes } : { bayes })),
      ...(read !== undefined && {
        model: { model: read.model, ...(runtime !== undefined && { mailbox: runtime.mailbox }) },
      }),
    });
  } catch (error) {
    // Settings no worker could start with: what was begun for them must not outlive them.
    for (const part of parts) void part.close();
    throw error;
  }
  const { clamd } = loaded.config.filter;
  const scanning = clamd.server === '' ? pool : withClamd(pool, new ClamdClient(clamd, log));
  return closingWith(scanning, parts);
}
