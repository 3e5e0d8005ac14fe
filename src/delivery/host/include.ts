import { ScriptStoreError } from '../../store/script-types.ts';
import { ScriptError } from '../../store/types.ts';
import type { Answers, HostContext } from './types.ts';

/** RFC 6609 §3.2: a script of the owner's, or one of the folder of the admin. */
export const include = {
  include: async ({ location, name }, host) => {
    const source = location === 'global' ? await globalSource(name, host) : await ownSource(name, host);
    return source === undefined ? undefined : host.compile(source, name);
  },
} satisfies Partial<Answers>;

async function globalSource(name: string, { included }: HostContext): Promise<string | undefined> {
  return (await included.global?.named(name))?.source;
}

async function ownSource(name: string, { account, included }: HostContext): Promise<Uint8Array | undefined> {
  try {
    return await included.own?.(account, name);
  } catch (error) {
    if (!(error instanceof ScriptStoreError)) throw error;
    if (['not-found', 'invalid-name'].includes(error.reason)) return undefined;
    throw new ScriptError(error.message, error.reason === 'io', { cause: error });
  }
}
