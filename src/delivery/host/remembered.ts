import type { Remembered } from '../../sieve/remember.ts';
import type { Answers, HostContext } from './types.ts';

/** RFC 5230 §4.2, RFC 7352 §3. Asked for the first time, the mail waits until no other one of the account is on its way. */
export const remembered = {
  'vacation-sent': ({ key, seconds }, host) => seen(host, 'vacation', key, seconds),
  'duplicate-seen': ({ key, seconds }, host) => seen(host, 'duplicate', key, seconds),
} satisfies Partial<Answers>;

async function seen(
  { account, memory, turn }: HostContext,
  kind: Remembered['kind'],
  key: string,
  seconds: number,
): Promise<boolean> {
  if (memory === undefined) return false;
  await turn();
  return memory.seen(account, kind, key, seconds);
}
