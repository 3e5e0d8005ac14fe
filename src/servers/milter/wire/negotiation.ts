import { ACTIONS, HIGHEST_VERSION, LOWEST_VERSION } from './constants.ts';
import { ProtocolError } from './types.ts';
import type { Negotiate, Response, SymbolList } from './types.ts';

/** What a filter would like to have. */
export interface Wish {
  readonly version?: number;
  readonly actions: number;
  readonly steps: number;
  readonly symbols?: readonly SymbolList[];
}

/** The filter's answer to the MTA's offer: what both will keep to. */
export type Agreement = Extract<Response, { type: 'negotiate' }>;

/**
 * The lower version of the two, and of the wished bits only those that were offered: an MTA hangs up on a filter that
 * sets another. Symbol lists go out only to an MTA that offered SETSYMLIST.
 * @throws ProtocolError for a version below 2
 */
export function negotiate(offer: Negotiate, wish: Wish): Agreement {
  if (offer.version < LOWEST_VERSION)
    throw new ProtocolError(`milter protocol version ${offer.version} is not spoken here`);
  const version = Math.min(offer.version, wish.version ?? HIGHEST_VERSION, HIGHEST_VERSION);
  const lists = (wish.symbols ?? []).filter((list) => list.names.length > 0);
  const symbols = (offer.actions & ACTIONS.SETSYMLIST) !== 0 ? lists : [];
  const actions = (wish.actions | (symbols.length > 0 ? ACTIONS.SETSYMLIST : 0)) & offer.actions;
  return {
    type: 'negotiate',
    version,
    actions: actions >>> 0,
    steps: (wish.steps & offer.steps) >>> 0,
    symbols,
  };
}
