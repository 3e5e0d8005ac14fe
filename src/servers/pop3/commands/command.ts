import type { Maildrop } from '../maildrop.ts';
import type { Reply, State } from '../types.ts';

export const AUTHORIZATION: readonly State[] = ['authorization'];
export const TRANSACTION: readonly State[] = ['transaction'];
export const ANY_STATE: readonly State[] = ['authorization', 'transaction'];

export const ok = (text: string): Reply => ({ ok: true, text });
export const err = (text: string, code?: Reply['code']): Reply => ({
  ok: false,
  text,
  ...(code === undefined ? {} : { code }),
});

/** More digits mean no message of ours. */
const NUMBER = /^\d{1,10}$/;

/** The number of a message that is there and not marked as deleted, or why it is none. */
export function messageNumber(maildrop: Maildrop, text = ''): number | Reply {
  if (!NUMBER.test(text)) return err('A number of a message is expected');
  const number = Number(text);
  if (maildrop.has(number)) return number;
  return err(maildrop.isDeleted(number) ? `Message ${number} is deleted` : 'There is no such message');
}

/** A number of lines; undefined when it is none. */
export const lineCount = (text = ''): number | undefined => (NUMBER.test(text) ? Number(text) : undefined);
