import type { Envelope } from '../../message/envelope.ts';
import type { HeaderEdit, Message } from '../../message/types.ts';
import { Networks } from '../../net/networks.ts';
import { bimiLocation } from '../bimi/check.ts';
import type { AuthenticationSettings } from '../settings.ts';
import type { Authentication } from '../types.ts';
import { forgedResults } from './forged.ts';

/** Fields only a receiver may write (draft-brand-indicators-for-message-identification §8). */
const BIMI_FIELDS = ['bimi-location', 'bimi-indicator'];
/** Of each; a message with more has its first ones removed and says nothing that a reader would take from the rest. */
const MAX_REMOVED = 1_000;

/** The edits of a message, our Authentication-Results aside. */
export type ResultEdits = (
  message: Message,
  envelope: Envelope,
  authentication: Authentication,
) => HeaderEdit[];

/**
 * Removes what claims to be ours or of our relays and is not (RFC 8601 §5), and with `bimi.enabled` the fields of BIMI;
 * adds BIMI-Location where there is an indicator.
 */
export function createResultEdits(settings: AuthenticationSettings): ResultEdits {
  const own = [settings.authservId ?? 'localhost'];
  const ownAndRelays = [...own, ...settings.trustedAuthservIds];
  const relays = new Networks(settings.relayNetworks);
  return (message, envelope, { bimi }) => {
    const ids = relays.has(envelope.client.address) ? own : ownAndRelays;
    const edits = forgedResults(message, ids).map((index) => remove('Authentication-Results', index));
    if (!settings.bimi.enabled) return edits;
    for (const name of BIMI_FIELDS)
      message.header
        .all(name)
        .slice(0, MAX_REMOVED)
        .forEach((field, index) => edits.push(remove(field.name, index + 1)));
    const value = bimi === undefined ? undefined : bimiLocation(bimi);
    if (value !== undefined) edits.push({ kind: 'insert', position: 0, name: 'BIMI-Location', value });
    return edits;
  };
}

const remove = (name: string, index: number): HeaderEdit => ({ kind: 'remove', name, index });
