import type { Readable } from 'node:stream';
import type { Connection, Decision, EndOfMessage } from '../handlers.ts';
import { MilterError } from '../handlers.ts';
import { MessageContext } from '../message.ts';
import type { ActionName } from '../wire/constants.ts';
import { STAGES, STEPS } from '../wire/constants.ts';
import { replyFault } from '../wire/reply.ts';
import type { Wish } from '../wire/negotiation.ts';
import { ProtocolError } from '../wire/types.ts';
import type { Negotiate, Response, SymbolList } from '../wire/types.ts';
import {
  MI_FAILURE,
  MI_SUCCESS,
  SMFIS_ACCEPT,
  SMFIS_ALL_OPTS,
  SMFIS_CONTINUE,
  SMFIS_DISCARD,
  SMFIS_NOREPLY,
  SMFIS_REJECT,
  SMFIS_SKIP,
  SMFIS_TEMPFAIL,
} from './constants.ts';

/** New body of a message. */
export type ReplacementBody = string | Buffer | Readable;

interface CustomReply {
  readonly code: string;
  readonly enhanced: string;
  readonly lines: readonly string[];
}

const STAGE_NUMBERS: ReadonlySet<number> = new Set(Object.values(STAGES));

/**
 * State of one connection for both shapes of the bindings: what libmilter keeps in its `SMFICTX`. Every change answers
 * MI_SUCCESS or MI_FAILURE and never throws.
 */
export class SmfiContext {
  readonly connection: Connection;
  #message: EndOfMessage | undefined;
  #reply: CustomReply | undefined;
  #symbols: SymbolList[] | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  getsymval(name: string): string | undefined {
    return this.connection.macro(name);
  }

  /** `rcode` 4xx or 5xx; `xcode` of the same class, or null. For the callback that is running, then forgotten. */
  setmlreply(rcode: string | number, xcode: string | null | undefined, lines: readonly string[]): number {
    const code = String(rcode);
    const enhanced = xcode ?? '';
    if (replyFault(code, enhanced, lines) !== undefined) return MI_FAILURE;
    this.#reply = { code, enhanced, lines: [...lines] };
    return MI_SUCCESS;
  }

  /** Only while negotiating, once per stage. Names are an array or one string with spaces or commas between them. */
  setsymlist(stage: number, macros: readonly string[] | string): number {
    const names = (typeof macros === 'string' ? macros.split(/[\s,]+/) : macros).filter(
      (name) => name !== '',
    );
    if (this.#symbols === undefined || !STAGE_NUMBERS.has(stage) || names.length === 0) return MI_FAILURE;
    if (names.some((name) => /[\s,\0]/.test(name)) || this.#symbols.some((list) => list.stage === stage))
      return MI_FAILURE;
    this.#symbols.push({ stage, names });
    return MI_SUCCESS;
  }

  progress(): number {
    return this.#change((message) => message.progress());
  }

  quarantine(reason: string): number {
    return this.#modify('QUARANTINE', { type: 'quarantine', reason });
  }

  addheader(name: string, value: string): number {
    return this.#modify('ADDHDRS', { type: 'add-header', name, value });
  }

  /** `index` is 1-based; an empty or missing value deletes the field. */
  chgheader(name: string, index: number, value: string | null | undefined): number {
    return this.#modify('CHGHDRS', { type: 'change-header', name, index, value: value ?? '' });
  }

  insheader(index: number, name: string, value: string): number {
    return this.#modify('ADDHDRS', { type: 'insert-header', index, name, value });
  }

  chgfrom(address: string, parameters?: string | null): number {
    return this.#modify('CHGFROM', { type: 'change-sender', address, parameters: parameters ?? undefined });
  }

  addrcpt(address: string): number {
    return this.#modify('ADDRCPT', { type: 'add-recipient', address });
  }

  addrcptPar(address: string, parameters?: string | null): number {
    return this.#modify('ADDRCPT_PAR', { type: 'add-recipient', address, parameters: parameters ?? '' });
  }

  delrcpt(address: string): number {
    return this.#modify('DELRCPT', { type: 'delete-recipient', address });
  }

  async replacebody(body: ReplacementBody): Promise<number> {
    try {
      if (this.#message === undefined) return MI_FAILURE;
      await this.#message.replaceBody(body);
      return MI_SUCCESS;
    } catch {
      // A stream that fails is the caller's; the answer is that the body was not replaced.
      return MI_FAILURE;
    }
  }

  /** Runs the callback of one stage and turns its status into a decision. A reply set meanwhile dies with it. */
  async ask(call: () => Promise<number>, message?: EndOfMessage): Promise<Decision> {
    this.#reply = undefined;
    this.#message = message;
    try {
      return this.#decision(await call());
    } finally {
      this.#reply = undefined;
      this.#message = undefined;
    }
  }

  /**
   * Runs a negotiate callback.
   * @param standard what to ask for when the callback leaves it open
   */
  async negotiate(
    offer: Negotiate,
    standard: Wish,
    call: () => Promise<{ status: number; actions?: number; steps?: number }>,
  ): Promise<Wish> {
    this.#symbols = [];
    try {
      const { status, actions, steps } = await call();
      const symbols = this.#symbols;
      // All options: every step is wanted, each with its answer; SKIP only says that the filter may use it.
      if (status === SMFIS_ALL_OPTS)
        return { actions: offer.actions, steps: offer.steps & STEPS.SKIP, symbols };
      if (status === SMFIS_CONTINUE)
        return {
          actions: actions ?? standard.actions,
          steps: (steps ?? standard.steps) | STEPS.SKIP,
          symbols,
        };
      throw new ProtocolError(`the filter refused the negotiation (${status})`);
    } finally {
      this.#symbols = undefined;
    }
  }

  #decision(status: number): Decision {
    switch (status) {
      case SMFIS_CONTINUE:
      case SMFIS_NOREPLY:
        return 'continue';
      case SMFIS_ACCEPT:
        return 'accept';
      case SMFIS_DISCARD:
        return 'discard';
      case SMFIS_SKIP:
        return 'skip';
      case SMFIS_REJECT:
        return this.#refusal('5') ?? 'reject';
      case SMFIS_TEMPFAIL:
        return this.#refusal('4') ?? 'tempfail';
      default:
        throw new TypeError(`${status} is no SMFIS status`);
    }
  }

  /** The custom reply, when its class goes with the status. */
  #refusal(digit: '4' | '5'): Decision | undefined {
    const custom = this.#reply;
    if (custom === undefined || !custom.code.startsWith(digit)) return undefined;
    return { reply: { code: Number(custom.code), enhanced: custom.enhanced, text: custom.lines } };
  }

  #modify(action: ActionName, change: Response): number {
    return this.#change((message) => {
      if (!(message instanceof MessageContext)) throw new MilterError('no message');
      message.modify(action, change);
    });
  }

  #change(apply: (message: EndOfMessage) => void): number {
    if (this.#message === undefined) return MI_FAILURE;
    try {
      apply(this.#message);
      return MI_SUCCESS;
    } catch (error) {
      if (error instanceof MilterError) return MI_FAILURE;
      throw error;
    }
  }
}
