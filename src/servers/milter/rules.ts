import type { Decision } from './handlers.ts';
import { formatReply } from './wire/reply.ts';
import { STEPS } from './wire/constants.ts';
import type { Response } from './wire/types.ts';

/** Stages at which a decision is made. */
export type Stage =
  | 'connect'
  | 'helo'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'header'
  | 'eoh'
  | 'body'
  | 'eom'
  | 'unknown';

interface Rule {
  /** What a refusal concerns. */
  readonly scope: 'connection' | 'message' | 'recipient' | 'command';
  /** The step bit under which the MTA waits for no answer; 0 when it always waits. */
  readonly noReply: number;
  /** Decisions that mean nothing here. */
  readonly forbidden: readonly Decision[];
}

const rule = (scope: Rule['scope'], noReply: number, ...forbidden: Decision[]): Rule => ({
  scope,
  noReply,
  forbidden,
});

/** The protocol's rules for the answer at each stage. */
export const RULES: Readonly<Record<Stage, Rule>> = {
  connect: rule('connection', STEPS.NR_CONN, 'discard', 'skip'),
  helo: rule('connection', STEPS.NR_HELO, 'discard', 'skip'),
  mail: rule('message', STEPS.NR_MAIL, 'skip'),
  rcpt: rule('recipient', STEPS.NR_RCPT, 'skip'),
  data: rule('message', STEPS.NR_DATA, 'skip'),
  header: rule('message', STEPS.NR_HDR, 'skip'),
  eoh: rule('message', STEPS.NR_EOH, 'skip'),
  body: rule('message', STEPS.NR_BODY),
  eom: rule('message', 0, 'skip'),
  unknown: rule('command', STEPS.NR_UNKN, 'discard', 'skip'),
};

export const permitted = (stage: Stage, decision: Decision): boolean =>
  !RULES[stage].forbidden.includes(decision);

/** Ends the SMTP connection, whatever the stage. */
export const endsConnection = (decision: Decision): boolean =>
  decision === 'shutdown' || decision === 'connection-failure';

/** Ends the filtering of something. */
export const isFinal = (decision: Decision): boolean => decision !== 'continue' && decision !== 'skip';

export function toResponse(decision: Decision): Response {
  return typeof decision === 'string'
    ? { type: decision }
    : { type: 'reply', text: formatReply(decision.reply) };
}
