/**
 * How fast messages are parsed: `node bench/message.ts [--json] [--seconds N] [source…]`. Sources are those of the
 * corpora's index; without any, the list archives. Rows: structure (header fields and MIME tree), text (what a reader
 * sees, and links), everything (every field in every reading, every part decoded, HTML rendered, all defects).
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { parseMessage } from '../src/message/parse.ts';
import { touchEverything } from '../src/message/testing.ts';
import type { Message } from '../src/message/types.ts';
import { corpusMessages, sharedPath } from '../test/support/shared.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '3' } },
});

if (sharedPath('corpora/index.tsv') === undefined) {
  console.error('bench/message.ts: the corpora are not there; set TAMIS_SHARED');
  process.exit(2);
}
const sources = positionals.length > 0 ? positionals : ['list-vger', 'list-blinux', 'list-openbmc'];
const messages = corpusMessages(...sources).map(({ path }) => readFileSync(path));
if (messages.length === 0) {
  console.error(`bench/message.ts: no messages of ${sources.join(', ')}`);
  process.exit(2);
}
const bytes = messages.reduce((sum, raw) => sum + raw.length, 0);

const tasks: Readonly<Record<string, (message: Message) => number>> = {
  structure: (message) => message.parts.length,
  text: (message) => message.text.length + message.links.length,
  everything: touchEverything,
};

interface Row {
  task: string;
  megabytesPerSecond: number;
  messagesPerSecond: number;
  /** Processor time of this thread. */
  cpuMillisecondsPerMessage: number;
  p99Milliseconds: number;
}

function measure(task: string, run: (message: Message) => number): Row {
  let seen = 0;
  for (const raw of messages) seen += run(parseMessage(raw));
  const times: number[] = [];
  const limit = Number(values.seconds) * 1000;
  const cpu = process.threadCpuUsage();
  const start = performance.now();
  while (performance.now() - start < limit)
    for (const raw of messages) {
      const from = performance.now();
      seen += run(parseMessage(raw));
      times.push(performance.now() - from);
    }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.threadCpuUsage(cpu);
  if (seen === 0) throw new Error('nothing was read');
  times.sort((a, b) => a - b);
  return {
    task,
    megabytesPerSecond: ((times.length / messages.length) * (bytes / 1e6)) / seconds,
    messagesPerSecond: times.length / seconds,
    cpuMillisecondsPerMessage: (user + system) / 1000 / times.length,
    p99Milliseconds: times[Math.floor(times.length * 0.99)] ?? 0,
  };
}

const rows = Object.entries(tasks).map(([task, run]) => measure(task, run));
if (values.json) {
  const machine = { node: process.version, cores: availableParallelism() };
  for (const row of rows)
    console.log(
      JSON.stringify({ bench: 'message', sources, messages: messages.length, bytes, ...machine, ...row }),
    );
} else {
  console.log(
    `${messages.length} messages of ${sources.join(', ')}, ${(bytes / 1e6).toFixed(1)} MB, Node ${process.version}, one thread`,
  );
  console.log('what          MB/s   messages/s   CPU ms/message   p99 ms');
  for (const row of rows)
    console.log(
      [
        row.task.padEnd(10),
        row.megabytesPerSecond.toFixed(1).padStart(7),
        row.messagesPerSecond.toFixed(0).padStart(12),
        row.cpuMillisecondsPerMessage.toFixed(4).padStart(16),
        row.p99Milliseconds.toFixed(3).padStart(8),
      ].join(' '),
    );
}
