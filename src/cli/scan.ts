import { cpus } from 'node:os';
import { isIP } from 'node:net';
import { ConfigError } from '../config/read.ts';
import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { viewBayesHost } from '../daemon/bayes.ts';
import { type RecallKeeper, viewRecall } from '../daemon/recall.ts';
import { openScanner } from '../daemon/scanner.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import { ScanError, type Scanner, type Verdict } from '../filter/types.ts';
import { silentLog } from '../log.ts';
import type { Envelope } from '../message/envelope.ts';
import type { AddCommand } from './commands.ts';
import { countInputs, readInputs, type Input } from './inputs.ts';
import { EXIT, repeated, type Io } from './io.ts';
import { Progress } from './progress.ts';
import { verdictJson, verdictText } from './verdict.ts';

interface Options {
  config?: string;
  json?: true;
  client?: string;
  helo?: string;
  from?: string;
  rcpt?: string[];
}

/** Messages given to the pool at once: enough that no worker waits for us. */
const IN_FLIGHT = 8 * cpus().length;

/** `tamis scan`: what the filter thinks of messages, without receiving or delivering them. */
export const addScanCommand: AddCommand = (program, io, exit) => {
  program
    .command('scan')
    .description('scan messages: action, score, symbols and Authentication-Results')
    .argument('<path...>', 'message files, folders, Maildirs, mbox files, or - for standard input')
    .option('--json', 'one JSON object a message and line')
    .option('--config <file>', CONFIG_OPTION)
    .option('--client <ip>', 'address the message came from')
    .option('--helo <name>', 'name that client gave')
    .option('--from <address>', 'envelope sender', '')
    .option('--rcpt <address>', 'envelope recipient; may be repeated', repeated)
    .action(async (paths: string[], options: Options) => {
      if (options.client !== undefined && isIP(options.client) === 0) {
        io.stderr(`tamis: --client: "${options.client}" is no IP address\n`);
        exit(EXIT.usage);
        return;
      }
      exit(await scan(paths, options, io));
    });
};

async function scan(paths: string[], options: Options, io: Io): Promise<number> {
  let scanner: Scanner;
  let bayes: BayesHost | undefined;
  let recall: RecallKeeper | undefined;
  try {
    const loaded = loadConfig(options.config, process.env);
    bayes = await viewBayesHost(loaded.config, silentLog);
    recall = await viewRecall(loaded.config, silentLog);
    scanner = openScanner(loaded, silentLog, undefined, undefined, bayes, recall?.host);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.stderr(`${error.message}\n`);
    return EXIT.input;
  }
  const envelope: Envelope = {
    client: {
      ...(options.client === undefined ? {} : { address: options.client }),
      ...(options.helo === undefined ? {} : { helo: options.helo }),
    },
    sender: options.from ?? '',
    recipients: (options.rcpt ?? []).map((address) => ({ address })),
  };
  const progress = new Progress(io, 'scan', io.interactive ? await countInputs(paths) : undefined);
  let failed = 0;
  let done = 0;
  const report = async (input: Input, verdict: Promise<Verdict | string>): Promise<void> => {
    const result = await verdict;
    done++;
    progress.clear();
    print(input, result);
    progress.advance();
  };
  const print = (input: Input, result: Verdict | string): void => {
    if (typeof result === 'string') {
      failed++;
      if (options.json) io.stdout(`${JSON.stringify({ file: input.name, error: result })}\n`);
      io.stderr(`tamis: ${input.name}: ${result}\n`);
      return;
    }
    if (options.json) io.stdout(`${JSON.stringify(verdictJson(input.name, result))}\n`);
    else io.stdout(verdictText(input.name, result, io, paths.length > 1 || done > 1));
  };

  try {
    const running: { input: Input; verdict: Promise<Verdict | string> }[] = [];
    let number = 0;
    for await (const input of readInputs(paths)) {
      running.push({ input, verdict: judge(scanner, input, envelope, `scan-${++number}`) });
      if (running.length < IN_FLIGHT) continue;
      const oldest = running.shift();
      if (oldest !== undefined) await report(oldest.input, oldest.verdict);
    }
    for (const { input, verdict } of running) await report(input, verdict);
  } finally {
    progress.clear();
    await scanner.close();
    await bayes?.close();
    await recall?.close();
  }
  if (done === 0) io.stderr(`tamis: no message found in ${paths.join(' ')}\n`);
  return failed > 0 || done === 0 ? EXIT.input : EXIT.ok;
}

/** The verdict, or why there is none. */
async function judge(
  scanner: Scanner,
  input: Input,
  envelope: Envelope,
  id: string,
): Promise<Verdict | string> {
  if ('fault' in input) return input.fault;
  try {
    return await scanner.scan({ id, raw: input.raw, envelope });
  } catch (error) {
    if (error instanceof ScanError) return `${error.reason}: ${error.message}`;
    throw error;
  }
}
