import type { RecordType, Resolver } from '../net/resolver.ts';
import type { AuthenticationResult } from './types.ts';

const RESULTS: ReadonlySet<string> = new Set<AuthenticationResult>([
  'none',
  'pass',
  'fail',
  'softfail',
  'neutral',
  'policy',
  'temperror',
  'permerror',
]);

/** A result word of the verifier; one we do not know is a permanent error. */
export function toResult(word: string): AuthenticationResult {
  return RESULTS.has(word) ? (word as AuthenticationResult) : 'permerror';
}

/** Our resolver in the shape the verifier asks: the errors' codes are those of node. */
export function mailauthResolver(resolver: Resolver): MailauthResolver {
  return (name, type) => resolver.resolve(name, type as RecordType);
}
