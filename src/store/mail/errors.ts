import { errorCode } from '../durable.ts';
import { readOnlyError, StoreError } from '../types.ts';

/** A failure of the disk as the error that the store's callers know; `what` could not be done. */
export function storeError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  if (code === 'EROFS') return readOnlyError(what, error);
  const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreError('full', text, { cause: error });
  if (code === 'ENAMETOOLONG') return new StoreError('invalid-name', text, { cause: error });
  return new StoreError('io', text, { cause: error });
}
