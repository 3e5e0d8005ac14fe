/** Entries of a list, as text and as something to look in. */
import { RE2JS } from 're2js';
import { normalDomain } from '../../authentication/organizational-domain.ts';
import { networkFault, Networks } from '../../net/networks.ts';
import { MAP_LIMITS, type MapKind } from './settings.ts';

/** A line that is no entry. Lines count from 1; inline entries too. */
export interface EntryFault {
  line: number;
  text: string;
}

/** Entries of one kind, in the form they are compared in; what is none is left out with its fault. */
export function readEntries(
  kind: MapKind,
  lines: readonly string[],
): { entries: string[]; faults: EntryFault[] } {
  const entries = new Set<string>();
  const faults: EntryFault[] = [];
  const { normal, fault } = KINDS[kind];
  for (const [index, line] of lines.entries()) {
    // In expressions a number sign may mean itself.
    const text = (kind === 'regex' ? line.replace(/^\s*#.*/, '') : line.replace(/(?:^|\s)#.*/, '')).trim();
    if (text === '') continue;
    const entry = normal(text);
    const wrong =
      fault(entry) ??
      (kind === 'regex' && entries.size >= MAP_LIMITS.regexes
        ? `more than ${MAP_LIMITS.regexes} expressions`
        : undefined);
    if (wrong === undefined) entries.add(entry);
    else faults.push({ line: index + 1, text: wrong });
  }
  return { entries: [...entries], faults };
}

interface KindOfEntry {
  readonly normal: (text: string) => string;
  readonly fault: (entry: string) => string | undefined;
  /** Answers whether a value is listed. */
  readonly find: (entries: readonly string[]) => (value: string) => boolean;
}

const lower = (text: string): string => text.toLowerCase();

const KINDS: Readonly<Record<MapKind, KindOfEntry>> = {
  address: {
    normal: lower,
    fault: (entry) => (/^\S+@\S+$/.test(entry) ? undefined : 'this is no address'),
    find: inSet(lower),
  },
  domain: {
    normal: (text) => normalDomain(text.replace(/^(?:\*\.|[.@])/, '')),
    fault: (entry) => (/^[^\s@/]+$/.test(entry) ? undefined : 'this is no domain'),
    find(entries) {
      const set = new Set(entries);
      return (value) => {
        for (let rest = normalDomain(value.slice(value.lastIndexOf('@') + 1)); rest !== ''; ) {
          if (set.has(rest)) return true;
          const dot = rest.indexOf('.');
          rest = dot < 0 ? '' : rest.slice(dot + 1);
        }
        return false;
      };
    },
  },
  network: {
    normal: lower,
    fault: networkFault,
    find(entries) {
      const networks = new Networks(entries);
      return (value) => networks.has(value);
    },
  },
  hash: {
    normal: lower,
    fault: (entry) =>
      /^[0-9a-f]+$/.test(entry) && HASHES.has(entry.length) ? undefined : 'this is no MD5, SHA-1 or SHA-256',
    find: inSet(lower),
  },
  exact: { normal: lower, fault: () => undefined, find: inSet(lower) },
  regex: {
    normal: (text) => text,
    fault(entry) {
      if (entry.length > MAP_LIMITS.regexLength) return `longer than ${MAP_LIMITS.regexLength} characters`;
      try {
        compile(entry);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    find(entries) {
      const expressions = entries.map(compile);
      return (value) => expressions.some((expression) => expression.matcher(value).find());
    },
  },
};

/** Names of hashes by the number of their hexadecimal digits. */
export const HASHES: ReadonlyMap<number, 'md5' | 'sha1' | 'sha256'> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [64, 'sha256'],
]);

const compile = (entry: string): RE2JS => RE2JS.compile(entry, RE2JS.CASE_INSENSITIVE);

function inSet(normal: (value: string) => string): KindOfEntry['find'] {
  return (entries) => {
    const set = new Set(entries);
    return (value) => set.has(normal(value));
  };
}

/** Looks values up among entries of {@link readEntries}. */
export const finder = (kind: MapKind, entries: readonly string[]): ((value: string) => boolean) =>
  KINDS[kind].find(entries);
