import type { Scanner } from '../filter/types.ts';
import type { Log } from '../log.ts';
import type { Networks } from '../net/networks.ts';
import { replyLine } from '../policy/reply.ts';
import type { Reply } from '../policy/reply.ts';
import { replies } from '../policy/replies.ts';
import type { Policy, Protocol } from '../policy/types.ts';
import { StateError } from '../state/types.ts';
import { safely } from './logging.ts';
import type { Observer, Stage } from './observer.ts';
import type { Outgoing } from './outgoing.ts';
import type { TransactionSettings } from './settings.ts';

/** What a session and its transactions share. */
export interface Surroundings {
  readonly policy: Policy;
  readonly scanner: Scanner;
  /** Undefined: nothing is signed. */
  readonly outgoing: Outgoing | undefined;
  readonly settings: TransactionSettings;
  readonly log: Log;
  readonly now: () => number;
  readonly nextId: () => string;
  readonly observer: Observer;
  readonly trusted: Networks;
}

/** Asks policy; logs and counts a refusal; what fails is a 451, never an exception. */
export async function askPolicy(
  around: Surroundings,
  log: Log,
  protocol: Protocol,
  stage: Stage,
  fields: object,
  question: () => Promise<Reply | undefined> | Reply | undefined,
): Promise<Reply | undefined> {
  let refusal: Reply | undefined;
  try {
    refusal = await question();
  } catch (cause) {
    const level = cause instanceof StateError && cause.temporary ? 'warn' : 'error';
    log[level]({ ...fields, stage, err: cause }, 'policy could not answer');
    refusal = replies.temporary;
  }
  if (refusal !== undefined) {
    const answer = refusal;
    log.info({ ...fields, stage, reply: replyLine(answer) }, 'refused');
    safely(log, () => around.observer.refused?.(protocol, stage, answer));
  }
  return refusal;
}
