/** Which lists answer, in one worker: who does not is left alone for a while, and is complained of once. */
import type { Log } from '../../log.ts';

/** Questions in a row without an answer after which a list counts as out of order. */
const FAILURES = 5;

interface State {
  failures: number;
  /** Milliseconds on the clock until which it is not asked. */
  until: number;
  reason: 'blocked' | 'broken' | 'silent' | undefined;
}

export class ListHealth {
  private readonly pause: number;
  private readonly log: Log;
  private readonly clock: () => number;
  private readonly states = new Map<string, State>();

  /** `pause` and what `clock` tells are milliseconds. */
  constructor(pause: number, log: Log, clock: () => number) {
    this.pause = pause;
    this.log = log;
    this.clock = clock;
  }

  /** Why a list is not to be asked now; undefined when it is. */
  resting(list: string): State['reason'] {
    const state = this.states.get(list);
    return state !== undefined && state.until > this.clock() ? state.reason : undefined;
  }

  answered(list: string): void {
    const state = this.states.get(list);
    if (state === undefined) return;
    this.states.delete(list);
    if (state.reason !== undefined) this.log.info({ list }, 'DNS list answers again');
  }

  failed(list: string): void {
    const state = this.of(list);
    state.failures++;
    if (state.failures >= FAILURES) this.rest(list, 'silent');
  }

  /** It refuses to answer, or what it answers is no answer of a list. */
  refused(list: string, reason: 'blocked' | 'broken'): void {
    this.rest(list, reason);
  }

  private rest(list: string, reason: 'blocked' | 'broken' | 'silent'): void {
    const state = this.of(list);
    if (state.reason !== reason) this.log.warn({ list, reason }, 'DNS list is not asked for a while');
    state.reason = reason;
    state.until = this.clock() + this.pause;
  }

  private of(list: string): State {
    let state = this.states.get(list);
    if (state === undefined) {
      state = { failures: 0, until: 0, reason: undefined };
      this.states.set(list, state);
    }
    return state;
  }
}
