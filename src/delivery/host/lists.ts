import { readFile, stat } from 'node:fs/promises';
import type { ExternalList } from '../settings.ts';
import type { Answers } from './types.ts';

/** The lists that scripts may name (RFC 6134). */
export interface Lists {
  /** Undefined when there is no list of that name. Rejects when its file cannot be read. */
  members(name: string): Promise<ReadonlySet<string> | undefined>;
  readonly names: readonly string[];
}

/** Octets of the file of a list: some hundred thousand addresses. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export function createLists(lists: readonly ExternalList[]): Lists {
  const byName = new Map(lists.map((list) => [canonical(list.name), list]));
  const files = new Map<string, { key: string; members: ReadonlySet<string> }>();

  const read = async ({ file, members }: ExternalList): Promise<ReadonlySet<string>> => {
    const stats = file === '' ? undefined : await stat(file);
    if (stats !== undefined && stats.size > MAX_FILE_BYTES)
      throw new Error(`${file} is larger than a list may be (${MAX_FILE_BYTES} bytes)`);
    const key = `${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`;
    const known = files.get(file);
    if (file !== '' && known?.key === key) return known.members;
    const lines = file === '' ? [] : (await readFile(file, 'utf8')).split(/\r?\n/).map((line) => line.trim());
    const all = new Set(
      [...members, ...lines.filter((line) => line !== '' && !line.startsWith('#'))].map(fold),
    );
    if (file !== '') files.set(file, { key, members: all });
    return all;
  };

  return {
    names: lists.map(({ name }) => name),
    async members(name) {
      const list = byName.get(canonical(name));
      return list === undefined ? undefined : read(list);
    },
  };
}

/** What scripts ask of lists. */
export const lists = {
  // RFC 6134 §2.1.
  'list-contains': async ({ list, value }, host) => (await host.lists.members(list))?.has(fold(value)),
  'list-known': async ({ list }, host) => (await host.lists.members(list)) !== undefined,
  // RFC 6134 §2.6: for redirect; what is no address in it is left out.
  'list-members': async ({ list }, host) => {
    const members = await host.lists.members(list);
    return members === undefined ? undefined : [...members].filter((member) => member.includes('@'));
  },
} satisfies Partial<Answers>;

/** RFC 6134 §2.7: the scheme and the namespace of a URI are compared without regard to case; so is all of ours. */
const canonical = (name: string): string => name.trim().toLowerCase();
const fold = (value: string): string => value.trim().toLowerCase();
