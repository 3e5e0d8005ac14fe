/** What the answers of a list mean. */
import { isIPv4 } from 'node:net';
import { networkFault, Networks } from '../../net/networks.ts';
import { BLOCKED_ANSWERS, type DnsListAnswer, type DnsListSettings } from './settings.ts';

/** `broken`: an answer no list gives, as when its domain has lapsed and is for sale (RFC 5782 §2.1). */
export type Meaning = 'blocked' | 'broken' | readonly DnsListAnswer[];

const listRange = new Networks(['127.0.0.0/8']);

/** What is wrong with the key of an answer, or undefined. */
export function answerFault(pattern: string): string | undefined {
  if (pattern.startsWith('&')) {
    const bit = /^&\d{1,3}$/.test(pattern) ? Number(pattern.slice(1)) : 0;
    return bit >= 1 && bit <= 255 ? undefined : `"${pattern}": a bit mask of the last octet is &1 to &255`;
  }
  return isIPv4(pattern.split('/')[0] ?? '') ? networkFault(pattern) : `"${pattern}" is no IPv4 address`;
}

/** Reads the answers of one list; `records` are its A records. Throws a TypeError for keys that have a fault. */
export function answerReader(
  list: Pick<DnsListSettings, 'answers' | 'otherwise' | 'blocked'>,
): (records: readonly string[]) => Meaning {
  const meanings = Object.entries(list.answers).map(([pattern, answer]) => {
    const fault = answerFault(pattern);
    if (fault !== undefined) throw new TypeError(fault);
    return { answer, matches: matcher(pattern) };
  });
  // An answer the admin gives a meaning has it.
  const refusals = [...BLOCKED_ANSWERS, ...(list.blocked ?? [])].map(matcher);
  return (records) => {
    const ours = records.filter((record) => listRange.has(record));
    if (ours.length === 0) return 'broken';
    const found = new Set<DnsListAnswer>();
    let blocked = false;
    for (const record of ours) {
      const named = meanings.filter(({ matches }) => matches(record));
      for (const { answer } of named) found.add(answer);
      if (named.length > 0) continue;
      if (refusals.some((matches) => matches(record))) blocked = true;
      else if (list.otherwise !== undefined) found.add(list.otherwise);
    }
    return blocked && found.size === 0 ? 'blocked' : [...found];
  };
}

function matcher(pattern: string): (record: string) => boolean {
  if (!pattern.startsWith('&')) {
    const networks = new Networks([pattern]);
    return (record) => networks.has(record);
  }
  const mask = Number(pattern.slice(1));
  // Masks are counted in 127.0.0.0/24 alone: refusals and other kinds of answers lie beside it.
  return (record) =>
    record.startsWith('127.0.0.') && record !== '127.0.0.1' ? (Number(record.slice(8)) & mask) !== 0 : false;
}
