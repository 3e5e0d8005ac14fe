import type { Authentication } from '../../authentication/types.ts';
import type { Envelope } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import type { Verdict } from '../types.ts';
import type { ReputationSettings } from './settings.ts';
import { subjectsOf } from './subjects.ts';
import type { Experience, Standing, Subject } from './types.ts';

/** Who keeps the standings, as a scan sees him. */
export interface ReputationKeeper {
  /** Undefined when there is no answer in time. */
  look(subjects: readonly Subject[]): Promise<Standing[] | undefined>;
  add(experience: Experience): void;
}

/** What reputation itself says must not make reputation. */
const OWN = /^REPUTATION_/;
/** A message with one of these comes again: it is counted when it does. */
const UNDECIDED: ReadonlySet<Verdict['action']> = new Set(['greylist', 'soft reject']);

/** The standing of senders, on the thread that scans. */
export class Reputation {
  readonly #settings: ReputationSettings;
  readonly #keeper: ReputationKeeper;

  constructor(settings: ReputationSettings, keeper: ReputationKeeper) {
    this.#settings = settings;
    this.#keeper = keeper;
  }

  subjects(message: Message, envelope: Envelope, authentication: Authentication): Subject[] {
    return subjectsOf(message, envelope, authentication, this.#settings);
  }

  /** Those who have sent enough to have one. Undefined when there is nobody to ask for, or no answer in time. */
  look(subjects: readonly Subject[]): Promise<Standing[] | undefined> | undefined {
    if (subjects.length === 0) return undefined;
    return this.#keeper
      .look(subjects)
      .then((found) => found?.filter(({ messages }) => messages >= this.#settings.messages));
  }

  /** Counts a verdict for who sent the message. */
  observe(
    subjects: Subject[],
    { action, score, required, spam, hits }: Pick<Verdict, 'action' | 'score' | 'required' | 'spam' | 'hits'>,
  ): void {
    if (subjects.length === 0 || UNDECIDED.has(action)) return;
    const own = hits.reduce((sum, hit) => sum + (OWN.test(hit.symbol) ? hit.score : 0), 0);
    const value = spam && score < required ? 1 : worthOf(score - own, required);
    this.#keeper.add({ subjects, value });
  }
}

/** -1 at a score of 0 and below, 0 half way to spam, 1 from the score of spam. */
export function worthOf(score: number, required: number): number {
  const middle = Math.max(required / 2, 0.5);
  return Math.min(Math.max((score - middle) / middle, -1), 1);
}
