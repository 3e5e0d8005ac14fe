import type { LargeFigure } from './large.ts';
import type { LoadResult } from './load.ts';

/** One round of one server. */
export interface MixRound extends LoadResult {
  readonly server: string;
  readonly mix: string;
  readonly where: string;
  /** Milliseconds of processor time of the server an operation. */
  readonly cpu: number;
}

export interface LargeResult {
  readonly server: string;
  readonly messages: number;
  readonly figures: readonly LargeFigure[];
  /** Of the server, before and while ten sessions have the mailbox open. */
  readonly megabytes: { readonly before: number; readonly ten: number };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;

/** One line for each mix: medians of the rounds. */
export function mixTable(rounds: readonly MixRound[]): string {
  const lines = [
    'store: ten clients, medians of the rounds',
    '| mix | server | operations a second | against dovecot | ms CPU an operation | slowest command: median, 99 %, longest ms |',
    '|---|---|---:|---:|---:|---|',
  ];
  const cases = new Set(rounds.map(({ mix, where }) => `${mix}, ${where}`));
  for (const name of cases) {
    const here = rounds.filter(({ mix, where }) => `${mix}, ${where}` === name);
    const rate = (server: string): number =>
      median(here.filter((one) => one.server === server).map((one) => one.perSecond));
    for (const server of new Set(here.map((one) => one.server))) {
      const own = here.filter((one) => one.server === server);
      const peer = rate('dovecot');
      const worst = Object.entries(own[0]?.latencies ?? {}).sort(
        ([, one], [, other]) => other[1] - one[1],
      )[0];
      const slowest =
        worst === undefined
          ? ''
          : `${worst[0]} ${worst[1]
              .slice(1)
              .map((one) => one.toFixed(1))
              .join(', ')}`;
      lines.push(
        `| ${name} | ${server} | ${rate(server).toFixed(0)} | ${peer === 0 ? '' : (rate(server) / peer).toFixed(2)} | ` +
          `${median(own.map((one) => one.cpu)).toFixed(2)} | ${slowest} |`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** One line for each task, one column for each server. */
export function largeTable(results: readonly LargeResult[]): string {
  const names = results.map(({ server }) => server);
  const lines = [
    `store: a mailbox of ${results[0]?.messages ?? 0} messages; ms, and how long another user waited at most`,
    `| what | ${names.map((name) => `${name} | another user`).join(' | ')} |`,
    `|---|${names.map(() => '---:|---:').join('|')}|`,
  ];
  for (const { task } of results[0]?.figures ?? []) {
    const cells = results.map(({ figures }) => {
      const figure = figures.find((one) => one.task === task);
      return figure === undefined ? ' | ' : `${figure.took.toFixed(0)} | ${figure.others.toFixed(0)}`;
    });
    lines.push(`| ${task} | ${cells.join(' | ')} |`);
  }
  const memory = results.map(({ megabytes: { before, ten } }) => `${(ten - before).toFixed(1)} | `);
  lines.push(`| MB for ten sessions that open it | ${memory.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}
