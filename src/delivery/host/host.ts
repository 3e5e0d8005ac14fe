import { randomBytes } from 'node:crypto';
import type { Answer, Question } from '../../sieve/types.ts';
import { ScriptError } from '../../store/types.ts';
import { calendars } from './calendars.ts';
import { convert } from './convert.ts';
import { include } from './include.ts';
import { lists } from './lists.ts';
import { mailboxes } from './mailboxes.ts';
import { programs } from './programs.ts';
import { remembered } from './remembered.ts';
import { spam } from './spam.ts';
import { unknown } from './unknown.ts';
import type { Answers, HostContext } from './types.ts';

const answers: Answers = {
  ...calendars,
  ...convert,
  ...include,
  ...lists,
  ...mailboxes,
  ...programs,
  ...remembered,
  ...spam,
  ...unknown,
  'message-id': (_, { hostname }) => `${randomBytes(16).toString('hex')}@${hostname}`,
};

type Find = (question: never, host: HostContext) => Promise<Answer> | Answer;

/** Answers what the scripts for one recipient ask. */
export interface Host {
  /** Rejects when the answer cannot be had: the message is kept. */
  answer(question: Question): Promise<Answer>;
  /** Something could not be read just now that may be read later: the mail is better asked for again. */
  readonly fault: ScriptError | undefined;
}

export function createHost(context: HostContext): Host {
  let fault: ScriptError | undefined;
  return {
    async answer(question) {
      try {
        const find = (answers as Readonly<Record<string, Find | undefined>>)[question.ask];
        if (find === undefined) throw new Error(`this server cannot say ${question.ask}`);
        return await find(question as never, context);
      } catch (error) {
        if (error instanceof ScriptError && error.temporary) fault = error;
        throw error;
      }
    },
    get fault() {
      return fault;
    },
  };
}
