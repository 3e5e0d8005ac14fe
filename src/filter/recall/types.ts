/**
 * What workers ask of the state, and what they want put into it. They open no file and no socket: the main thread does it
 * for them. All of it is plain data.
 */
import type { FuzzyWish } from '../fuzzy/store.ts';
import type { Fingerprint, FuzzyFinding } from '../fuzzy/types.ts';
import type { Experience, Standing, Subject } from '../reputation/types.ts';

/** Questions by their name, with their answers. */
export interface Inquiries {
  copies: { question: Fingerprint; answer: FuzzyFinding[] };
  standings: { question: readonly Subject[]; answer: Standing[] };
}

/** What is told without an answer. */
export interface Reports {
  learn: FuzzyWish;
  experience: Experience;
}

type Ask = { [K in keyof Inquiries]: { id: number; ask: K; question: Inquiries[K]['question'] } };
type Tell = { [K in keyof Reports]: { tell: K; report: Reports[K] } };

export type RecallMessage = Ask[keyof Inquiries] | Tell[keyof Reports];

/** Without `answer`: it could not be had. */
export interface RecallAnswer {
  id: number;
  answer?: unknown;
}

/** What remembers; each part is absent where it is switched off. The main thread's side. */
export interface RecallHost {
  readonly fuzzy?: {
    /** An Int32 that is 0 while nothing was learned. */
    readonly memory: SharedArrayBuffer;
    find(fingerprint: Fingerprint): Promise<FuzzyFinding[]>;
    learn(wish: FuzzyWish): Promise<unknown>;
  };
  readonly reputation?: {
    look(subjects: readonly Subject[]): Promise<Standing[]>;
    add(experience: Experience): void;
  };
}
