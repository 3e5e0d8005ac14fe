import { defaultMessageLimits } from '../../message/limits.ts';
import { parseMessage } from '../../message/parse.ts';
import { countInputs, readInputs } from '../inputs.ts';
import { EXIT, type Io, table } from '../io.ts';
import { Progress } from '../progress.ts';
import { contextOf } from './context.ts';
import { loadRules } from './load.ts';

/** Runs the rules on messages, on this thread, and prints those that took the most time. */
export async function rulesProfile(
  paths: readonly string[],
  options: { config?: string; rules?: string[]; top: string },
  io: Io,
): Promise<number> {
  const top = Number(options.top);
  if (!Number.isInteger(top) || top < 1) {
    io.stderr(`tamis: --top: "${options.top}" is no number\n`);
    return EXIT.usage;
  }
  const { engine, rules } = loadRules(options.rules, options.config);
  const count = rules.rules.length;
  const times = new Float64Array(count);
  const runs = new Float64Array(count);
  const failures = new Float64Array(count);
  let started = 0n;
  const observer = {
    before: () => void (started = process.hrtime.bigint()),
    after(rule: number) {
      times[rule]! += Number(process.hrtime.bigint() - started);
      runs[rule]! += 1;
    },
    failed: (rule: number) => void (failures[rule]! += 1),
  };
  const progress = new Progress(io, 'profile', io.interactive ? await countInputs(paths) : undefined);
  const hits = new Float64Array(count);
  let messages = 0;
  let bytes = 0;
  const begun = process.cpuUsage();
  for await (const input of readInputs(paths)) {
    if ('fault' in input) {
      io.stderr(`tamis: ${input.name}: ${input.fault}\n`);
      continue;
    }
    const { values } = await engine.run(contextOf(parseMessage(input.raw, defaultMessageLimits)), observer);
    for (let rule = 0; rule < count; rule++) if (values[rule] !== 0) hits[rule]! += 1;
    messages++;
    bytes += input.raw.length;
    progress.advance();
  }
  progress.clear();
  if (messages === 0) {
    io.stderr(`tamis: no message found in ${paths.join(' ')}\n`);
    return EXIT.input;
  }
  const used = process.cpuUsage(begun);
  const order = [...times.keys()].toSorted((one, other) => times[other]! - times[one]!);
  const rows = order
    .slice(0, top)
    .filter((rule) => runs[rule]! > 0)
    .map((rule) => [
      rules.rules[rule]?.name ?? '',
      rules.rules[rule]?.test.kind ?? '',
      (times[rule]! / messages / 1000).toFixed(1).padStart(10),
      (runs[rule]! / messages).toFixed(2).padStart(8),
      hits[rule]!,
      failures[rule]!,
    ]);
  const cpu = (used.user + used.system) / 1000 / messages;
  io.stdout(`${table([['rule', 'kind', 'us/message', 'runs', 'hits', 'failed'], ...rows])}\n`);
  io.stdout(
    `${messages} messages of ${Math.round(bytes / messages)} bytes, ${cpu.toFixed(2)} ms CPU each, in rules ${(
      times.reduce((sum, one) => sum + one, 0) / messages / 1e6
    ).toFixed(2)} ms\n`,
  );
  return EXIT.ok;
}
