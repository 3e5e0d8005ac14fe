import { isIP } from 'node:net';
import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import type { State } from '../../state/types.ts';
import { advance, decodeRecord } from './record.ts';
import type { ReputationSettings } from './settings.ts';
import { reputationKey } from './store.ts';
import { networkOf } from './subjects.ts';
import type { Standing, Subject } from './types.ts';

/** Ways of one address that are shown. */
const MOST_WAYS = 100;

/**
 * What is known of an address (with all that proves it), a domain, an IP address or a network. `now` is in milliseconds
 * since the epoch. Rejects with a `StateError`.
 */
export async function standingsOf(
  who: string,
  state: State,
  settings: ReputationSettings,
  now: number,
): Promise<Standing[]> {
  const subjects = await subjectsNamed(who.trim().toLowerCase(), state, settings);
  const values = await state.getMany(subjects.map(reputationKey));
  return subjects.flatMap((subject, index): Standing[] => {
    const record = decodeRecord(values[index]);
    if (record === undefined) return [];
    const { messages, sum } = advance(record, now, settings.halfLife * 1000);
    return [{ ...subject, messages, mean: messages > 0 ? sum / messages : 0 }];
  });
}

/** Begins anew with them; returns how many standings there were. */
export async function forgetStandings(
  who: string,
  state: State,
  settings: ReputationSettings,
): Promise<number> {
  let forgotten = 0;
  for (const subject of await subjectsNamed(who.trim().toLowerCase(), state, settings))
    if (await state.delete(reputationKey(subject))) forgotten++;
  return forgotten;
}

async function subjectsNamed(who: string, state: State, settings: ReputationSettings): Promise<Subject[]> {
  if (who.includes('@')) {
    const found: Subject[] = [];
    const prefix = reputationKey({ kind: 'address', name: `${who} ` });
    const start = reputationKey({ kind: 'address', name: '' }).length;
    for await (const { key } of state.list(prefix)) {
      found.push({ kind: 'address', name: key.slice(start) });
      if (found.length === MOST_WAYS) break;
    }
    return found;
  }
  const [address = ''] = who.split('/');
  if (isIP(address) !== 0) return [{ kind: 'network', name: networkOf(address, settings) ?? who }];
  const name = organizationalDomain(who);
  return [
    { kind: 'dkim', name },
    { kind: 'domain', name },
  ];
}
