import type { Arguments } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Response } from '../wire/types.ts';

export interface CommandResult {
  readonly response: Response;
  /** Goes before the response. */
  readonly data?: Buffer;
  readonly next?: 'close' | 'starttls';
}

/** A command of RFC 5804 §2. */
export interface Command {
  readonly name: string;
  /** When it may be given. */
  readonly state: 'any' | 'logged-out' | 'logged-in';
  /** How many arguments it takes, at least and at most. */
  readonly arguments: readonly [least: number, most: number];
  /** May reject with `ArgumentError` and `ScriptStoreError`. */
  run(session: Session, args: Arguments): Promise<CommandResult>;
}

export const ok = (text: string): CommandResult => ({ response: { status: 'OK', text } });

/** The account of a command that is given after login. */
export function accountOf({ account }: Session): string {
  if (account === undefined) throw new Error('nobody has logged in');
  return account;
}
