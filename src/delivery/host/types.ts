import type { Message } from '../../message/types.ts';
import type { Answer, CompileResult, Question } from '../../sieve/types.ts';
import type { ScriptFolder } from '../../store/script-folder.ts';
import type { AccountCalendars } from '../../store/calendars.ts';
import type { AccountStore } from '../../store/types.ts';
import type { Converters } from '../converters.ts';
import type { Memory } from '../memory.ts';
import type { Programs } from '../programs.ts';
import type { DeliveryRequest } from '../types.ts';
import type { Lists } from './lists.ts';

/** What the questions of the scripts that run on one message for one recipient are answered from. */
export interface HostContext {
  readonly account: string;
  readonly store: AccountStore;
  readonly request: DeliveryRequest;
  /** The address it came to. */
  readonly recipient: string;
  /** The message with the edits of the filter. */
  readonly message: Message;
  /** Score from which the filter is certain: it refuses such mail. */
  readonly certainScore?: number | undefined;
  /** Our name. */
  readonly hostname: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly lists: Lists;
  /** Scripts to be included: the owner's by account and name, and those of the admin. */
  readonly included: {
    own?: ((account: string, name: string) => Promise<Uint8Array>) | undefined;
    global?: ScriptFolder | undefined;
  };
  /** Compiles as the scripts that ask are compiled. */
  readonly compile: (source: string | Uint8Array, name: string) => CompileResult;
  readonly programs?: Programs | undefined;
  /** Absent: nothing can be converted. */
  readonly converters?: Converters | undefined;
  /** Of the account; absent: there are none. */
  readonly calendars?: AccountCalendars | undefined;
  /** Absent: nothing can be remembered. */
  readonly memory?: Memory | undefined;
  /** Waits until no other mail of the account asks its memory; the turn ends with the delivery. */
  readonly turn: () => Promise<void>;
}

/** A question of that kind. */
export type Asked<K extends Question['ask']> = Question & { ask: K };

/** Asked by a capability only that is not available here. */
type Unasked = 'testsuite';

/** One function for each kind of question. What throws ends the script with the implicit keep. */
export type Answers = {
  readonly [K in Exclude<Question['ask'], Unasked>]: (
    question: Asked<K>,
    host: HostContext,
  ) => Promise<Answer> | Answer;
};
