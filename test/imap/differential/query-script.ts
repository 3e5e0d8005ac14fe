import { difference } from './query-compare.ts';
import type { TwoClients } from './two-servers.ts';

/** One line of a script. */
export interface Line {
  readonly text: string;
  /** `~`: the servers differ, and that is accepted; `?`: what they say is not compared. */
  readonly mark: '' | '~' | '?';
}

/**
 * A script: a command a line. `~` before it: here the servers differ, and the comment above says why that is accepted;
 * `?`: not compared, since it follows from something accepted before. `\xNN` is an octet, `\r\n` a line ending in a
 * literal; `<me>` is the account. `RELOGIN` begins a new session, `NEW` one of another account.
 */
export function lines(script: string): Line[] {
  return script
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# '))
    .map((line) => {
      const [, mark = '', text = ''] = /^(?:([~?]) )?(.*)$/.exec(line) ?? [];
      return { text, mark: mark as Line['mark'] };
    });
}

/** The octets of a command. */
const octets = (text: string, account: string): string =>
  text
    .replaceAll('<me>', account)
    .replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('\\r\\n', '\r\n');

/** Gives one command to both; a fault unless they differ as the mark says. */
export async function compare(
  clients: TwoClients,
  { text, mark }: Line,
  account: string,
): Promise<string | undefined> {
  const both = await clients.command(octets(text, account)).catch((error: unknown) => {
    throw new Error(`${text}: ${clients.ours.closed ? 'we hung up' : 'Dovecot hung up'}`, { cause: error });
  });
  // Dovecot hangs up on those who make one mistake after the other.
  if (both.theirs.status === 'BAD') await clients.theirs.ok('NOOP');
  if (mark === '?') return undefined;
  const found = difference(both);
  if (mark === '') return found && `${text}\n  ${found.replaceAll('\n', '\n  ')}`;
  return found === undefined ? `${text}\n  does not differ any more` : undefined;
}
