import { MessageChannel, parentPort } from 'node:worker_threads';
import { createAuthenticator } from '../authentication/authenticator.ts';
import { createResultEdits } from '../authentication/results/edits.ts';
import { createSigner } from '../authentication/signing/signer.ts';
import type { Log } from '../log.ts';
import { parseMessage } from '../message/parse.ts';
import { withBudget } from '../net/budget.ts';
import { createResolver } from '../net/system-resolver.ts';
import { Bayes } from './bayes/bayes.ts';
import type { BayesMessage } from './bayes/host.ts';
import { checks } from './checks/index.ts';
import { createDnsListsCheck } from './dns-lists/check.ts';
import { Fuzzy } from './fuzzy/scan.ts';
import { Heart } from './heartbeat.ts';
import { createMapsCheck } from './maps/check.ts';
import { mapActions } from './maps/settings.ts';
import type { MapsMaterial } from './maps/types.ts';
import { createJudge } from './model/judge.ts';
import { type Recall, recallBy } from './recall/ask.ts';
import type { RecallHello } from './recall/serve.ts';
import { Reputation } from './reputation/scan.ts';
import { createRulesCheck } from './rules/check.ts';
import { createRuleNetwork } from './rules/network/network.ts';
import { createSenderDnsCheck } from './sender-dns/check.ts';
import { createInlineScanner } from './scan.ts';
import type { Check, Scanner } from './types.ts';
import type { ScannerSettings, WorkerHandlers, WorkerLogLine, WorkerSettings } from './worker-task.ts';

export interface LocalScanner extends Scanner {
  /** Lists of the admin as they are from now on; before, they are empty. */
  replaceMaps(material: MapsMaterial): void;
}

/** A whole scanner out of plain settings: DNS, authentication, checks, on the thread it is called on. */
export function createLocalScanner(
  settings: ScannerSettings,
  log: Log,
  now: () => number = Date.now,
  extraChecks: readonly Check[] = [],
  markRule?: (rule: number) => void,
  postBayes?: (message: BayesMessage) => void,
  recall: Recall = {},
): LocalScanner {
  const { filter, authentication, dns, message: limits, rules } = settings;
  const ruleChecks =
    rules === undefined
      ? []
      : [
          createRulesCheck(rules, {
            taken: new Set([...checks, ...extraChecks].flatMap(({ symbols }) => Object.keys(symbols))),
            settings: filter.rules,
            log,
            ...(markRule === undefined ? {} : { mark: markRule }),
          }),
        ];
  const resolver = createResolver(dns);
  const maps = createMapsCheck(filter.maps);
  const scanner = createInlineScanner({
    settings: { ...filter, forcedActions: { ...mapActions(filter.maps), ...filter.forcedActions } },
    authenticator: createAuthenticator({
      resolver,
      budget: dns,
      settings: authentication,
      now,
      log,
    }),
    parse: (raw) => parseMessage(raw, limits),
    resultEdits: createResultEdits(authentication),
    now,
    log,
    ...(settings.bayes !== undefined &&
      filter.bayes.enabled && {
        bayes: new Bayes({
          settings: filter.bayes,
          memory: settings.bayes,
          now,
          ...(postBayes === undefined ? {} : { post: postBayes }),
        }),
      }),
    ...(settings.model !== undefined && { model: createJudge(settings.model) }),
    ...(recall.fuzzy !== undefined && { fuzzy: new Fuzzy(filter.fuzzy, recall.fuzzy) }),
    ...(recall.reputation !== undefined && {
      reputation: new Reputation(filter.reputation, recall.reputation),
    }),
    dns: () => withBudget(resolver, { queries: dns.queries, milliseconds: dns.time }),
    ...(rules !== undefined &&
      filter.rules.network && { ruleNetwork: createRuleNetwork({ rules, settings: filter.dnsLists, log }) }),
    checks: [
      ...checks,
      maps,
      createDnsListsCheck(filter.dnsLists, log),
      createSenderDnsCheck(filter.senderDns),
      ...ruleChecks,
      ...extraChecks,
    ],
  });
  return {
    scan: (request) => scanner.scan(request),
    replaceMaps: (material) => maps.replace(material),
    async close() {
      await scanner.close();
      resolver.close();
    },
  };
}

/** What a worker file exports. Log lines go to the pool by the thread's port. */
export function workerHandlers(settings: WorkerSettings, extraChecks: readonly Check[] = []): WorkerHandlers {
  const send = (line: WorkerLogLine | BayesMessage): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    parentPort?.postMessage(line);
  };
  const heart = new Heart(settings.heartbeat);
  const markRule = (rule: number): void => heart.markRule(rule);
  const scanner = createLocalScanner(
    settings,
    sendingLog(send, {}),
    Date.now,
    extraChecks,
    markRule,
    send,
    openRecall(settings),
  );
  const { signing } = settings;
  const signer = signing === undefined ? undefined : createSigner(signing);
  return {
    ready: () => Promise.resolve(),
    async scan(task) {
      try {
        if (task.maps !== undefined) scanner.replaceMaps(task.maps);
        return { verdict: await heart.during(() => scanner.scan(task)) };
      } catch (error) {
        return { fault: error instanceof Error ? error.message : String(error) };
      }
    },
    async sign(task) {
      if (signer === undefined) return { signed: { edits: [], signatures: [] } };
      try {
        return { signed: await heart.during(async () => signer.sign({ ...task, now: Date.now() })) };
      } catch (error) {
        return { fault: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/** Opens the channel by which this worker asks what the main thread remembers. */
function openRecall({ recall, filter }: WorkerSettings): Recall {
  if (recall === undefined || parentPort === null) return {};
  const { port1, port2 } = new MessageChannel();
  const hello: RecallHello = { recall: port2 };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort.postMessage(hello, [port2]);
  return recallBy(
    port1,
    { fuzzyMemory: recall.fuzzyMemory, reputation: recall.reputation },
    { fuzzy: filter.fuzzy.timeout, reputation: filter.reputation.timeout },
  );
}

function sendingLog(send: (line: WorkerLogLine) => void, common: object): Log {
  const at = (level: WorkerLogLine['level']) => (fields: object, text: string) =>
    send({ level, fields: plain({ ...common, ...fields }), text });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => sendingLog(send, { ...common, ...fields }),
  };
}

/** Fields of a log line as data that can leave the thread; errors keep their name, message and stack. */
function plain(fields: object): object {
  try {
    return structuredClone(fields);
  } catch {
    return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]));
  }
}
