import { pino, type Logger } from 'pino';
import type { Log } from '../log.ts';

export interface LogSettings {
  level: 'debug' | 'info' | 'warn' | 'error';
  /** `json`: one object a line. `text`: for a person at a terminal. */
  format: 'json' | 'text';
}

/** A log whose level can be changed while it runs (reload). */
export interface DaemonLog extends Log {
  setLevel(level: LogSettings['level']): void;
}

/** The structured log on `write` (standard output in the daemon). Every line has `time`, `level`, `msg` and its fields. */
export function createLog(settings: LogSettings, write: (line: string) => void): DaemonLog {
  // Children keep the level they were made with, so every logger made here is told of a change.
  const level = { current: settings.level };
  const stream = { write: settings.format === 'json' ? write : (line: string) => write(textLine(line)) };
  const root = pino(
    {
      // Filtering is ours (see `wrap`), so that a level change reaches the children of running connections.
      level: 'debug',
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return Object.assign(wrap(root, level), {
    setLevel: (next: LogSettings['level']): void => {
      level.current = next;
    },
  });
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3 } as const;

function wrap(logger: Logger, level: { current: LogSettings['level'] }): Log {
  const at =
    (name: keyof typeof RANK) =>
    (fields: object, text: string): void => {
      if (RANK[name] >= RANK[level.current]) logger[name](fields, text);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(fields), level),
  };
}

/** `12:01:02.345 info  verdict  id=… score=…`: the same line for a person. */
function textLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${String(msg)}  ${shown.join(' ')}\n`;
}

function plain(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000);
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[\w.:@/<>+,[\]-]+$/.test(value) ? value : JSON.stringify(value);
}
