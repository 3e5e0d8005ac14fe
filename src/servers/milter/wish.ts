import type { Handlers } from './handlers.ts';
import { ACTIONS, STAGES, STEPS } from './wire/constants.ts';
import type { ActionName } from './wire/constants.ts';
import type { Wish } from './wire/negotiation.ts';
import type { Negotiate } from './wire/types.ts';

/** Stages whose answer the MTA need not wait for. */
export type SilentStage = 'connect' | 'helo' | 'mail' | 'rcpt' | 'data' | 'header' | 'endOfHeaders' | 'body';

/** Stages the MTA can be told the wanted macros of. */
export type MacroStageName = 'connect' | 'helo' | 'mail' | 'rcpt' | 'data' | 'endOfHeaders' | 'endOfMessage';

/** What a filter asks the MTA for. All of it is dropped where the MTA does not offer it. */
export interface WishOptions {
  /** Changes the filter wants to make. Default: whatever the MTA offers. */
  actions?: readonly ActionName[];
  /**
   * Stages at which the MTA shall not wait for the answer. A decision made there is given at the next stage that
   * has an answer; a refused recipient is not refused, so `rcpt` is for filters that never do that.
   */
  silent?: readonly SilentStage[];
  /** Also show recipients that the MTA refused itself. */
  rejectedRecipients?: boolean;
  /** Header values with the space after the colon, byte for byte. */
  leadingSpace?: boolean;
  /** Body chunks of up to a mebibyte; needs a packet limit of that size. */
  largePackets?: boolean;
  /** Macros wanted per stage, where the MTA lets itself be told. They replace the MTA's own choice at that stage. */
  macros?: Partial<Record<MacroStageName, readonly string[]>>;
}

const NO_REPLY: Readonly<Record<SilentStage, number>> = {
  connect: STEPS.NR_CONN,
  helo: STEPS.NR_HELO,
  mail: STEPS.NR_MAIL,
  rcpt: STEPS.NR_RCPT,
  data: STEPS.NR_DATA,
  header: STEPS.NR_HDR,
  endOfHeaders: STEPS.NR_EOH,
  body: STEPS.NR_BODY,
};

/** Stages that are left out without a handler. The others fill in Connection and Message, and are only made silent. */
const LEAVE_OUT = [
  ['data', STEPS.NODATA, STEPS.NR_DATA],
  ['header', STEPS.NOHDRS, STEPS.NR_HDR],
  ['endOfHeaders', STEPS.NOEOH, STEPS.NR_EOH],
  ['body', STEPS.NOBODY, STEPS.NR_BODY],
  ['unknown', STEPS.NOUNKNOWN, STEPS.NR_UNKN],
] as const;

const MAKE_SILENT = [
  ['connect', STEPS.NR_CONN],
  ['helo', STEPS.NR_HELO],
  ['mail', STEPS.NR_MAIL],
  ['rcpt', STEPS.NR_RCPT],
] as const;

const MACRO_STAGES: Readonly<Record<MacroStageName, number>> = {
  connect: STAGES.CONNECT,
  helo: STAGES.HELO,
  mail: STAGES.ENVFROM,
  rcpt: STAGES.ENVRCPT,
  data: STAGES.DATA,
  endOfHeaders: STAGES.EOH,
  endOfMessage: STAGES.EOM,
};

/** What to ask for, given the handlers there are. */
export function wish(options: WishOptions, offer: Negotiate, handlers: Handlers): Wish {
  let steps = 0;
  for (const stage of options.silent ?? []) steps |= NO_REPLY[stage];
  for (const [stage, leaveOut, silent] of LEAVE_OUT)
    if (handlers[stage] === undefined) steps |= (offer.steps & leaveOut) === 0 ? silent : leaveOut;
  for (const [stage, silent] of MAKE_SILENT) if (handlers[stage] === undefined) steps |= silent;
  if (handlers.body !== undefined) steps |= STEPS.SKIP;
  if (options.rejectedRecipients === true) steps |= STEPS.RCPT_REJ;
  if (options.leadingSpace === true) steps |= STEPS.HDR_LEADSPC;
  if (options.largePackets === true)
    steps |= (offer.steps & STEPS.MDS_1M) === 0 ? STEPS.MDS_256K : STEPS.MDS_1M;
  const symbols = Object.entries(options.macros ?? {}).map(([stage, names]) => ({
    stage: MACRO_STAGES[stage as MacroStageName],
    names,
  }));
  const actions = (options.actions ?? (Object.keys(ACTIONS) as ActionName[]))
    .filter((name) => name !== 'SETSYMLIST')
    .reduce((bits, name) => bits | ACTIONS[name], 0);
  return { actions, steps, symbols };
}
