/** The questions rules ask about one message, within its budget and what lists bear. */
import { DnsError, type RecordType, type Resolver } from '../../../net/resolver.ts';
import { isPossibleName } from '../../../net/dns-name.ts';
import { Networks } from '../../../net/networks.ts';
import type { ListHealth } from '../../dns-lists/health.ts';
import { isRefusal } from './subtest.ts';

const listRange = new Networks(['127.0.0.0/8']);

/** Records as text. `none`: there is no such name or record. `unknown`: nobody knows for now. */
export type Answer = readonly string[] | 'none' | 'unknown';

/** What is known of lists in one worker, whatever the message. */
export interface ListMemory {
  readonly health: ListHealth;
  /** What operators have answered instead of an answer, by zone: rules that report it go on doing so. */
  readonly refusals: Map<string, readonly string[]>;
  /** How the log calls a zone, which may hold a key: by the first rule or set that asked. */
  readonly names: Map<string, string>;
}

export class Lookups {
  private readonly resolver: Resolver;
  private readonly memory: ListMemory;
  private readonly timeLimit: number;
  private readonly started = performance.now();

  /** `timeLimit`: milliseconds for all questions of the message together. */
  constructor(resolver: Resolver, memory: ListMemory, timeLimit: number) {
    this.resolver = resolver;
    this.memory = memory;
    this.timeLimit = timeLimit;
  }

  /**
   * Asks the list of a zone about a name in it. A list that refuses, or whose domain has lapsed, or that gives no answer
   * again and again is left alone for a while. `asker` is the rule or set that asks.
   */
  async list(asker: string, zone: string, question: string, type: 'A' | 'TXT'): Promise<readonly string[]> {
    const { health, refusals, names } = this.memory;
    const name = names.get(zone) ?? asker;
    names.set(zone, name);
    if (health.resting(name) !== undefined) return refusals.get(zone) ?? [];
    const answer = await this.records(question, type, name);
    if (answer === 'unknown') return [];
    if (answer === 'none' || type === 'TXT') {
      health.answered(name);
      return answer === 'none' ? [] : answer;
    }
    const ours = answer.filter((record) => listRange.has(record));
    if (ours.length === 0) {
      refusals.delete(zone);
      health.refused(name, 'broken');
    } else if (ours.every(isRefusal)) {
      refusals.set(zone, ours);
      health.refused(name, 'blocked');
    } else {
      refusals.delete(zone);
      health.answered(name);
    }
    return ours;
  }

  /** Any records. Never rejects for what the DNS says. `list`: who is to blame when there is no answer. */
  async records(question: string, type: RecordType, list?: string): Promise<Answer> {
    if (!isPossibleName(question)) return 'none';
    const late = Symbol('late');
    const left = this.timeLimit - (performance.now() - this.started);
    if (left <= 0) return 'unknown';
    const { promise, resolve } = Promise.withResolvers<typeof late>();
    const timer = setTimeout(() => resolve(late), left);
    try {
      const found = await Promise.race([this.resolver.resolve(question, type), promise]);
      if (found !== late) return found.map(textOf);
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') return 'none';
      // A message that has used up its budget says nothing of the list.
      if (error.code === 'EBUDGET') return 'unknown';
    } finally {
      clearTimeout(timer);
    }
    if (list !== undefined) this.memory.health.failed(list);
    return 'unknown';
  }
}

function textOf(record: string | string[] | { priority: number; exchange: string }): string {
  if (typeof record === 'string') return record;
  return Array.isArray(record) ? record.join('') : `${record.priority} ${record.exchange}`;
}
