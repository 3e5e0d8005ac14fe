import type { Action } from '../../sieve/types.ts';

/**
 * An action as one JSON object. Generated mail is text there (its bytes as UTF-8); which edit of the message an action
 * belongs to (`version`) means nothing outside of a run and is left out.
 */
export function actionJson(action: Action): string {
  return JSON.stringify(plain(action));
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'version')
      .map(([key, member]) => [key, plain(member)]),
  );
}
