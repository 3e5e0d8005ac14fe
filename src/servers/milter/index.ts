/**
 * `tamis/milter`: filters for Postfix and Sendmail.
 *
 * - {@link createMilterServer}: async handlers that return a decision. What Tamis itself uses.
 * - {@link createMilter}: bindings in the shape of the node-milter with a callback object.
 * - {@link start}: bindings in the shape of the node-milter with positional callbacks.
 */
export { createMilterServer, MilterServer } from './server.ts';
export type { MilterServerOptions } from './server.ts';
export type { WishOptions, SilentStage, MacroStageName } from './wish.ts';
export { MilterError } from './handlers.ts';
export type {
  Agreed,
  Answer,
  BodyContent,
  Connection,
  Decision,
  EndOfMessage,
  Handlers,
  HeaderLine,
  Message,
  Path,
  RecipientPath,
} from './handlers.ts';
export { AddressError } from './address.ts';
export type { MilterAddress } from './address.ts';
export { ProtocolError } from './wire/types.ts';
export type { Family, Negotiate, SymbolList } from './wire/types.ts';
export type { ActionName } from './wire/constants.ts';
export type { Wish } from './wire/negotiation.ts';
export type { Reply } from '../../policy/reply.ts';

export { createMilter, NodeMilter } from './compatible/callbacks.ts';
export type {
  Changed,
  CreateMilterOptions,
  Done,
  MilterCallbacks,
  MilterContext,
  NegotiateDone,
} from './compatible/callbacks.ts';
export {
  start,
  stop,
  setbacklog,
  setdbg,
  settimeout,
  version,
  MilterEnvelope,
} from './compatible/positional.ts';
export type { ReplacementBody } from './compatible/context.ts';
export * from './compatible/constants.ts';
