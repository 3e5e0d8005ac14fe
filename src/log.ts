/**
 * What every room may use to tell its story: the four levels of a structured logger. The daemon hands in pino;
 * tests hand in {@link silentLog}. Fields come first, then a fixed text, so that lines can be searched by text.
 */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
  /** A logger whose lines all carry these fields (a message's `id`, a connection's `client`). */
  child(fields: object): Log;
}

const nothing = (): void => undefined;

export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
};
