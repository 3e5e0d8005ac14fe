import type { Result, State } from '../types.ts';

export const ok = (text: string, code?: string): Result => ({
  status: 'OK',
  text,
  ...(code === undefined ? {} : { code }),
});

export const no = (text: string, code?: string): Result => ({
  status: 'NO',
  text,
  ...(code === undefined ? {} : { code }),
});

export const ANY: readonly State[] = ['not-authenticated', 'authenticated', 'selected'];
export const LOGGED_OUT: readonly State[] = ['not-authenticated'];
export const LOGGED_IN: readonly State[] = ['authenticated', 'selected'];
export const SELECTED: readonly State[] = ['selected'];
