import type { Log } from '../log.ts';

/** Longest text of a peer's in a log field, characters: an address or a host name fits; a flood does not. */
const MAX_FIELD = 320;

/** Text of a peer's, cut to a length fit for a log line. */
export function clip(text: string): string;
export function clip(text: string | undefined): string | undefined;
export function clip(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_FIELD ? text : `${text.slice(0, MAX_FIELD)}…`;
}

/** Calls an observer; a fault in metrics is a line in the log and nothing more. */
export function safely(log: Log, call: () => void): void {
  try {
    call();
  } catch (cause) {
    log.warn({ err: cause }, 'observer failed');
  }
}
