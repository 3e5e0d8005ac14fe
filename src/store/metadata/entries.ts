import { StoreError } from '../types.ts';

/** Octets of the name of an entry. */
const MAX_NAME = 500;

/**
 * The name of an annotation (RFC 5464 §3.2) as it is kept: names are compared without case. Throws `invalid-name` for one
 * that does not begin with `/private/` or `/shared/`, has an empty component, or holds `*`, `%` or what is not ASCII.
 */
export function canonicalEntry(name: string, options: { readonly scopeAlone?: boolean } = {}): string {
  const entry = name.toLowerCase();
  const scope = options.scopeAlone === true && /^\/(?:private|shared)$/.test(entry);
  if (
    name.length > MAX_NAME ||
    !/^[\x20-\x7e]+$/.test(name) ||
    /[*%]|\/\/|\/$/.test(name) ||
    !(scope || /^\/(?:private|shared)\//.test(entry))
  )
    throw new StoreError('invalid-name', `no annotation can be called ${JSON.stringify(name.slice(0, 100))}`);
  return entry;
}

export const isPrivate = (entry: string): boolean => entry === '/private' || entry.startsWith('/private/');

/** Whether `entry` is `parent` or lies at most `depth` levels below it. */
export function isWithin(entry: string, parent: string, depth: 0 | 1 | 'infinity'): boolean {
  if (entry === parent) return true;
  if (depth === 0 || !entry.startsWith(`${parent}/`)) return false;
  return depth === 'infinity' || !entry.slice(parent.length + 1).includes('/');
}

/** A limit of annotations that the client is told by name (RFC 5464 §4.3). */
export class MetadataError extends StoreError {
  /** `max-size`: a value is larger than `octets`. `too-many`: no further entry. */
  readonly fact: 'max-size' | 'too-many';
  readonly octets: number;
  constructor(fact: 'max-size' | 'too-many', octets: number) {
    super(
      'limit',
      fact === 'max-size' ? `a value has at most ${octets} octets` : 'there are too many annotations',
    );
    this.fact = fact;
    this.octets = octets;
  }
}
