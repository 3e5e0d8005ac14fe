/** Asks lists in the DNS about addresses and names of a message (RFC 5782). */
import type { Log } from '../../log.ts';
import { normalName } from '../../net/dns-name.ts';
import { DnsError, type Resolver } from '../../net/resolver.ts';
import { quote } from '../checks/support/evidence.ts';
import type { Check, CheckContext, CheckHit } from '../types.ts';
import { answerReader, type Meaning } from './answers.ts';
import { ListHealth } from './health.ts';
import type { DnsListAnswer, DnsListSettings, DnsListsSettings, DnsListSubject } from './settings.ts';
import { createSubjects, isWithin, questionName } from './subjects.ts';

/** Values named in the detail of a symbol. */
const MAX_NAMED = 3;

type Symbols = Record<string, { score: number; description: string }>;

const OWN_SYMBOLS: Symbols = {
  DNSBL_BLOCKED: { score: 0, description: 'Operator of a DNS list refuses to answer us' },
  DNSBL_FAIL: { score: 0, description: 'DNS list could not be asked for the time being' },
};

/** Symbols the configured lists give, with those of refusals and failures; an answer named twice has its first score. */
export function dnsListSymbols({ lists }: Pick<DnsListsSettings, 'lists'>): Symbols {
  const symbols: Symbols = { ...OWN_SYMBOLS };
  for (const [name, { answers, otherwise }] of Object.entries(lists))
    for (const { symbol, score, description } of [
      ...Object.values(answers),
      ...(otherwise === undefined ? [] : [otherwise]),
    ])
      symbols[symbol] ??= { score, description: description ?? `Listed by ${name}` };
  return symbols;
}

interface List {
  readonly name: string;
  readonly settings: DnsListSettings;
  readonly meaning: (records: readonly string[]) => Meaning;
}

interface Question {
  readonly list: List;
  readonly value: string;
  readonly name: string;
}

/**
 * All lists are asked at once, within the message's budget of the DNS and `timeLimit`. Without a resolver in the context
 * nothing is asked. `clock` is in milliseconds. Throws a TypeError for answers that cannot be read (`answerFault`).
 */
export function createDnsListsCheck(
  settings: DnsListsSettings,
  log: Log,
  clock: () => number = () => performance.now(),
): Check {
  const lists = Object.entries(settings.lists).map(
    ([name, list]): List => ({ name, settings: list, meaning: answerReader(list) }),
  );
  const health = new ListHealth(settings.pause * 1000, log, clock);
  const subjectsOf = createSubjects(settings);
  const exempt = new Set(settings.exempt.map(normalName));

  async function questionsOf(context: CheckContext, findings: Findings): Promise<Question[]> {
    const values = subjectsOf(context);
    const questions = new Map<string, Question>();
    for (const list of lists) {
      const rest = health.resting(list.name);
      if (rest !== undefined) {
        findings.add(rest === 'blocked' ? 'DNSBL_BLOCKED' : 'DNSBL_FAIL', list.name);
        continue;
      }
      for (const subject of list.settings.ask) {
        let asked = 0;
        for (const value of await values(subject)) {
          if (asked >= mostOf(subject, settings)) break;
          if (isWithin(normalName(value), exempt)) continue;
          const name = questionName(subject, value, list.settings);
          if (name === undefined) continue;
          const key = `${list.name} ${name}`;
          if (questions.has(key)) continue;
          questions.set(key, { list, value, name });
          asked++;
        }
      }
    }
    return [...questions.values()];
  }

  async function ask({ list, value, name }: Question, resolver: Resolver, findings: Findings): Promise<void> {
    let meaning: Meaning;
    try {
      meaning = list.meaning(await resolver.resolve(name, 'A'));
    } catch (error) {
      if (!(error instanceof DnsError)) throw error;
      if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') return health.answered(list.name);
      // A message that has used up its budget says nothing of the list.
      if (error.code !== 'EBUDGET') health.failed(list.name);
      return findings.add('DNSBL_FAIL', list.name);
    }
    if (typeof meaning === 'string') {
      health.refused(list.name, meaning);
      return findings.add(meaning === 'blocked' ? 'DNSBL_BLOCKED' : 'DNSBL_FAIL', list.name);
    }
    health.answered(list.name);
    for (const { symbol } of meaning) findings.add(symbol, `${value} (${list.name})`);
  }

  async function run(context: CheckContext, resolver: Resolver): Promise<CheckHit[]> {
    const findings = new Findings();
    const questions = await questionsOf(context, findings);
    if (questions.length === 0) return findings.hits();
    const open = new Set(questions);
    const asking = Promise.all(
      questions.map((question) => ask(question, resolver, findings).finally(() => open.delete(question))),
    );
    await within(asking, settings.timeLimit);
    for (const name of new Set([...open].map(({ list }) => list.name))) {
      health.failed(name);
      findings.add('DNSBL_FAIL', name);
    }
    return findings.hits();
  }

  return {
    name: 'dns-lists',
    symbols: lists.length === 0 ? {} : dnsListSymbols(settings),
    run: (context) =>
      lists.length === 0 || context.resolver === undefined ? [] : run(context, context.resolver),
  };
}

/** Of names in links many are looked at and few asked for: doubles and exempt ones are not counted. */
const mostOf = (subject: DnsListSubject, { links }: DnsListsSettings): number =>
  subject === 'links' ? links : Infinity;

/** Symbols with what they were found for; what comes after {@link hits} is too late. */
class Findings {
  private readonly found = new Map<string, Set<string>>();

  add(symbol: DnsListAnswer['symbol'], detail: string): void {
    const details = this.found.get(symbol);
    if (details === undefined) this.found.set(symbol, new Set([detail]));
    else if (details.size < MAX_NAMED) details.add(detail);
  }

  hits(): CheckHit[] {
    return [...this.found].map(([symbol, details]) => ({ symbol, detail: quote([...details].join(', ')) }));
  }
}

/** Waits for the work, but not longer. What goes wrong later is not heard. */
async function within(work: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
