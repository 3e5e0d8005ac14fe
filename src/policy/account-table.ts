import { setTimeout as sleep } from 'node:timers/promises';
import { StateError } from '../state/types.ts';
import type { State } from '../state/types.ts';
import { isScramKeySet, type ScramKeySet } from './scram-keys.ts';

/** An account as it lies in the state, as JSON under `account/user/ADDRESS`. */
export interface StoredAccount {
  address: string;
  aliases: string[];
  /** Milliseconds since the epoch. */
  created: number;
  /** PHC text of argon2id. */
  hash: string;
  /** Absent in accounts whose password was set while SCRAM keys were not kept. */
  scram?: ScramKeySet;
}

/**
 * Rows of accounts and of aliases (`account/alias/ADDRESS` → address of the account). Addresses are normalised. Changes
 * are made one at a time among all processes: they are rare, and each touches several rows.
 */
export interface AccountTable {
  get(address: string): Promise<StoredAccount | undefined>;
  /** Address of the account that has this address, as its own or as an alias. */
  owner(address: string): Promise<string | undefined>;
  all(): AsyncIterable<StoredAccount>;
  /** The address that was taken already (then nothing was added), or undefined. */
  add(account: StoredAccount): Promise<string | undefined>;
  /** False when there is no such account. */
  change(address: string, edit: (account: StoredAccount) => StoredAccount): Promise<boolean>;
  remove(address: string): Promise<boolean>;
  /** 32 random octets, the same for ever and in all processes; `fresh` become it when there are none yet. */
  secret(fresh: Uint8Array): Promise<Uint8Array>;
}

const USER = 'account/user/';
const ALIAS = 'account/alias/';
const LOCK = 'account/lock';
const SECRET = 'account/secret';
/** Seconds: a process that died with the lock does not hold it for ever; a change takes milliseconds. */
const LOCK_LIFE = 10;
/** Seconds to wait for somebody else's change: longer than the lock of a dead process lives. */
const LOCK_WAIT = 15;

export function createAccountTable(state: State): AccountTable {
  const get = async (address: string): Promise<StoredAccount | undefined> => {
    const value = await state.get(USER + address);
    return value === undefined ? undefined : parseAccount(address, value);
  };
  const owner = async (address: string): Promise<string | undefined> => {
    if ((await get(address)) !== undefined) return address;
    const value = await state.get(ALIAS + address);
    const target = value === undefined ? '' : Buffer.from(value).toString();
    // A process that died between alias and account leaves an alias that leads nowhere.
    return target !== '' && (await get(target)) !== undefined ? target : undefined;
  };
  const put = (account: StoredAccount): Promise<void> =>
    state.put(USER + account.address, Buffer.from(JSON.stringify(account)));

  async function locked<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + LOCK_WAIT * 1000;
    while (!(await state.putIfAbsent(LOCK, new Uint8Array(), LOCK_LIFE))) {
      if (performance.now() > deadline)
        throw new StateError('accounts are being changed by somebody else', true);
      await sleep(20);
    }
    try {
      return await work();
    } finally {
      await state.delete(LOCK);
    }
  }

  return {
    get,
    owner,

    async *all() {
      for await (const { key, value } of state.list(USER)) yield parseAccount(key.slice(USER.length), value);
    },

    add: (account) =>
      locked(async () => {
        for (const wanted of [account.address, ...account.aliases])
          if ((await owner(wanted)) !== undefined) return wanted;
        // The account last: until it is there, its aliases lead nowhere.
        for (const alias of account.aliases) await state.put(ALIAS + alias, Buffer.from(account.address));
        await put(account);
        return undefined;
      }),

    change: (address, edit) =>
      locked(async () => {
        const account = await get(address);
        if (account === undefined) return false;
        await put(edit(account));
        return true;
      }),

    remove: (address) =>
      locked(async () => {
        const account = await get(address);
        if (account === undefined) return false;
        // The account first: an alias without one leads nowhere, an account without its aliases would be half there.
        await state.delete(USER + address);
        for (const alias of account.aliases) await state.delete(ALIAS + alias);
        return true;
      }),
    async secret(fresh) {
      await state.putIfAbsent(SECRET, fresh);
      return (await state.get(SECRET)) ?? fresh;
    },
  };
}

/** What lies there was written by us; anything else is damage that an admin must see. */
function parseAccount(address: string, value: Uint8Array): StoredAccount {
  try {
    const found = JSON.parse(Buffer.from(value).toString()) as Partial<StoredAccount>;
    if (found.address === address && typeof found.hash === 'string')
      return {
        address,
        hash: found.hash,
        aliases: found.aliases ?? [],
        created: found.created ?? 0,
        ...(isScramKeySet(found.scram) ? { scram: found.scram } : {}),
      };
  } catch {
    // Falls through to the same complaint.
  }
  throw new StateError(`the record of account ${address} is damaged`, false);
}
