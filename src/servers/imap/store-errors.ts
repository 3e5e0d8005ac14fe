import type { StoreError, StoreReason } from '../../store/types.ts';
import type { Result } from './types.ts';
import { humanText } from './wire/writer.ts';

/** Response codes of RFC 5530 and RFC 9051 §7.1. */
const CODES: Readonly<Record<StoreReason, string>> = {
  full: 'LIMIT',
  'over-quota': 'OVERQUOTA',
  'not-found': 'NONEXISTENT',
  exists: 'ALREADYEXISTS',
  'invalid-name': 'CANNOT',
  denied: 'NOPERM',
  'in-use': 'CANNOT',
  limit: 'LIMIT',
  link: 'CANNOT',
  'read-only': 'UNAVAILABLE',
  io: 'SERVERBUG',
};

/** A failure of the store as the client hears of it; what the disk said is for the log alone. */
export function storeFailure(error: StoreError): Result {
  const text = error.reason === 'io' ? 'It did not work, try again later' : humanText(error.message);
  return { status: 'NO', code: CODES[error.reason], text };
}
