import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { LabelledMessage } from './types.ts';

/** An index that cannot be used; the message names file and line. */
export class IndexError extends Error {}

/** Columns that must be there; the others have something to fall back on. */
const NEEDED = ['path', 'label'] as const;
const LABELS: Readonly<Record<string, LabelledMessage['label']>> = {
  ham: 'ham',
  spam: 'spam',
  phish: 'spam',
};

/** What of an index is taken. */
export interface Selection {
  /** Sources, all when empty. */
  readonly sources: readonly string[];
  /** Of the column `split`; undefined: all. */
  readonly split?: string | undefined;
  /** At most this many of a source and class, spread evenly over it; undefined: all. */
  readonly sample?: number | undefined;
}

/**
 * Reads an index: tab-separated, the first line names the columns, of which `path` and `label` (ham, spam, phish) must
 * be there and `source`, `split`, `group` and `received` (YYYY, YYYY-MM or an ISO date) may. Paths count from `folder`,
 * by default that of the index. Throws {@link IndexError}.
 */
export function readIndex(
  file: string,
  folder: string | undefined,
  selection: Selection = { sources: [] },
): LabelledMessage[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new IndexError(`${file}: ${(error as Error).message}`);
  }
  return select(parseIndex(text, file, folder ?? dirname(file)), selection, file);
}

export function parseIndex(text: string, file: string, folder: string): LabelledMessage[] {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const columns = new Map(first.split('\t').map((name, index) => [name.trim().toLowerCase(), index]));
  for (const name of NEEDED)
    if (!columns.has(name))
      throw new IndexError(`${file}:1: no column "${name}" (columns are separated by tabs)`);
  const messages: LabelledMessage[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const cells = line.split('\t');
    const cell = (name: string): string => cells[columns.get(name) ?? -1]?.trim() ?? '';
    const place = `${file}:${index + 2}`;
    const name = cell('path');
    const label = LABELS[cell('label').toLowerCase()];
    if (name === '') throw new IndexError(`${place}: no path`);
    if (label === undefined)
      throw new IndexError(`${place}: label "${cell('label')}" is none of ham, spam, phish`);
    messages.push({
      name,
      path: resolve(folder, name),
      label,
      source: cell('source') || (name.includes('/') ? (name.split('/')[0] ?? '') : 'all'),
      group: cell('group'),
      split: cell('split'),
      received: receivedTime(cell('received')),
    });
  }
  if (messages.length === 0) throw new IndexError(`${file}: no messages`);
  return messages;
}

function receivedTime(text: string): number | undefined {
  const month = /^(\d{4})-(\d{2})$/.exec(text);
  // Of a month or year alone the day is unknown: the message's own header says it better, unless it says another month.
  if (month !== null) return Date.UTC(Number(month[1]), Number(month[2]) - 1, 15);
  if (/^\d{4}$/.test(text)) return Date.UTC(Number(text), 6, 1);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function select(messages: LabelledMessage[], selection: Selection, file: string): LabelledMessage[] {
  const { sources, split, sample } = selection;
  const known = new Set(messages.map(({ source }) => source));
  for (const source of sources)
    if (!known.has(source))
      throw new IndexError(`${file}: no source "${source}"; there are ${[...known].join(', ')}`);
  const wanted = messages.filter(
    (one) =>
      (sources.length === 0 || sources.includes(one.source)) && (split === undefined || one.split === split),
  );
  if (wanted.length === 0) throw new IndexError(`${file}: no messages of split "${split}"`);
  if (sample === undefined) return wanted;
  return [...groupBy(wanted, ({ source, label }) => `${source}\t${label}`).values()].flatMap((all) =>
    all.filter(
      (_, index) =>
        Math.floor((index * sample) / all.length) !== Math.floor(((index - 1) * sample) / all.length),
    ),
  );
}

/** In the order in which the keys come first. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
